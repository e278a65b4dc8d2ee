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
	text := phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	return strings.NewReplacer(" ", noBreak, "-", noBreak).Replace(text)
}
