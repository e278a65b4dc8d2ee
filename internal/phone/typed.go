package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Typed is what digits mean that somebody typed to look for: a whole number, or what numbers begin with.
type Typed struct {
	Digits   string // with the country's code, without a plus sign: "38067"
	Whole    bool   // a number that can be called, not only a beginning
	National bool   // it was written as in its country, without the country's code
}

// ReadTyped understands what is typed in a search, in a country (ISO 3166): "+38067", "0038067" and "38067" begin numbers of
// any country, "067" those of the country, and whole numbers may be written either way. Where both are possible a whole
// number counts before a beginning, and one of the country before others. ok is false for what has other signs than
// digits, or more of them than numbers have.
func ReadTyped(s, country string) (t Typed, ok bool) {
	bare := Compact(strings.TrimSpace(s))
	digits, international := strings.CutPrefix(bare, "+")
	if after, is := strings.CutPrefix(digits, "00"); is && !international {
		digits, international = after, true
	}
	if digits == "" || len(digits) > mostDigits || strings.Trim(digits, "0123456789") != "" {
		return Typed{}, false
	}
	if !international {
		if number, is := existing(digits, country); is {
			return Typed{Digits: number, Whole: true, National: number != digits}, true
		}
	}
	if _, is := existing("+"+digits, ""); is {
		return Typed{Digits: digits, Whole: true}, true
	}
	if code := phonenumbers.GetCountryCodeForRegion(country); !international && digits[0] == '0' && code != 0 {
		return Typed{Digits: strconv.Itoa(code) + strings.TrimPrefix(digits, phonenumbers.GetNddPrefixForRegion(country, true)), National: true}, true
	}
	return Typed{Digits: digits}, true
}

// existing reads a number that its country's numbering plan has.
func existing(text, country string) (digits string, ok bool) {
	if country == "" {
		country = phonenumbers.UNKNOWN_REGION
	}
	parsed, err := phonenumbers.Parse(text, country)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", false
	}
	return Number(phonenumbers.Format(parsed, phonenumbers.E164)).Digits(), true
}
