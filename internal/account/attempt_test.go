package account

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Rule A-04.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures int64
		want     time.Duration
	}{{0, 0}, {4, 0}, {5, time.Second}, {6, 2 * time.Second}, {9, 16 * time.Second}, {13, 256 * time.Second}, {14, 5 * time.Minute}, {1 << 40, 5 * time.Minute}} {
		if got := accountPace.wait(c.failures); got != c.want {
			t.Errorf("after %d failures %v, want %v", c.failures, got, c.want)
		}
	}
}

// More failures never mean a shorter wait, and no wait is longer than its bound.
func TestPaceIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := pace{free: rapid.Int64Range(0, 100).Draw(t, "free"), longest: time.Duration(rapid.Int64Range(1, 1e13).Draw(t, "longest"))}
		n := rapid.Int64Range(0, 1<<62).Draw(t, "failures")
		more := n + rapid.Int64Range(0, 1<<20).Draw(t, "more")
		if p.wait(more) < p.wait(n) || p.wait(n) < 0 || p.wait(n) > p.longest {
			t.Fatalf("%+v: %v after %d, %v after %d", p, p.wait(n), n, p.wait(more), more)
		}
	})
}

func TestNeighbourhood(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::9%eth0": "2001:db8:1:2::/64", "?": "?",
	} {
		if got := neighbourhood(address); got != want {
			t.Errorf("%s is in %s, want %s", address, got, want)
		}
	}
}
