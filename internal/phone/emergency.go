package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// everywhere are the emergency numbers of every mobile network (3GPP TS 22.101, section 10.1.1). A phone sends them
// there whatever country it is in, so we treat them alike.
var everywhere = []string{"112", "911"}

// emergencyNumbers are the further numbers of the countries the shipped price books serve, by ISO 3166 code. They add to
// libphonenumber's data, which knows the whole world but not the gas service nor Russia's oldest numbers whole.
//
//   - UA: fire, police, ambulance, gas (Law of Ukraine 4499-VI on the single emergency number, national numbering plan)
//   - RU: the same four, in three digits and in the older two (Federal Law 488-FZ of 2020 on the number 112)
//   - BY, KZ: the same four (national numbering plans)
//   - EU members and GB: the national numbers that work beside 112 (Directive (EU) 2018/1972, article 109, and the
//     Commission's reports on 112; Ofcom for GB)
var emergencyNumbers = map[string][]string{
	"UA": {"101", "102", "103", "104"},
	"RU": {"01", "02", "03", "04", "101", "102", "103", "104"},
	"BY": {"101", "102", "103", "104"},
	"KZ": {"101", "102", "103", "104"},
	"PL": {"997", "998", "999"},
	"DE": {"110"},
	"AT": {"122", "133", "144"},
	"FR": {"15", "17", "18"},
	"CZ": {"150", "155", "156", "158"},
	"GB": {"999"},
}

// longestEmergency is how many digits the world's longest emergency numbers have.
const longestEmergency = 5

// Emergency tells whether what is dialled in country (ISO 3166) reaches the emergency services, and gives its digits; such a
// call is never refused and never charged (Rule B-71). Only the whole number counts: "112" does, "1120" does not. A plus in
// front is ignored, within brackets too: people write "+112" and "(+112)", and no international number is as short.
func Emergency(dialled, country string) (digits string, ok bool) {
	digits = strings.TrimPrefix(Compact(dialled), "+")
	if digits == "" || len(digits) > longestEmergency {
		return "", false
	}
	if slices.Contains(everywhere, digits) || slices.Contains(emergencyNumbers[country], digits) || phonenumbers.IsEmergencyNumber(digits, country) {
		return digits, true
	}
	return "", false
}
