package trunk

import (
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// Style is how a carrier writes numbers.
type Style string

// The styles.
const (
	E164     Style = "e164"     // +380441234567
	Digits   Style = "digits"   // 380441234567
	National Style = "national" // 0441234567, as dialled in Country; others with 00 and their country's code
)

// Styles lists them.
var Styles = []Style{E164, Digits, National}

// Format is how a carrier writes numbers, with what it wants in front (Rule T-56).
type Format struct {
	Style   Style  `json:"style"`
	Country string `json:"country,omitempty"` // ISO 3166, of National
	Prefix  string `json:"prefix,omitempty"`  // digits, * and # in front of every number
}

func (f *Format) check(field string) error {
	f.Country = strings.ToUpper(strings.TrimSpace(f.Country))
	switch {
	case f.Style != E164 && f.Style != Digits && f.Style != National:
		return bad(field, "%.20q is not one of e164, digits, national", string(f.Style))
	case f.Style == National && !phone.IsCountry(f.Country):
		return bad(field, "numbers as dialled at home need a country, such as UA")
	case len(f.Prefix) > longestPrefix || strings.Trim(f.Prefix, "0123456789*#") != "":
		return bad(field, "%.20q is not a prefix of digits", f.Prefix)
	}
	return nil
}

// Write is a number as the carrier wants it.
func (f Format) Write(n phone.Number) string {
	switch f.Style {
	case Digits:
		return f.Prefix + n.Digits()
	case National:
		if home, ok := n.National(f.Country); ok {
			return f.Prefix + home
		}
		return f.Prefix + "00" + n.Digits()
	}
	return f.Prefix + string(n)
}

// Read is the number that a carrier wrote. What carries its plus is taken for E.164 whatever the style: carriers mix them.
// errs.Invalid `trunk.bad_number` for what is none, such as "anonymous".
func (f Format) Read(text string) (phone.Number, error) {
	rest := strings.TrimPrefix(text, f.Prefix)
	country := ""
	switch {
	case strings.HasPrefix(rest, "+"):
	case f.Style == Digits:
		rest = "+" + rest
	case f.Style == National:
		country = f.Country
	}
	n, err := phone.Parse(rest, country)
	if err != nil {
		return "", errs.New(errs.Invalid, "trunk.bad_number", "%.40q is not a number in the style %s", text, f.Style).Because(err)
	}
	return n, nil
}
