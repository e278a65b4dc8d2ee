package cli

import (
	"strings"
	"testing"
)

// A payment that was reversed says so, and by which entry; the reversal names what it undoes.
func TestReversalsAreExplained(t *testing.T) {
	t.Parallel()
	for want, line := range map[string]bookedLine{
		"  reversed by entry 18\n": {ID: "17", ReversedBy: "18"},
		"  reverses    entry 17\n": {ID: "18", Reverses: "17"},
	} {
		var out strings.Builder
		if err := line.explain(&out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %q, want %q", err, out.String(), want)
		}
	}
}
