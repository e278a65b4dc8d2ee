package lang

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var regions = map[Lang]display.Namer{
	English: display.Regions(language.English), Russian: display.Regions(language.Russian), Ukrainian: display.Regions(language.Ukrainian),
}

// Country is the name of a country by its ISO 3166 code; a code that is none is given back as it is.
func (p *Printer) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := regions[p.Lang].Name(region); name != "" {
		return name
	}
	return code
}
