package cabinet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/web/cabinet"
)

func TestRearrange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb string
		at   int
		want string
	}{
		{"up", 1, "bac"},
		{"up", 0, "abc"},
		{"down", 1, "acb"},
		{"down", 2, "abc"},
		{"drop", 1, "ac"},
		{"drop", 2, "ab"},
		{"drop", 3, "abc"},
		{"up", 3, "abc"},
		{"down", -1, "abc"},
		{"shout", 1, "abc"},
	} {
		if diff := cmp.Diff(c.want, string(cabinet.Rearrange([]byte("abc"), c.verb, c.at))); diff != "" {
			t.Errorf("%s %d (-want +got):\n%s", c.verb, c.at, diff)
		}
	}
}
