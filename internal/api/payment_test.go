package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Fifty cash desks that report one payment at once make one entry, whether under one key or each under its own.
// Rule B-04.
func TestParallelPaymentsAreOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		var all sync.WaitGroup
		bodies := make([]string, 50)
		for i := range bodies {
			h := s.as("operator").with("Idempotency-Key", "one")
			if i%2 == 0 {
				h = h.with("Idempotency-Key", fmt.Sprint("own-", i))
			}
			all.Go(func() {
				got := s.do(h, http.MethodPost, demoPath+"/payments", `{"id":"p","amount":"7.5","method":"card"}`)
				bodies[i] = fmt.Sprint(got.status, string(got.body))
			})
		}
		all.Wait()
		slices.Sort(bodies)
		if different := slices.Compact(bodies); len(different) != 1 {
			t.Errorf("different answers: %q", different)
		}
		if n := s.entriesOf("payment"); n != 1 {
			t.Errorf("%d payments were booked", n)
		}
		if cash := s.funds()["cash"]; cash != "7.5" {
			t.Errorf("the cash is %v", cash)
		}
	})
}
