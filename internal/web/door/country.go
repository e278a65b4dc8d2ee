package door

import (
	"encoding/json"
	"slices"

	"golang.org/x/text/language"

	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
)

// fallback is the country of whoever's browser tells nothing.
const fallback = "UA"

// guess is the country a browser's languages speak of.
func guess(acceptLanguage string) cabinet.Country {
	tags, _, _ := language.ParseAcceptLanguage(acceptLanguage) // what cannot be read tells nothing
	for _, tag := range tags {
		region, confidence := tag.Region()
		if found, ok := countryOf(region.String()); ok && confidence > language.No {
			return found
		}
	}
	found, _ := countryOf(fallback)
	return found
}

func countryOf(code string) (cabinet.Country, bool) {
	at := slices.IndexFunc(cabinet.Countries, func(c cabinet.Country) bool { return c.Code == code })
	if at < 0 {
		return cabinet.Country{}, false
	}
	return cabinet.Countries[at], true
}

// guesses is what the page's script needs to guess better than the server can: from the time zone that the browser knows.
func guesses(books *pricebook.Library) string {
	zones, currencies := map[string]string{}, map[string]string{}
	for _, c := range cabinet.Countries {
		for _, zone := range c.Zones {
			zones[zone] = c.Code
		}
		currencies[c.Code] = currencyIn(books, c.Code)
	}
	text, err := json.Marshal(map[string]any{"countries": zones, "currencies": currencies})
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

// currencyIn is the currency of a country's price list in the usual book, or in any.
func currencyIn(books *pricebook.Library, code string) string {
	for _, name := range append([]string{cabinet.UsualBook}, books.Names()...) {
		versions := books.Versions(name)
		if len(versions) == 0 {
			continue
		}
		book := versions[len(versions)-1]
		if currency, ok := book.Countries[code]; ok {
			return string(currency)
		}
		if currency, ok := book.Countries["*"]; ok {
			return string(currency)
		}
	}
	return ""
}
