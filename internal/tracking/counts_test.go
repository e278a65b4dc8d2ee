package tracking_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Rules C-05, C-77 and C-82: programs, visits without a number and addresses with too many are counted.
func TestCounts(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		p := h.permit("shop")
		h.pool.PerAddress = 1
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.service.EditPool(ctx, tx, p, h.pool, h.now)
			return err
		})
		h.wait(2 * time.Second)
		first := h.open("https://shop.example/", "")
		first.send(tracking.PageHit)
		same := h.open("https://shop.example/", "")
		same.from.Address = first.from.Address
		same.send(tracking.PageHit)
		bot := h.open("https://shop.example/", "")
		bot.from.Agent = "curl/8"
		bot.send(tracking.PageHit)
		h.open("https://shop.example/", "").send(tracking.PageHit)
		late := h.open("https://shop.example/", "")
		late.send(tracking.PageHit)
		h.wait(15 * time.Second)
		first.send(tracking.BeatHit)
		late.send(tracking.BeatHit)
		want := tracking.Counts{Visits: 4, Bots: 1, Leases: map[string]int64{"leased": 2, "returned": 0, "taken": 1}, Overloads: 1, Capped: 1, Doubtful: 1, Pools: 1, Dry: 1, Open: 5}
		if diff := cmp.Diff(want, h.collector.Counts(h.now)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		h.wait(time.Hour)
		if c := h.collector.Counts(h.now); c.Dry != 0 || c.Open != 0 {
			t.Errorf("an hour later: %+v", c)
		}
	})
}
