package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// premiumPrefixes are ranges that regulators keep for premium-rate and mass-vote services but that libphonenumber knows
// only in part: it lists the blocks handed out, a fraudster dials the next one.
var premiumPrefixes = []string{
	"1900",           // North American Numbering Plan: service code 900
	"380900",         // Ukraine: service code 900
	"449",            // United Kingdom: 09, premium rate (Ofcom, National Telephone Numbering Plan)
	"49900", "49137", // Germany: 0900 premium services, 0137 mass traffic (Bundesnetzagentur)
	"979", // the world: international premium rate service (ITU-T E.169.2)
}

// IsPremium tells whether calling n costs the caller more than the distance does: premium-rate, shared-cost and
// personal numbers (Rule B-70). Such numbers are what toll fraud earns with.
func (n Number) IsPremium() bool {
	digits := n.Digits()
	for _, prefix := range premiumPrefixes {
		if strings.HasPrefix(digits, prefix) {
			return true
		}
	}
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return false
	}
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PERSONAL_NUMBER:
		return true
	default:
		return false
	}
}
