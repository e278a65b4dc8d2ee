package phone_test

import (
	"testing"

	"bellwether/internal/phone"
)

func TestArea(t *testing.T) {
	t.Parallel()
	for number, want := range map[phone.Number]struct {
		code, name       string
		mobile, tollFree bool
	}{
		"+380441234567": {code: "44", name: "Kyiv city"},
		"+74951234567":  {code: "495", name: "Moscow"},
		"+78121234567":  {code: "812", name: "St Petersburg"},
		"+442071234567": {code: "20", name: "London"},
		"+12125551234":  {code: "212", name: "New York, NY"},
		"+380671234567": {mobile: true},
		"+77011234567":  {mobile: true},
		"+380800123456": {tollFree: true},
		"+80012345678":  {tollFree: true},
		"+380999999":    {},
		"+15551234567":  {},
		"":              {},
		"tel":           {},
	} {
		code, name := number.Area()
		if code != want.code || name != want.name || number.IsMobile() != want.mobile || number.IsTollFree() != want.tollFree {
			t.Errorf("%q: %q %q, mobile %t, toll-free %t", number, code, name, number.IsMobile(), number.IsTollFree())
		}
	}
}
