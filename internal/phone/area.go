package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Area is the area code of a geographic number without its country's code, and the area's name in English: "44" and
// "Kyiv city". Both are empty for mobile, toll-free and unknown numbers, which have no area.
func (n Number) Area() (code, name string) {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return "", ""
	}
	length := phonenumbers.GetLengthOfGeographicalAreaCode(parsed)
	if length == 0 || isMobile(parsed) {
		return "", ""
	}
	name, _ = phonenumbers.GetGeocodingForNumber(parsed, "en") // a name that is not known is empty
	return phonenumbers.GetNationalSignificantNumber(parsed)[:length], name
}

// mostDigits is how many digits a number has behind its plus sign (ITU-T E.164).
const mostDigits = 15

// AreaIn is the name of an area in another language, by its code and the country's, where the numbering plan's data have it.
// A name that is not the plan's own, or that they have in English only, is given back as it is.
func AreaIn(language, country, code, name string) string {
	of := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(country)) + code
	parsed, err := phonenumbers.Parse("+"+of+strings.Repeat("0", max(0, mostDigits-len(of)-3)), phonenumbers.UNKNOWN_REGION)
	if code == "" || name == "" || err != nil {
		return name
	}
	if english, _ := phonenumbers.GetGeocodingForNumber(parsed, "en"); english != name {
		return name
	}
	if said, _ := phonenumbers.GetGeocodingForNumber(parsed, language); said != "" {
		return said
	}
	return name
}

func isMobile(parsed *phonenumbers.PhoneNumber) bool {
	return phonenumbers.GetNumberType(parsed) == phonenumbers.MOBILE
}

// IsMobile reports whether the number is a mobile one; false where the plan gives both kinds out of one range, as in the
// USA.
func (n Number) IsMobile() bool {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	return err == nil && isMobile(parsed)
}

// IsTollFree reports whether a call to the number is free for the caller.
func (n Number) IsTollFree() bool {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	return err == nil && phonenumbers.GetNumberType(parsed) == phonenumbers.TOLL_FREE
}
