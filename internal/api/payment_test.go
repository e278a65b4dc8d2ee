package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// A second spelling of a field would be read over the first, past what the schema asks of it.
func TestFieldsAreNamedExactly(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	for path, bodies := range map[string][]string{
		"payments": {`{"id":"i","amount":"5","AMOUNT":"50","method":"bank"}`, `{"ID":"i","amount":"5","method":"bank"}`, `{"id":"i","amount":"5","method":"bank","\u017FIGN":1}`},
		"calls/batch": {
			`{"records":[{"id":"b","kind":"outbound","to":"+380671234567","TO":"+380671234568","answered_at":"2026-03-10T11:00:00+02:00","seconds":30}]}`,
			`{"records":[{"id":"b","kind":"outbound","to":"+380671234567","answered_at":"2026-03-10T11:00:00+02:00","\u017Feconds":30}]}`,
		},
		"products/preview": {`{"products":[{"Product":"analytics","on":true}]}`},
	} {
		for _, body := range bodies {
			got := s.refused(s.as("operator"), http.MethodPost, "/v1/projects/demo/"+path, body, http.StatusUnprocessableEntity, "api.invalid")
			if !strings.Contains(string(got.body), "unexpected property") {
				t.Errorf("%s: %s", body, got.body)
			}
		}
	}
	if cash := s.funds()["cash"]; cash != "0" {
		t.Errorf("%v was booked", cash)
	}
}
