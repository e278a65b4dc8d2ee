package charging

import (
	"strings"
	"testing"

	"bellwether/internal/errs"
)

// Rule B-70: what can be dialled, and what it is.
func TestDestination(t *testing.T) {
	t.Parallel()
	cases := []struct {
		dialled, country string
		to               string
		emergency        bool
	}{
		{"+380671234567", "UA", "+380671234567", false},
		{"+380671234567", "US", "+380671234567", false},
		{"0671234567", "UA", "+380671234567", false},
		{"84951234567", "RU", "+74951234567", false},
		{"112", "UA", "112", true},
		{"101", "UA", "101", true},
		{"+101", "UA", "101", true},
		{"+112", "UA", "112", true},
		{"+999", "UA", "+999", false}, // of Britain
		{" +112", "UA", "112", true},
		{"1-1-2 ", "UA", "112", true},
		{"(+112)", "UA", "112", true},
		{"380 67 123 45 67", "UA", "+380671234567", false},
		{"+380 (67) 123-45-67\n", "US", "+380671234567", false},
		{"+380\u00a067\u202f123\u201145\u201367", "UA", "+380671234567", false}, // pasted from a page
		{"067/123.45.67", "UA", "+380671234567", false},
		{" sip:anna@office\t", "UA", "sip:anna@office", false},
		{"sip:anna@office", "UA", "sip:anna@office", false},
		{"sip:anna.b-c_d+1@office.example:5060", "UA", "sip:anna.b-c_d+1@office.example:5060", false},
	}
	for _, c := range cases {
		d, err := readDestination(c.dialled)
		if err == nil {
			d, err = d.from(c.country)
		}
		if err != nil || d.to != c.to || d.emergency != c.emergency {
			t.Errorf("%s dialled in %s is %+v, %v", c.dialled, c.country, d, err)
		}
	}
}

func TestDestinationRefuses(t *testing.T) {
	t.Parallel()
	for _, dialled := range []string{
		"", "+", "+0671234567", "+3806712345671234", " ", "( )", "+ -", "06 71;23", "+380 67 +1", "067,12", "*100#", "anna", "tel:+380671234567", "sip:", "sip:@office",
		"sip:anna@", "sip:anna", "sip:anna@office;transport=tcp", "sip:anna@office?Subject=x", "sip:anna:secret@office", "sip:anna@office:port", "sip:anna@office:",
		"sip:ann a@office", "sip:anna@off\nice", "sips:anna@office", "SIP:anna@office", "sip: anna@office", "+380671234567\x00", "+٣٨٠", "sip:" + strings.Repeat("a", 128) + "@office",
	} {
		if d, err := readDestination(dialled); errs.CodeOf(err) != "charging.bad_destination" {
			t.Errorf("%q is %+v, %v", dialled, d, err)
		}
	}
}

func FuzzDestination(f *testing.F) {
	for _, seed := range []string{"+380671234567", "0671234567", "112", "sip:anna@office:5060", "sip:a@b;c", "+"} {
		f.Add(seed, "UA")
	}
	f.Fuzz(func(t *testing.T, dialled, country string) {
		d, err := readDestination(dialled)
		if err != nil {
			return
		}
		if d, err = d.from(country); err != nil {
			return
		}
		d.look()
		if again, err := readDestination(d.to); err != nil || again.to != d.to {
			t.Fatalf("%q was read as %q, which reads as %q, %v", dialled, d.to, again.to, err)
		}
	})
}
