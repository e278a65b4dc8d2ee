package simulate_test

import (
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/simulate"
)

// A line beyond the limit is named, and so is the limit.
func TestVeryLongLine(t *testing.T) {
	t.Parallel()
	_, err := simulate.ReadEvents(strings.NewReader(opening+strings.Repeat("x", 1<<20+1)), "f")
	if err == nil || !strings.Contains(err.Error(), "f:2") || !strings.Contains(err.Error(), "longer than 1048576 bytes") || errs.KindOf(err) != errs.Invalid {
		t.Errorf("a line of more than a MiB: %v", err)
	}
}
