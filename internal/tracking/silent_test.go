package tracking_test

import (
	"slices"
	"testing"
	"time"

	"bellwether/internal/tracking"
)

// Rules C-84, C-89: made-up visits that are not heard of again, or were refused a number and leave at once, are no sessions.
func TestAFloodIsNoSessions(t *testing.T) {
	t.Parallel()
	each(t, 32, func(h *house) {
		real := h.come(3, spread, 3)
		fakes := h.come(40, alone, 2)
		brief := h.come(4, spread, 4) // they leave within seconds, but had numbers
		h.wait(3 * time.Second)
		brief.send(tracking.LeaveHit)
		fakes.all = slices.DeleteFunc(fakes.all, func(b *browser) bool { return b.Numbers["t1"] != "" })[:20]
		fakes.send(tracking.LeaveHit)
		h.wait(12 * time.Second)
		real.beat()
		h.wait(time.Minute)
		tally := &tracking.Tally{Core: h.core, Events: h.events, Billing: h.billing}
		if n, err := tally.Run(h.Context(), h.now); n != 7 || err != nil {
			t.Errorf("%d sessions, %v", n, err)
		}
	})
}

// Rule C-89: a real visitor is found among made-up visits that saw the number in the 24 hours before; few of them are weighed as anybody.
func TestAFloodDrownsNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fakes, candidates int }{
		"a few":   {4, 5},
		"a flood": {60, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, 1, func(h *house) {
				b := h.open(google, organic)
				b.send(tracking.PageHit)
				h.wait(15 * time.Second)
				b.send(tracking.BeatHit)
				seen := b.number()
				h.wait(3 * time.Minute)
				for n := range c.fakes {
					fake := h.open("https://shop.example/", "")
					fake.from.Address = spread(n)
					if fake.send(tracking.PageHit); fake.number() != seen {
						t.Fatalf("fake %d sees %q", n, fake.number())
					}
					h.wait(36 * time.Second)
				}
				got := h.call("c1", seen, client)
				if len(got.Receipt.Candidates)+len(got.Receipt.Older) != c.candidates {
					t.Errorf("%d candidates", len(got.Receipt.Candidates))
				}
				if c.fakes > c.candidates && (got.Source != "google / cpc / spring" || got.Kind != tracking.ByVisit) {
					t.Errorf("%s from %q", got.Kind, got.Source)
				}
			})
		})
	}
}
