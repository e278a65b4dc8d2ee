package dialplan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/dialplan"
)

// TestSpansArePeoplesOwn: hours are read however people write them, and written in one way.
func TestSpansArePeoplesOwn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"09:00–18:00":           "09:00–18:00",
		"9-18":                  "09:00–18:00",
		"9:30 — 13; 14.00-18.5": "09:30–13:00, 14:00–18:5",
		"":                      "",
		" , ":                   "",
		"noon":                  "noon:00–:00",
	} {
		if diff := cmp.Diff(want, dialplan.SpansText(dialplan.ReadSpans(text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
