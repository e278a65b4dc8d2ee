package cabinet

import (
	"slices"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/web/ui"
)

// Country is one that people choose from, with its time zones, the usual first.
type Country struct {
	Code  string // ISO 3166
	Zones []string
}

// Countries are those that forms offer. They only fill in a form: a project may be in any, by the API.
var Countries = []Country{
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

// furtherZones are offered besides those of the countries.
var furtherZones = []string{"America/Mexico_City", "America/Sao_Paulo", "Asia/Bangkok", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "UTC"}

// ZoneChoices are the time zones that forms offer, and the one that was chosen, with how far each is from UTC at an instant.
func ZoneChoices(at time.Time, chosen string) (list []ui.Choice) {
	names := append([]string{chosen}, furtherZones...)
	for _, c := range Countries {
		names = append(names, c.Zones...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if zone, err := civil.LoadZone(name); err == nil {
			list = append(list, ui.Choice{Value: name, Text: strings.ReplaceAll(name, "_", " ") + " (" + at.In(zone).Format("UTC-07:00") + ")"})
		}
	}
	return list
}
