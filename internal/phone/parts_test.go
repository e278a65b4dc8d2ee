package phone_test

import (
	"testing"

	"bellwether/internal/phone"
)

func TestParts(t *testing.T) {
	t.Parallel()
	for number, want := range map[phone.Number][3]string{
		"+380443337700": {"380", "0", "443337700"},
		"+74951234567":  {"7", "8", "4951234567"},
		"+77011234567":  {"7", "8", "7011234567"},
		"+442071234567": {"44", "0", "2071234567"},
		"+12125551234":  {"1", "1", "2125551234"},
		"+48221234567":  {"48", "", "221234567"},
		"+390612345678": {"39", "", "0612345678"}, // the zero is part of an Italian number
		"+80012345678":  {"800", "", "12345678"},
		"+999123456789": {"", "", "999123456789"},
		"":              {"", "", ""},
	} {
		country, trunk, national := number.Parts()
		if got := [3]string{country, trunk, national}; got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}
