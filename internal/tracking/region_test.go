package tracking

import (
	"testing"

	"bellwether/internal/phone"
)

// Rule C-101: caller and visitor are compared by region where both are known, by country where the two differ.
func TestRegionsAreCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caller phone.Number
		visit  Place
		call   string
		want   string
	}{
		{"+74951234567", Place{Country: "RU", Region: "RU-MOW"}, "RU-MOW", "RU-MOW"},
		{"+74991234567", Place{Country: "RU", Region: "RU-MOW"}, "RU-MOW", "RU-MOW"}, // the second area code of one city
		{"+74951234567", Place{Country: "RU", Region: "RU-SPE"}, "RU-MOW", "RU-SPE"},
		{"+74951234567", Place{Country: "RU"}, "RU-MOW", ""},
		{"+79161234567", Place{Country: "RU", Region: "RU-MOW"}, "RU", ""}, // a mobile telephone may be anywhere in its country
		{"+79161234567", Place{Country: "UA", Region: "UA-30"}, "RU", "UA"},
		{"+380441234567", Place{Country: "UA", Region: "UA-30"}, "UA-30", "UA-30"},
		{"+442071234567", Place{Country: "UA", Region: "UA-30"}, "GB", "UA"}, // 44 is Kyiv's, and the United Kingdom's
		{"", Place{Country: "UA", Region: "UA-30"}, "", ""},
		{"+380441234567", Place{}, "UA-30", ""},
		{"+77272123456", Place{Country: "KZ", Region: "KZ-75"}, "KZ-75", "KZ-75"},
		{"+77272123456", Place{Country: "KZ", Region: "KZ-ALA"}, "KZ-75", "KZ-75"}, // two names of one area
	} {
		got := regionOf(c.caller)
		if beside := c.visit.beside(got); got != c.call || beside != c.want {
			t.Errorf("%s and %+v: %q and %q", c.caller, c.visit, got, beside)
		}
	}
}
