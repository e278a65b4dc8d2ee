package lang

import (
	"golang.org/x/text/language"
)

// Lang is a language of the surfaces, as an ISO 639-1 code.
type Lang string

// The languages every text is written in.
const (
	English   Lang = "en"
	Russian   Lang = "ru"
	Ukrainian Lang = "uk"
)

// All lists the languages in the order a reader chooses from.
var All = []Lang{Ukrainian, Russian, English}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Russian, language.Ukrainian})

var matched = []Lang{English, Russian, Ukrainian}

// Parse reads a code such as "uk"; ok is false for a language without texts.
func Parse(code string) (l Lang, ok bool) {
	for _, l := range All {
		if string(l) == code {
			return l, true
		}
	}
	return English, false
}

// Match chooses for an Accept-Language header; English where nothing fits.
func Match(header string) Lang {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return English
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return English
	}
	return matched[index]
}

// Name is the language's name in itself: a reader finds it whatever language the page is in.
func (l Lang) Name() string {
	switch l {
	case Russian:
		return "Русский"
	case Ukrainian:
		return "Українська"
	default:
		return "English"
	}
}
