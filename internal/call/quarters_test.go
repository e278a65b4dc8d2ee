package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Four calls: one in the last second before 14:15 in Kyiv, two in the quarter that begins then, one in the next hour. Together they are the totals.
func TestQuarters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann := person("ann", h.ann)
		h.log(told{at: noon.Add(15*time.Minute - time.Microsecond), client: client, status: call.Answered, who: ann, wait: 5, talk: 60})
		h.log(told{at: noon.Add(15 * time.Minute), client: other, status: call.NoAnswer, wait: 20})
		h.log(told{at: noon.Add(30*time.Minute - time.Microsecond), client: other, status: call.Answered, who: person("cat", h.cat), wait: 7, talk: 30, cost: 1_500_000})
		h.log(told{at: noon.Add(time.Hour), client: client, status: call.Answered, who: ann, wait: 3, talk: 10})
		h.log(told{at: noon.Add(2 * time.Hour), client: client, status: call.Answered, who: ann, talk: 10})
		f := call.Filter{From: noon, Until: noon.Add(2 * time.Hour)}
		type line struct {
			Minute                                       int
			Calls, Answered, Missed, Talk, Wait, Charged int64
		}
		lines := func(w call.Window) (list []line, sum call.Totals) {
			quarters, err := w.Quarters(context.Background(), db, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range quarters {
				sum.Add(q.Totals)
				list = append(list, line{int(q.At.Sub(noon).Minutes()), q.Calls, q.Answered, q.Missed, q.Talk, q.Wait, int64(q.Cost)})
			}
			return list, sum
		}
		all, sum := lines(h.look(h.owner))
		if diff := cmp.Diff([]line{{0, 1, 1, 0, 60, 5, 0}, {15, 2, 1, 1, 30, 7, 1_500_000}, {60, 1, 1, 0, 10, 3, 0}}, all); diff != "" {
			t.Error(diff)
		}
		if totals, err := h.look(h.owner).Totals(context.Background(), db, f); err != nil || totals != sum {
			t.Errorf("quarters are %+v, the totals %+v, %v", sum, totals, err)
		}
		// Rule T-107: a manager sees her own and what is nobody's.
		if own, _ := lines(h.look(h.ann)); len(own) != 3 || own[1].Calls != 1 || own[1].Missed != 1 {
			t.Errorf("ann sees %+v", own)
		}
	})
}
