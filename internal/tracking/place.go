package tracking

import (
	"net/netip"
	"strings"
)

// Place is where a visitor is, as far as that is known.
type Place struct {
	Country string // ISO 3166
	Region  string // ISO 3166-2
	City    string
}

// Atlas knows where addresses are.
type Atlas interface {
	At(address netip.Addr) Place
}

// areas are the area codes that telephone numbers of a region begin with: rules may name either.
var areas = map[string][]string{
	"RU-MOW": {"495", "499"}, "RU-MOS": {"496", "498"}, "RU-SPE": {"812"}, "RU-NVS": {"383"}, "RU-SVE": {"343"}, "RU-TA": {"843"}, "RU-NIZ": {"831"},
	"UA-30": {"44"}, "UA-32": {"45"}, "UA-46": {"32"}, "UA-51": {"48"}, "UA-63": {"57"}, "UA-12": {"56"}, "UA-23": {"61"},
	"KZ-ALA": {"727", "7272", "7273"}, "KZ-75": {"727", "7272", "7273"}, "KZ-71": {"7172"}, "BY-HM": {"17"},
}

// names are what rules may call the place's region.
func (p Place) names() []string {
	if p.Region == "" {
		return nil
	}
	return append([]string{p.Region}, areas[p.Region]...)
}

// zones are the countries of time zones that one country uses alone, or nearly so.
var zones = map[string]string{
	"Europe/Kyiv": "UA", "Europe/Kiev": "UA", "Europe/Uzhgorod": "UA", "Europe/Zaporozhye": "UA", "Europe/Moscow": "RU", "Europe/Kaliningrad": "RU",
	"Europe/Samara": "RU", "Europe/Saratov": "RU", "Europe/Volgograd": "RU", "Europe/Kirov": "RU", "Europe/Astrakhan": "RU", "Europe/Ulyanovsk": "RU",
	"Asia/Yekaterinburg": "RU", "Asia/Omsk": "RU", "Asia/Novosibirsk": "RU", "Asia/Barnaul": "RU", "Asia/Tomsk": "RU", "Asia/Novokuznetsk": "RU",
	"Asia/Krasnoyarsk": "RU", "Asia/Irkutsk": "RU", "Asia/Chita": "RU", "Asia/Yakutsk": "RU", "Asia/Vladivostok": "RU", "Asia/Magadan": "RU", "Asia/Kamchatka": "RU",
	"Asia/Sakhalin": "RU", "Europe/Minsk": "BY", "Asia/Almaty": "KZ", "Asia/Aqtau": "KZ", "Asia/Aqtobe": "KZ", "Asia/Oral": "KZ", "Asia/Qyzylorda": "KZ", "Asia/Tashkent": "UZ",
	"Asia/Samarkand": "UZ", "Asia/Bishkek": "KG", "Asia/Dushanbe": "TJ", "Asia/Ashgabat": "TM", "Asia/Tbilisi": "GE", "Asia/Yerevan": "AM", "Asia/Baku": "AZ",
	"Europe/Chisinau": "MD", "Europe/Warsaw": "PL", "Europe/Vilnius": "LT", "Europe/Riga": "LV", "Europe/Tallinn": "EE", "Europe/Berlin": "DE", "Europe/Vienna": "AT",
	"Europe/Zurich": "CH", "Europe/Prague": "CZ", "Europe/Bratislava": "SK", "Europe/Budapest": "HU", "Europe/Bucharest": "RO", "Europe/Sofia": "BG", "Europe/Athens": "GR",
	"Europe/Istanbul": "TR", "Europe/Rome": "IT", "Europe/Madrid": "ES", "Europe/Lisbon": "PT", "Europe/Paris": "FR", "Europe/Brussels": "BE", "Europe/Amsterdam": "NL",
	"Europe/London": "GB", "Europe/Dublin": "IE", "Europe/Oslo": "NO", "Europe/Stockholm": "SE", "Europe/Copenhagen": "DK", "Europe/Helsinki": "FI", "Europe/Belgrade": "RS",
	"Asia/Jerusalem": "IL", "Asia/Dubai": "AE", "America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US", "America/Toronto": "CA",
}

// placeOf is where a visitor is: by the operator's file where there is one and it knows, else by the time zone of the browser, else by the
// country of its language.
func placeOf(atlas Atlas, address netip.Addr, zone, language string) Place {
	if atlas != nil && address.IsValid() {
		if place := atlas.At(address.Unmap()); place.Country != "" {
			return place
		}
	}
	if country := zones[zone]; country != "" {
		return Place{Country: country}
	}
	if _, country, found := strings.Cut(language, "-"); found && len(country) == 2 {
		return Place{Country: strings.ToUpper(country)}
	}
	return Place{}
}
