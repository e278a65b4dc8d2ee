package pricing

import "testing"

func TestCounted(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 segments", 1: "1 segment", 2: "2 segments"} {
		if got := counted(n, "segment"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
