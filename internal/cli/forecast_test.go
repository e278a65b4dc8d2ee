package cli

import (
	"testing"

	"bellwether/internal/civil"
)

// The day through which funds last, in words where it is none.
func TestFundsEndInWords(t *testing.T) {
	t.Parallel()
	day := civil.MustParseDate("2026-11-22")
	for want, end := range map[string]*fundsEnd{
		"more than a year": nil,
		"they end today":   {Date: day},
		"2026-11-24":       {Date: day + 3, FullDays: 3},
	} {
		if got := end.text(false); got != want {
			t.Errorf("%+v: %q, want %q", end, got, want)
		}
	}
	if got := (&fundsEnd{Date: day}).text(true); got != "funds have ended" {
		t.Errorf("without funds: %q", got)
	}
}
