package charging

import (
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// destination is where a leg goes, read from what was dialled.
type destination struct {
	to        string // E.164, sip:user@host, or the digits as dialled; of an emergency number without a plus
	emergency bool   // told by from
	known     bool   // facts were looked up
	facts
}

// facts are what the anti-fraud caps ask of a telephone number.
type facts struct {
	country string // ISO 3166, empty where it belongs to none
	premium bool
}

const (
	sipScheme     = "sip:"
	longestDialed = 128 // bytes, of a SIP address
	longestDigits = 15  // of an E.164 number
)

// readDestination reads what was dialled: a number, with blanks and the like between its digits, or a SIP address. Blanks
// around either are left out too.
func readDestination(dialled string) (destination, error) {
	d, err := readPlain(dialled)
	if err == nil {
		return d, nil
	}
	plain := strings.TrimSpace(dialled)
	if !strings.HasPrefix(plain, sipScheme) {
		plain = phone.Compact(plain)
	}
	if d, again := readPlain(plain); again == nil {
		return d, nil
	}
	return d, err
}

// readPlain lets through '+' and digits, or sip:user@host, and nothing else (Rule B-70): what is dialled must be what was
// checked.
func readPlain(dialled string) (destination, error) {
	d := destination{to: dialled}
	switch {
	case strings.HasPrefix(dialled, sipScheme):
		if isSIP(dialled) {
			return d, nil
		}
	case strings.HasPrefix(dialled, "+"):
		if isDigits(dialled[1:]) && dialled[1] != '0' {
			return d, nil
		}
	case isDigits(dialled):
		return d, nil
	}
	return d, badDestination(dialled)
}

func badDestination(dialled string) *errs.Error {
	return errs.New(errs.Invalid, "charging.bad_destination", "%.40q cannot be dialled", dialled).At("to").
		Try("write + and the international number, such as +380671234567, or sip:user@host")
}

// look finds the facts of an international number. It takes longer than charging a call does, so it is done before the
// request waits for the writer.
func (d destination) look() destination {
	if !d.known && strings.HasPrefix(d.to, "+") {
		number := phone.Number(d.to)
		d.facts, d.known = facts{country: number.Country(), premium: number.IsPremium()}, true
	}
	return d
}

// from is the destination as dialled in a country (ISO 3166): an emergency number there, with or without a plus, or where it
// has none a number in national form.
func (d destination) from(country string) (destination, error) {
	if digits, ok := phone.Emergency(d.to, country); ok {
		return destination{to: digits, emergency: true}, nil
	}
	if !isDigits(d.to) {
		return d, nil
	}
	number, err := phone.Parse(d.to, country)
	if err != nil {
		return d, badDestination(d.to)
	}
	return destination{to: string(number)}, nil
}

func (d destination) sip() bool { return strings.HasPrefix(d.to, sipScheme) }

func isDigits(s string) bool {
	if s == "" || len(s) > longestDigits {
		return false
	}
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// isSIP reports whether s is sip:user@host with an optional port, in letters, digits and the few signs both may have. No
// parameters and no headers: those can redirect a call.
func isSIP(s string) bool {
	user, host, ok := strings.Cut(strings.TrimPrefix(s, sipScheme), "@")
	name, port, hasPort := strings.Cut(host, ":")
	return ok && len(s) <= longestDialed && isWord(user, "-_.+") && isWord(name, "-.") && (!hasPort || isDigits(port))
}

func isWord(s, signs string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && s[i]-'0' > 9 && strings.IndexByte(signs, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}
