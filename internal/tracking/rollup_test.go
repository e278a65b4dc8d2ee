package tracking_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

func (h *house) roll() (hours int64) {
	h.Helper()
	for {
		some, err := tracking.Roll(h.Context(), h.events, "shop", h.now)
		if err != nil {
			h.Fatal(err)
		}
		if hours += some; some == 0 {
			return hours
		}
	}
}

func (h *house) wrongSums() int64 {
	h.Helper()
	wrong, err := tracking.Check(h.Context(), h.events, "shop")
	if err != nil {
		h.Fatal(err)
	}
	return wrong
}

// Rule C-107: sums by the hour equal the visits they are of, and are made anew from them; programs are counted apart.
func TestSumsOfVisits(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		if h.roll() != 0 || h.wrongSums() != 0 {
			t.Error("there is something of nothing")
		}
		for i := range 30 {
			b := h.open([]string{google, "https://shop.example/"}[i%2], "")
			if i%10 == 0 {
				b.from.Agent = "curl/8"
			}
			b.send(tracking.PageHit)
			h.wait(20 * time.Second)
			b.send(tracking.PageHit)
			h.wait(time.Hour)
		}
		if hours := h.roll(); hours != 5 { // of 30 hours those of the last day and a half hour may still change
			t.Errorf("%d hours were summed up", hours)
		}
		h.wait(2 * 24 * time.Hour)
		h.roll()
		sum := func(column string) int {
			return h.count("SELECT CAST(SUM(" + column + ") AS BIGINT) FROM tracking_rollup")
		}
		if sum("visits") != 27 || sum("bots") != 3 || sum("pages") != 54 || sum("seconds") != 27*20 || h.wrongSums() != 0 {
			t.Errorf("%d visits, %d bots, %d pages, %d seconds, %d wrong", sum("visits"), sum("bots"), sum("pages"), sum("seconds"), h.wrongSums())
		}
		h.eventsWrite(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE tracking_rollup SET visits = visits + 1 WHERE source = 'google'")
			return err
		})
		if h.wrongSums() == 0 {
			t.Error("wrong sums are not found")
		}
		if _, err := tracking.Rebuild(h.Context(), h.events, "shop", h.now); err != nil || sum("visits") != 27 || h.wrongSums() != 0 {
			t.Errorf("made anew: %d visits, %d wrong, %v", sum("visits"), h.wrongSums(), err)
		}
	})
}

// Rule C-108: visits go when their time is over; their sums stay, also when sums are made anew.
func TestVisitsAreNotKeptForEver(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		for range 10 {
			b := h.open(google, organic)
			b.send(tracking.PageHit)
			b.leaves(client)
			h.call("c"+b.Visit, b.number(), client)
			h.wait(24 * time.Hour)
		}
		before := h.now.Add(-5*24*time.Hour - time.Hour)
		purge := func() (gone int64) {
			for {
				some, err := tracking.Purge(h.Context(), h.events, "shop", before, 2)
				if err != nil {
					h.Fatal(err)
				}
				if gone += some; some == 0 {
					return gone
				}
			}
		}
		if gone := purge(); gone != 0 {
			t.Errorf("%d visits went before they were summed up", gone)
		}
		h.roll()
		if gone := purge(); gone != 5 {
			t.Errorf("%d visits went", gone)
		}
		for _, table := range []string{"visit", "activity", "hit", "lease", "receipt"} {
			if n := h.count("SELECT COUNT(*) FROM tracking_" + table); n != map[bool]int{false: 5, true: 10}[table == "hit"] {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if _, err := tracking.Rebuild(h.Context(), h.events, "shop", h.now.Add(3*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if sum := h.count("SELECT CAST(SUM(visits) AS BIGINT) FROM tracking_rollup"); sum != 10 || h.wrongSums() != 0 {
			t.Errorf("%d visits are summed up, %d wrong", sum, h.wrongSums())
		}
	})
}
