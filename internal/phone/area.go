package phone

import "github.com/nyaruka/phonenumbers"

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
