package door

import (
	"cmp"
	"encoding/json"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// country is where companies are, with its time zones, the usual first.
type country struct {
	code  string
	zones []string
}

// countries are those a newcomer chooses from. They only fill in a form: a project may be in any.
var countries = []country{
	{"UA", []string{"Europe/Kyiv"}},
	{"RU", []string{
		"Europe/Moscow", "Europe/Kaliningrad", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Irkutsk",
		"Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
	}},
	{"KZ", []string{"Asia/Almaty"}},
	{"BY", []string{"Europe/Minsk"}},
	{"MD", []string{"Europe/Chisinau"}},
	{"GE", []string{"Asia/Tbilisi"}},
	{"AM", []string{"Asia/Yerevan"}},
	{"AZ", []string{"Asia/Baku"}},
	{"UZ", []string{"Asia/Tashkent"}},
	{"KG", []string{"Asia/Bishkek"}},
	{"PL", []string{"Europe/Warsaw"}},
	{"LT", []string{"Europe/Vilnius"}},
	{"LV", []string{"Europe/Riga"}},
	{"EE", []string{"Europe/Tallinn"}},
	{"CZ", []string{"Europe/Prague"}},
	{"SK", []string{"Europe/Bratislava"}},
	{"HU", []string{"Europe/Budapest"}},
	{"RO", []string{"Europe/Bucharest"}},
	{"BG", []string{"Europe/Sofia"}},
	{"RS", []string{"Europe/Belgrade"}},
	{"HR", []string{"Europe/Zagreb"}},
	{"SI", []string{"Europe/Ljubljana"}},
	{"DE", []string{"Europe/Berlin"}},
	{"AT", []string{"Europe/Vienna"}},
	{"CH", []string{"Europe/Zurich"}},
	{"FR", []string{"Europe/Paris"}},
	{"IT", []string{"Europe/Rome"}},
	{"ES", []string{"Europe/Madrid"}},
	{"PT", []string{"Europe/Lisbon"}},
	{"NL", []string{"Europe/Amsterdam"}},
	{"BE", []string{"Europe/Brussels"}},
	{"GB", []string{"Europe/London"}},
	{"IE", []string{"Europe/Dublin"}},
	{"SE", []string{"Europe/Stockholm"}},
	{"NO", []string{"Europe/Oslo"}},
	{"DK", []string{"Europe/Copenhagen"}},
	{"FI", []string{"Europe/Helsinki"}},
	{"GR", []string{"Europe/Athens"}},
	{"TR", []string{"Europe/Istanbul"}},
	{"CY", []string{"Asia/Nicosia"}},
	{"IL", []string{"Asia/Jerusalem"}},
	{"AE", []string{"Asia/Dubai"}},
	{"IN", []string{"Asia/Kolkata"}},
	{"AU", []string{"Australia/Sydney"}},
	{"US", []string{"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}},
	{"CA", []string{"America/Toronto", "America/Vancouver"}},
}

// fallback is the country of whoever's browser tells nothing.
const fallback = "UA"

// guess is the country a browser's languages speak of.
func guess(acceptLanguage string) country {
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

func countryOf(code string) (country, bool) {
	at := slices.IndexFunc(countries, func(c country) bool { return c.code == code })
	if at < 0 {
		return country{}, false
	}
	return countries[at], true
}

// countryChoices are the countries by their names in a language.
func countryChoices(l lang.Lang) []ui.Choice {
	tag := language.Make(string(l))
	names := display.Regions(tag)
	choices := make([]ui.Choice, 0, len(countries))
	for _, c := range countries {
		choices = append(choices, ui.Choice{Value: c.code, Text: names.Name(language.MustParseRegion(c.code))})
	}
	order := collate.New(tag)
	slices.SortFunc(choices, func(a, b ui.Choice) int { return order.CompareString(a.Text, b.Text) })
	return choices
}

// zoneChoices are the time zones of the countries, and the one that was chosen.
func zoneChoices(chosen string) []ui.Choice {
	zones := map[string]bool{}
	if chosen != "" {
		zones[chosen] = true
	}
	for _, c := range countries {
		for _, zone := range c.zones {
			zones[zone] = true
		}
	}
	choices := make([]ui.Choice, 0, len(zones))
	for zone := range zones {
		choices = append(choices, ui.Choice{Value: zone, Text: zone})
	}
	slices.SortFunc(choices, func(a, b ui.Choice) int { return cmp.Compare(a.Value, b.Value) })
	return choices
}

// guesses is what the page's script needs to guess better than the server can: from the time zone that the browser knows.
func guesses(books *pricebook.Library) string {
	zones, currencies := map[string]string{}, map[string]string{}
	for _, c := range countries {
		for _, zone := range c.zones {
			zones[zone] = c.code
		}
		currencies[c.code] = currencyIn(books, c.code)
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
