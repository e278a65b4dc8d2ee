package tracking_test

import (
	"testing"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// Who is on the site, how the pool fares that they lease from (Rules C-05, C-06), and what a made-up visit would see (Rule C-68).
func TestGuestsAndHealth(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		if at, err := tracking.LatestVisit(h.Context(), h.events, "shop", h.site.ID); err != nil || !at.IsZero() {
			t.Errorf("visited at %v, %v", at, err)
		}
		h.open(google, "").send(tracking.PageHit)
		h.wait(10 * time.Second)
		second := h.open("https://shop.example/", organic)
		second.send(tracking.PageHit)
		h.wait(15 * time.Second)
		second.send(tracking.BeatHit) // takes the only number
		guests, err := tracking.Guests(h.Context(), h.events, "shop", h.now, false)
		if err != nil || len(guests) != 2 || guests[0].From.Medium != "organic" || !guests[1].Online || guests[1].From.Campaign != "spring" {
			t.Fatalf("%+v, %v", guests, err)
		}
		if len(guests[0].Numbers) != 1 || guests[0].Numbers[0] != number(1) || len(guests[1].Numbers) != 0 {
			t.Errorf("they see %v and %v", guests[0].Numbers, guests[1].Numbers)
		}
		health, err := tracking.HealthOf(h.Context(), h.events, "shop", h.pool, []tracking.Use{{Number: number(1), Pool: h.pool.ID, Since: noon.Add(-time.Hour)}}, h.now)
		if err != nil || health.Live != 1 || health.Free != 0 || health.Leases != 2 || health.Overload != 1 {
			t.Errorf("%+v, %v", health, err)
		}
		if marks, err := tracking.Pulse(h.Context(), h.events, []ident.ProjectID{"shop", "bank"}); err != nil || len(marks) != 1 {
			t.Errorf("%v, %v", marks, err)
		}
		if others, err := tracking.Guests(h.Context(), h.events, "bank", h.now, false); err != nil || len(others) != 0 {
			t.Errorf("%v, %v", others, err)
		}
		found, from, err := tracking.Try(h.site, []swap.Rule{h.everybody()}, time.UTC, tracking.Trial{At: h.now, URL: google})
		if err != nil || from.Name != "google" || found.Answers[0].Rule != 1 || found.Rules[0].Outcome != swap.Decided {
			t.Errorf("%+v, %+v, %v", found, from, err)
		}
	})
}
