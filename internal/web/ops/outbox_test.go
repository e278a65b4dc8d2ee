package ops

import (
	"testing"
	"time"

	"bellwether/internal/event"
)

// A backlog is as long as its oldest event waits, however many wait, and a delivery that failed is told.
func TestBacklog(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	since := func(d time.Duration) time.Time { return noon.Add(-d) }
	for name, c := range map[string]struct {
		lags   []event.Lag
		events int64
		waits  time.Duration
		failed string
	}{
		"nothing waits": {[]event.Lag{{Subscriber: "staff"}}, 0, 0, ""},
		"few for long":  {[]event.Lag{{Subscriber: "log"}, {Subscriber: "staff", Behind: 999, Oldest: since(3 * time.Hour)}}, 999, 3 * time.Hour, ""},
		"many at once":  {[]event.Lag{{Subscriber: "staff", Behind: 5000, Oldest: since(2 * time.Second)}}, 5000, 2 * time.Second, ""},
		"the longest counts": {[]event.Lag{
			{Subscriber: "log", Behind: 7, Oldest: since(time.Minute)}, {Subscriber: "staff", Behind: 2, Oldest: since(time.Second)},
		}, 7, time.Minute, ""},
		"failed": {[]event.Lag{
			{Subscriber: "log", Behind: 1, Oldest: since(time.Minute), Attempts: 1, Error: "no"}, {Subscriber: "staff", Behind: 1, Oldest: since(time.Minute), Attempts: 4, Error: "no"},
		}, 1, time.Minute, "staff"},
	} {
		if got := backlogOf(c.lags, noon); got.events != c.events || got.waits != c.waits || got.failing.Subscriber != c.failed {
			t.Errorf("%s: %d events wait %v, %q fails; want %d, %v, %q", name, got.events, got.waits, got.failing.Subscriber, c.events, c.waits, c.failed)
		}
	}
}
