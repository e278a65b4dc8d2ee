package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Parts are a number as people write it: the country's code, what is dialled before a national number ("0", in Russia "8", often
// nothing), and the national number. Of a number that no plan knows all digits are the last part.
func (n Number) Parts() (country, trunk, national string) {
	digits := strings.TrimPrefix(string(n), "+")
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return "", "", digits
	}
	country = strconv.Itoa(int(parsed.GetCountryCode()))
	region := phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
	return country, phonenumbers.GetNddPrefixForRegion(region, true), strings.TrimPrefix(digits, country)
}
