package callimport

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// targets reads what legs lead to. It remembers numbers, of which an export repeats few many times.
type targets struct {
	country string
	numbers map[string]read
}

type read struct {
	number phone.Number
	err    error
}

// sipAccount matches what is dialled by SIP: "sip:name@host", "SIP/name", "name@host".
var sipAccount = regexp.MustCompile(`^(?i:sip[:/])?([^\s"<>@:/]+(?:@[A-Za-z0-9.:\[\]-]+)?)$`)

// sip gives "sip:..." where a cell is a SIP account.
func sip(cell string) (uri string, ok bool) {
	if len(cell) > 255 || !strings.Contains(cell, "@") && !strings.HasPrefix(strings.ToLower(cell), "sip:") && !strings.HasPrefix(strings.ToLower(cell), "sip/") {
		return "", false
	}
	match := sipAccount.FindStringSubmatch(cell)
	if match == nil {
		return "", false
	}
	return "sip:" + match[1], true
}

// number reads a telephone number. Exports write international ones without their plus sign more often than with it, so
// what is no number of the country is tried with one.
func (t *targets) number(cell string) (phone.Number, error) {
	known, ok := t.numbers[cell]
	if !ok {
		known.number, known.err = phone.Parse(cell, t.country)
		if known.err != nil && cell != "" && cell[0] >= '1' && cell[0] <= '9' {
			if number, err := phone.Parse("+"+cell, t.country); err == nil {
				known = read{number: number}
			}
		}
		t.numbers[cell] = known
	}
	return known.number, known.err
}

// emergency reads a cell that is an emergency number of a country: digits and nothing else but a plus, as charging takes it.
func emergency(cell, country string) (digits string, ok bool) {
	if _, plain := parseDigits(strings.TrimPrefix(cell, "+")); !plain {
		return "", false
	}
	return phone.Emergency(cell, country)
}

// cutBySpreadsheet matches "3,80501E+11": the digits are gone.
var cutBySpreadsheet = regexp.MustCompile(`^\d[.,]\d+[eE]\+\d+$`)

// read gives "+380..." or "sip:...".
func (t *targets) read(cell string) (string, error) {
	if uri, ok := sip(cell); ok {
		return uri, nil
	}
	number, err := t.number(cell)
	if err == nil {
		return string(number), nil
	}
	if cutBySpreadsheet.MatchString(cell) {
		return "", fmt.Errorf("%s has lost its digits in a spreadsheet: export it again and do not save it there", quoted(cell))
	}
	why := "write an international number or sip:..."
	if e := new(errs.Error); errors.As(err, &e) && e.Hint != "" {
		why = e.Hint
	}
	return "", fmt.Errorf("%s is neither a telephone number nor a SIP account: %s", quoted(cell), why)
}

// kind says whether a cell can be dialled, and whether it is a SIP account. An extension such as 101 cannot.
func (t *targets) kind(cell string) (isSIP, ok bool) {
	if _, ok := sip(cell); ok {
		return true, true
	}
	_, err := t.number(cell)
	return false, err == nil
}
