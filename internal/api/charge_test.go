package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A call from authorise to settle, each step repeated, is charged once, whatever keys the repetitions come under.
// Rules B-04, B-72.
func TestCallIsChargedOnceOverHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.pay("p1", "1000")
		const legs = "/v1/projects/demo/legs"
		pbx := s.as("project:charge")
		ask := `{"id":"c-1","kind":"outbound","to":"+380441234567"}`
		s.refused(pbx.with("Idempotency-Key", "-"), http.MethodPost, legs, ask, http.StatusBadRequest, "api.idempotency_key_missing")
		first := s.must(pbx.with("Idempotency-Key", "k1"), http.MethodPost, legs, ask, http.StatusCreated)
		again := s.must(pbx.with("Idempotency-Key", "k1"), http.MethodPost, legs, ask, http.StatusCreated)
		if string(first.body) != string(again.body) || first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s is followed by %s, %v", first.body, again.body, again.header)
		}
		other := strings.ReplaceAll(ask, "c-1", "c-2")
		s.refused(pbx.with("Idempotency-Key", "k1"), http.MethodPost, legs, other, http.StatusConflict, "idem.key_reused")
		s.refused(s.as("project:read"), http.MethodGet, legs+"/c-2", "", http.StatusNotFound, "charging.no_leg")
		s.refused(s.as("project:read"), http.MethodGet, legs+"/c-1/explanation", "", http.StatusConflict, "charging.leg_open")

		s.must(pbx, http.MethodPost, legs+"/c-1/extend", `{"elapsed":0}`, http.StatusOK)
		end := `{"answered_at":"2026-03-10T11:58:00+02:00","seconds":61}`
		settled := s.must(pbx, http.MethodPost, legs+"/c-1/settle", end, http.StatusOK)
		for range 3 { // fresh keys: the leg itself says that it is charged
			if repeated := s.must(pbx, http.MethodPost, legs+"/c-1/settle", end, http.StatusOK); string(repeated.body) != string(settled.body) {
				t.Errorf("settled as %s, then as %s", settled.body, repeated.body)
			}
		}
		s.refused(pbx, http.MethodPost, legs+"/c-1/release", `{}`, http.StatusConflict, "charging.record_conflict")
		if calls := s.entriesOf("call"); calls != 1 {
			t.Errorf("%d entries were made", calls)
		}
		why := s.must(s.as("project:read"), http.MethodGet, legs+"/c-1/explanation", "", http.StatusOK).json(t)
		if why["agrees"] != true {
			t.Errorf("computing it once more does not agree: %v", why)
		}
	})
}

// Of different requests that come at once under one idempotency key one takes effect and all others are refused, on any
// number of connections.
// Rule B-04.
func TestOneKeyForManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.pay("p1", "1000")
		pbx := s.as("project:charge")
		for round := range 5 {
			answers := make([]answer, 8)
			var callers sync.WaitGroup
			for i := range answers {
				callers.Go(func() {
					body := fmt.Sprintf(`{"id":"leg-%d-%d","kind":"outbound","to":"+380441234567"}`, round, i)
					answers[i] = s.do(pbx.with("Idempotency-Key", fmt.Sprint("one-", round)), http.MethodPost, "/v1/projects/demo/legs", body)
				})
			}
			callers.Wait()
			done := 0
			for _, got := range answers {
				if got.status == http.StatusCreated {
					done++
				} else if got.status != http.StatusConflict || got.code(t) != "idem.key_reused" {
					t.Errorf("answered with %d %s", got.status, got.body)
				}
			}
			var open struct{ Legs []struct{ ID string } }
			s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo/open-legs", "", http.StatusOK).into(t, &open)
			if done != 1 || len(open.Legs) != round+1 {
				t.Fatalf("%d requests under one key were done, %d legs are open", done, len(open.Legs))
			}
		}
	})
}

// A refused request leaves its key to another one.
func TestKeyOfARefusedCall(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	pbx := s.as("project:charge").with("Idempotency-Key", "k")
	body := `{"id":"leg-1","kind":"outbound","to":"+380441234567"}`
	s.refused(pbx, http.MethodPost, "/v1/projects/demo/legs", body, http.StatusPaymentRequired, "charging.no_funds")
	s.pay("p1", "10")
	s.must(pbx, http.MethodPost, "/v1/projects/demo/legs", strings.Replace(body, "leg-1", "leg-2", 1), http.StatusCreated)
	s.refused(pbx, http.MethodPost, "/v1/projects/demo/legs", body, http.StatusConflict, "idem.key_reused")
}

// entriesOf counts demo's entries of a kind.
func (s *site) entriesOf(kind string) int {
	s.Helper()
	var page struct{ Items []struct{ ID string } }
	s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo/entries?kind="+kind, "", http.StatusOK).into(s, &page)
	return len(page.Items)
}

// A batch says of every record what became of it, and a refused one stops no other.
// Rules B-04, B-23.
func TestBatchOfRecords(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	const batch = "/v1/projects/demo/calls/batch"
	record := func(id, to string) string {
		return fmt.Sprintf(`{"id":%q,"kind":"outbound","to":%q,"answered_at":"2026-03-10T11:58:00+02:00","seconds":30}`, id, to)
	}
	records := strings.Join([]string{
		record("r-1", "+380441234567"), record("r-2", "+999123456789"), record("r-3", "+380441234567"), record("r-1", "+380441234567"),
		record("r-4", "+999123456780"),
	}, ",")
	for range 2 {
		var out struct {
			Charged, Refused int
			Outcomes         []struct {
				ID      string
				Leg     *struct{ Entry string }
				Problem *struct{ Code string }
			}
		}
		s.must(s.as("project:charge"), http.MethodPost, batch, `{"records":[`+records+`]}`, http.StatusOK).into(t, &out)
		if out.Charged != 3 || out.Refused != 2 || len(out.Outcomes) != 5 {
			t.Fatalf("%+v", out)
		}
		for i, id := range []string{"r-1", "r-2", "r-3", "r-1", "r-4"} {
			if got := out.Outcomes[i]; got.ID != id || (got.Leg != nil) == (got.Problem != nil) || (got.Problem != nil) != (i == 1 || i == 4) {
				t.Errorf("outcome %d is %+v", i, got)
			}
		}
	}
	if calls := s.entriesOf("call"); calls != 2 {
		t.Errorf("%d entries were made of 2 legs", calls)
	}
	fresh := strings.ReplaceAll(records, `"r-`, `"q-`)
	s.refused(s.as("project:charge"), http.MethodPost, batch, `{"all_or_none":true,"records":[`+fresh+`]}`, http.StatusForbidden, "rating.unknown_destination")
	if calls := s.entriesOf("call"); calls != 2 {
		t.Errorf("all or none charged some: %d entries", calls)
	}
}

// One record, a message, and what a charging key may not see.
// Rules B-04, B-36.
func TestRecordAndMessage(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.pay("p1", "1000")
	pbx, base := s.as("project:charge"), "/v1/projects/demo"
	record := `{"id":"x-1","kind":"outbound","to":"+380441234567","answered_at":"2026-03-10T11:58:00+02:00","seconds":30}`
	s.must(pbx, http.MethodPost, base+"/calls", record, http.StatusCreated)
	s.refused(pbx, http.MethodPost, base+"/calls", strings.Replace(record, "30}", "31}", 1), http.StatusConflict, "charging.record_conflict")
	s.must(pbx, http.MethodPost, base+"/sms", `{"id":"m-1","to":"+380671234567","segments":2}`, http.StatusCreated)
	if m := s.must(s.as("project:read"), http.MethodGet, base+"/sms/m-1", "", http.StatusOK).json(t); m["segments"] != 2.0 {
		t.Errorf("the message is %v", m)
	}
	s.refused(pbx, http.MethodGet, base+"/legs", "", http.StatusForbidden, "access.denied")
	for _, path := range []string{
		"", "/products", "/numbers", "/number-prices", "/users", "/usage", "/legs", "/open-legs", "/legs.csv", "/statement", "/statement.csv",
		"/funds", "/entries", "/entries.csv", "/forecast", "/state",
	} {
		s.must(s.as("project:read"), http.MethodGet, base+path, "", http.StatusOK)
	}
	for _, path := range []string{"/v1/books", "/v1/books/ringostat/2021-01-01", "/v1/book-schema", "/v1/night", "/v1/keys", "/docs", "/openapi.json", "/openapi.yaml"} {
		s.must(s.as("operator"), http.MethodGet, path, "", http.StatusOK)
	}
}
