package lang

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var tongues = map[Lang]display.Namer{
	English: display.Tags(language.English), Russian: display.Tags(language.Russian), Ukrainian: display.Tags(language.Ukrainian),
}

// Language is the name of a language by its BCP 47 tag, as browsers give it; what is none is given back as it is.
func (p *Printer) Language(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := tongues[p.Lang].Name(parsed); name != "" {
		return name
	}
	return tag
}
