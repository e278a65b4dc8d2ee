package call_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/call"
	ids "bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule C-109: a call to a number shows that it is wired; an earlier one, and one of another project's, does not.
func TestACallHasArrived(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.opened(noon, client)
		for name, c := range map[string]struct {
			project, number string
			since           time.Time
			want            bool
		}{
			"since before":      {"shop", main, noon.Add(-time.Minute), true},
			"since it came in":  {"shop", main, noon, true},
			"since after":       {"shop", main, noon.Add(time.Second), false},
			"another number":    {"shop", "+380440000000", noon.Add(-time.Minute), false},
			"another project's": {"bank", main, noon.Add(-time.Minute), false},
		} {
			a, found, err := call.Arrived(context.Background(), db, ids.ProjectID(c.project), phone.Number(c.number), c.since)
			if err != nil || found != c.want || found && !a.At.Equal(noon) {
				t.Errorf("%s: %+v, %t, %v", name, a, found, err)
			}
		}
	})
}
