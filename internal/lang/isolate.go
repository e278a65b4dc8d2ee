package lang

import (
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// The marks around a part of a text whose direction of writing is its own and does not reach what stands around it.
const (
	isolateBegins = "\u2068"
	isolateEnds   = "\u2069"
)

// Isolate keeps words that are written from right to left, such as somebody's name, from turning the sentence they are put
// into: its comma would jump to their other side. What is stored has no such marks (Rule A-16), so they are always pairs.
func Isolate(text string) string {
	if strings.IndexFunc(text, rightToLeft) < 0 {
		return text
	}
	return isolateBegins + text + isolateEnds
}

// Bare is a text without the marks of Isolate: for a file, whose reader has no sentence to turn.
func Bare(text string) string { return marks.Replace(text) }

var marks = strings.NewReplacer(isolateBegins, "", isolateEnds, "")

func rightToLeft(c rune) bool {
	if c < '\u0590' { // what most texts are, and no such letter among them
		return false
	}
	properties, _ := bidi.LookupRune(c)
	switch properties.Class() {
	case bidi.R, bidi.AL, bidi.AN:
		return true
	default:
		return false
	}
}

// isolated are values, those isolated that need it.
func isolated(values Values) Values {
	var made Values
	for name, value := range values {
		text, ok := value.(string)
		if !ok || Isolate(text) == text {
			continue
		}
		if made == nil {
			made = Values{}
			for name, value := range values {
				made[name] = value
			}
		}
		made[name] = Isolate(text)
	}
	if made == nil {
		return values
	}
	return made
}
