package door

import (
	"encoding/json"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
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

// countryChoices are the countries by their names in a language.
func countryChoices(l lang.Lang) []ui.Choice {
	tag := language.Make(string(l))
	names := display.Regions(tag)
	choices := make([]ui.Choice, 0, len(cabinet.Countries))
	for _, c := range cabinet.Countries {
		choices = append(choices, ui.Choice{Value: c.Code, Text: names.Name(language.MustParseRegion(c.Code))})
	}
	order := collate.New(tag)
	slices.SortFunc(choices, func(a, b ui.Choice) int { return order.CompareString(a.Text, b.Text) })
	return choices
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

// usualBook is the price book a new project is offered first.
const usualBook = "ringostat"

// currencyIn is the currency of a country's price list in the usual book, or in any.
func currencyIn(books *pricebook.Library, code string) string {
	for _, name := range append([]string{usualBook}, books.Names()...) {
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
