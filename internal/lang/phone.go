package lang

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"bellwether/internal/phone"
)

// Phone writes a number with its country's code and groups, the same in every language: "+380 44 123 4567". What cannot
// be read as a number is given back as it is. The groups never part at the end of a line.
func (p *Printer) Phone(n phone.Number) string {
	parsed, err := phonenumbers.Parse(string(n), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return string(n)
	}
	if text, ok := ukrainian(parsed); ok {
		return text
	}
	text := phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	return strings.NewReplacer(" ", noBreak, "-", noBreak).Replace(text)
}

// ukrainian groups a number as people there say it, by its code of two digits: "+380 32 233 7730" is in Lviv, though the library takes
// 322 for a code. Numbers that are free or dear to call have codes of three.
func ukrainian(n *phonenumbers.PhoneNumber) (text string, ok bool) {
	const country, long = 380, 9
	digits := phonenumbers.GetNationalSignificantNumber(n)
	if n.GetCountryCode() != country || len(digits) != long || digits[1:3] == "00" {
		return "", false
	}
	return strings.Join([]string{"+380", digits[:2], digits[2:5], digits[5:]}, noBreak), true
}
