package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"bellwether/internal/errs"
)

// Number is a telephone number in E.164 form with its plus sign: "+380441234567". The zero value is no number.
type Number string

// InternationalNetwork is the library's name for numbers of no country: +800, +882, +979.
const internationalNetwork = "001"

// longestInput bounds what Parse looks at; the longest number with all its spaces and brackets is half of it.
const longestInput = 40

// Parse reads a number as people write it: with a plus sign, an international prefix or in the national form of country
// (ISO 3166, may be empty where numbers always carry their plus). Spaces, dots, dashes, slashes and round brackets may
// separate the digits; letters, extensions and anything else are refused, because what is dialled must be what was
// written. Errors have the kind Invalid and the code "phone.invalid".
func Parse(s, country string) (Number, error) {
	text := strings.TrimSpace(s)
	if !onlyNumber(text) {
		return "", invalid(s, "write digits, with + and the country's code in front")
	}
	if country == "" {
		country = phonenumbers.UNKNOWN_REGION
	}
	parsed, err := phonenumbers.Parse(text, country)
	if err != nil {
		return "", invalid(s, err.Error())
	}
	if !phonenumbers.IsPossibleNumber(parsed) {
		return "", invalid(s, "it has too few or too many digits for its country")
	}
	number := Number(phonenumbers.Format(parsed, phonenumbers.E164))
	if string(number) != text && !number.stable() {
		return "", invalid(s, "no number of its country begins like that")
	}
	return number, nil
}

// separators are what people put between the digits of a number: it is no part of it. Some are pasted rather than typed.
var separators = strings.NewReplacer(" ", "", "\t", "", "-", "", ".", "", "/", "", "(", "", ")", "", "\u00a0", "", "\u2009", "", "\u202f", "", "\u2010", "", "\u2011", "", "\u2013", "")

// Compact leaves out blanks, dots, slashes, brackets and dashes: "(067) 123-45-67" is "0671234567". What else is there stays.
func Compact(s string) string { return separators.Replace(s) }

// stable reports whether the number reads as itself. A zero that a country writes before its numbers at home is left out
// when they are read, of "+310..." as well; behind one there may be another.
func (n Number) stable() bool {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	return err == nil && phonenumbers.Format(parsed, phonenumbers.E164) == string(n)
}

func invalid(s, why string) error {
	return errs.New(errs.Invalid, "phone.invalid", "%.60q is not a telephone number", s).Try(why)
}

func onlyNumber(s string) bool {
	if s == "" || len(s) > longestInput {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', strings.IndexByte(" .-/()", c) >= 0:
		case c == '+' && i == 0:
		default:
			return false
		}
	}
	return true
}

// Digits is the number without its plus sign, as rate cards write their prefixes.
func (n Number) Digits() string { return strings.TrimPrefix(string(n), "+") }

// Country is the ISO 3166 code of the country the number belongs to: "UA", and "KZ" for +7 701. It is empty for
// international networks and services (+800, +882, +979), which belong to none, and for numbers of unknown ranges in a
// code that countries share.
func (n Number) Country() string {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(parsed); region != "" {
		return withoutNetworks(region)
	}
	if regions := phonenumbers.GetRegionCodesForCountryCode(int(parsed.GetCountryCode())); len(regions) == 1 {
		return withoutNetworks(regions[0])
	}
	return ""
}

// IsCountry reports whether a code is one of ISO 3166, in capital letters, of a country that has telephone numbers.
func IsCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

func withoutNetworks(region string) string {
	if region == internationalNetwork {
		return ""
	}
	return region
}

// Masked is the number as logs may show it: the country's code and the last two digits, the rest hidden, its length kept.
func (n Number) Masked() string {
	const kept = 2
	digits := n.Digits()
	code := 1
	if parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION); err == nil {
		code = len(digits) - len(phonenumbers.GetNationalSignificantNumber(parsed))
	}
	if len(digits) < code+kept {
		return strings.Repeat("*", len(n))
	}
	hidden := len(digits) - code - kept
	return "+" + digits[:code] + strings.Repeat("*", hidden) + digits[len(digits)-kept:]
}

// National is the number as it is dialled within a country (ISO 3166), with the digit that stands in front of numbers there:
// "0441234567". ok is false for numbers of other countries.
func (n Number) National(country string) (dialled string, ok bool) {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil || !IsCountry(country) || int(parsed.GetCountryCode()) != phonenumbers.GetCountryCodeForRegion(country) {
		return "", false
	}
	return Compact(phonenumbers.Format(parsed, phonenumbers.NATIONAL)), true
}
