package cabinet

import (
	"strings"

	"bellwether/internal/lang"
	"bellwether/internal/phone"
)

// zoneKeys are the destinations of the shipped rate cards, by the names they have there.
var zoneKeys = map[string]lang.Key{
	"Belarus":                    "zone.belarus",
	"Cuba":                       "zone.cuba",
	"Estonia":                    "zone.estonia",
	"France fixed":               "zone.france_fixed",
	"France mobile":              "zone.france_mobile",
	"Germany fixed":              "zone.germany_fixed",
	"Germany mobile":             "zone.germany_mobile",
	"Kazakhstan":                 "zone.kazakhstan",
	"Latvia":                     "zone.latvia",
	"Lithuania":                  "zone.lithuania",
	"Moscow":                     "zone.moscow",
	"Poland fixed":               "zone.poland_fixed",
	"Poland mobile":              "zone.poland_mobile",
	"Russia fixed":               "zone.russia_fixed",
	"Russia mobile":              "zone.russia_mobile",
	"Russia toll-free":           "zone.russia_toll_free",
	"Satellite":                  "zone.satellite",
	"St Petersburg":              "zone.st_petersburg",
	"US Alaska":                  "zone.us_alaska",
	"US Hawaii":                  "zone.us_hawaii",
	"US and Canada":              "zone.us_and_canada",
	"Ukraine fixed":              "zone.ukraine_fixed",
	"Ukraine mobile Kyivstar":    "zone.ukraine_kyivstar",
	"Ukraine mobile Vodafone":    "zone.ukraine_vodafone",
	"Ukraine mobile lifecell":    "zone.ukraine_lifecell",
	"Ukraine toll-free":          "zone.ukraine_toll_free",
	"United Kingdom fixed":       "zone.uk_fixed",
	"United Kingdom mobile":      "zone.uk_mobile",
	"United Kingdom shared cost": "zone.uk_shared_cost",
}

// areaKeys are areas by their English names, which the numbering plans do not have in every language.
var areaKeys = map[string]lang.Key{
	"Kyiv city":       "area.kyiv",
	"Lviv":            "area.lviv",
	"Odesa":           "area.odesa",
	"Dnipro":          "area.dnipro",
	"Kharkiv":         "area.kharkiv",
	"Zaporizhzhia":    "area.zaporizhzhia",
	"Vinnytsia":       "area.vinnytsia",
	"Poltava":         "area.poltava",
	"Chernihiv":       "area.chernihiv",
	"Cherkasy":        "area.cherkasy",
	"Zhytomyr":        "area.zhytomyr",
	"Sumy":            "area.sumy",
	"Rivne":           "area.rivne",
	"Ternopil":        "area.ternopil",
	"Lutsk":           "area.lutsk",
	"Uzhhorod":        "area.uzhhorod",
	"Chernivtsi":      "area.chernivtsi",
	"Khmelnytskyi":    "area.khmelnytskyi",
	"Ivano-Frankivsk": "area.ivano_frankivsk",
	"Kropyvnytskyi":   "area.kropyvnytskyi",
	"Mykolaiv":        "area.mykolaiv",
	"Kherson":         "area.kherson",
	"Warsaw":          "area.warsaw",
	"London":          "area.london",
	"Berlin":          "area.berlin",
	"Paris":           "area.paris",
	"Minsk":           "area.minsk",
	"New York, NY":    "area.new_york",
}

// Destination is a destination of a rate card in the reader's words; one that somebody named themselves keeps its name.
func Destination(p *lang.Printer, name string) string {
	if key, ok := zoneKeys[name]; ok {
		return p.T(key)
	}
	return name
}

// Area is the name of an area of a country by its code, in the reader's words where they are known, else as it was given.
func Area(p *lang.Printer, country, code, name string) string {
	if key, ok := areaKeys[name]; ok {
		return p.T(key)
	}
	if key, ok := zoneKeys[name]; ok {
		return p.T(key)
	}
	return phone.AreaIn(string(p.Lang), country, code, name)
}

// Place is where a number is from: "Ukraine, 44, Kyiv city".
func Place(p *lang.Printer, country, code, name string) string {
	var parts []string
	for _, part := range []string{p.Country(country), code, Area(p, country, code, name)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
