package phone_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

func TestParse(t *testing.T) {
	t.Parallel()
	cases := []struct {
		input, country string
		want           phone.Number
	}{
		{"+380441234567", "", "+380441234567"},
		{"+380 (44) 123-45-67", "US", "+380441234567"},
		{"044 123-45-67", "UA", "+380441234567"},
		{"380441234567", "UA", "+380441234567"},
		{"00380441234567", "UA", "+380441234567"},
		{"8 (495) 123-45-67", "RU", "+74951234567"},
		{"810380441234567", "RU", "+380441234567"},
		{" 212.555.0123 ", "US", "+12125550123"},
		{"+88213123456", "", "+88213123456"},
	}
	for _, c := range cases {
		got, err := phone.Parse(c.input, c.country)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q, %q) = %q, %v; want %q", c.input, c.country, got, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ input, country string }{
		"nothing":                  {"", "UA"},
		"letters":                  {"1-800-FLOWERS", "US"},
		"an extension":             {"+380441234567 ext. 12", "UA"},
		"a second number":          {"+380441234567;+19005551234", "UA"},
		"a dial command":           {"+380441234567,,1#", "UA"},
		"a plus in the middle":     {"380+441234567", "UA"},
		"digits of another script": {"٠٤٤١٢٣٤٥٦٧", "UA"},
		"no country":               {"0441234567", ""},
		"a country there is not":   {"0441234567", "XX"},
		"a code there is not":      {"+99912345678", ""},
		"too few digits":           {"+38044", ""},
		"too many digits":          {"+38044123456789", ""},
		"an emergency number":      {"112", "UA"},
		"one zero too many":        {"+310000000", ""},
		"an endless one":           {strings.Repeat("1", 1000), "UA"},
	}
	for name, c := range cases {
		got, err := phone.Parse(c.input, c.country)
		if errs.CodeOf(err) != "phone.invalid" || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: Parse(%q, %q) = %q, %v; want phone.invalid", name, c.input, c.country, got, err)
		}
	}
}

// What Parse returns it reads again as the same number, whatever the country of the reader.
func TestParseIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.StringMatching(`(\+|00|8|0)?[1-9][0-9 ()./-]{3,18}`).Draw(t, "input")
		first, err := phone.Parse(input, rapid.SampledFrom([]string{"UA", "RU", "US", "DE"}).Draw(t, "country"))
		if err != nil {
			t.Skip("not a number")
		}
		again, err := phone.Parse(string(first), "GB")
		if err != nil || again != first {
			t.Fatalf("Parse(%q) = %q, read again %q, %v", input, first, again, err)
		}
	})
}

func TestCountry(t *testing.T) {
	t.Parallel()
	cases := map[phone.Number]string{
		"+380441234567": "UA",
		"+74951234567":  "RU",
		"+77011234567":  "KZ",
		"+12125550123":  "US",
		"+12423221234":  "BS", // the Bahamas share +1: dialling one's own country must not reach them
		"+441481234567": "GG",
		"+380900123456": "UA", // a range libphonenumber does not know, in a code of one country
		"+19001230000":  "",   // one in a code of many
		"+80012345678":  "",
		"+88213123456":  "",
		"+979123456789": "",
		"":              "",
		"+":             "",
	}
	for number, want := range cases {
		if got := number.Country(); got != want {
			t.Errorf("%s is of %q, want %q", number, got, want)
		}
	}
}

// Rule B-70: premium-rate and shared-cost numbers are known before they are dialled.
func TestIsPremium(t *testing.T) {
	t.Parallel()
	cases := map[phone.Number]bool{
		"+380441234567": false,
		"+380671234567": false,
		"+380800123456": false, // toll free
		"+74951234567":  false,
		"+12125550123":  false,
		"+18005550123":  false, // toll free
		"+380900123456": true,
		"+78031234567":  true,
		"+78091234567":  true,
		"+19005551234":  true,
		"+19001230000":  true, // unassigned, premium all the same
		"+448431234567": true,
		"+449061234567": true,
		"+447011234567": true, // personal number, charged like premium
		"+491801234567": true, // shared cost
		"+49900512345":  true,
		"+33891234567":  true,
		"+979123456789": true,
		"+80812345678":  true, // international shared cost
		"":              false,
	}
	for number, want := range cases {
		if got := number.IsPremium(); got != want {
			t.Errorf("%s premium is %v, want %v", number, got, want)
		}
	}
}

// Rule B-71: emergency numbers are recognised by the country they are dialled in.
func TestEmergency(t *testing.T) {
	t.Parallel()
	cases := []struct {
		dialled, country string
		want             bool
	}{
		{"112", "UA", true},
		{"112", "US", true},
		{"112", "", true},
		{"911", "UA", true},
		{"1 1 2", "DE", true},
		{"101", "UA", true},
		{"104", "UA", true},
		{"105", "UA", false},
		{"01", "UA", false},
		{"01", "RU", true},
		{"04", "RU", true},
		{"103", "RU", true},
		{"101", "US", false},
		{"110", "DE", true},
		{"110", "GB", false},
		{"999", "GB", true},
		{"000", "AU", true}, // from libphonenumber
		{"113", "IT", true},
		{"1120", "UA", false},
		{"+112", "UA", true}, // no international number is as short
		{"+112", "", true},
		{"+ 112", "UA", true}, // separators are no part of it, wherever they stand
		{" +112", "UA", true},
		{"(+112)", "UA", true},
		{"(+) 1-1-2", "DE", true},
		{"++112", "UA", false},
		{"+01", "UA", false},
		{"+380112", "UA", false},
		{"380441234567", "UA", false},
		{"", "UA", false},
		{"", "AU", false},
	}
	for _, c := range cases {
		if _, got := phone.Emergency(c.dialled, c.country); got != c.want {
			t.Errorf("%q dialled in %q: emergency is %v, want %v", c.dialled, c.country, got, c.want)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	cases := map[phone.Number]string{
		"+380441234567": "+380*******67",
		"+12125550123":  "+1********23",
		"+74951234567":  "+7********67",
		"+979123456789": "+979*******89",
		"":              "",
		"+1":            "**",
	}
	for number, want := range cases {
		if got := number.Masked(); got != want {
			t.Errorf("%s masked is %q, want %q", number, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+380441234567", "044 123-45-67", "112", "+", "1-800-FLOWERS", "+0", "((((((", "+1/1"} {
		f.Add(seed, "UA")
	}
	f.Fuzz(func(t *testing.T, input, country string) {
		number, err := phone.Parse(input, country)
		if err != nil {
			return
		}
		if number[0] != '+' || len(number) < 4 || len(number) > 20 {
			t.Fatalf("Parse(%q, %q) = %q", input, country, number)
		}
		number.Country()
		number.IsPremium()
		if masked := number.Masked(); len(masked) != len(number) || masked == string(number) {
			t.Fatalf("%q masked is %q", number, masked)
		}
	})
}
