package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"bellwether/internal/idem"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A report of sessions counts once, also when it is delivered again after its idempotency key was forgotten, and says for
// which day it counted.
// Rules B-04, B-33.
func TestSessionsCountOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		const path = "/v1/projects/demo/sessions"
		site := s.as("project:write").with("Idempotency-Key", "k")
		first := s.must(site, http.MethodPost, path, `{"id":"hour-9","count":40}`, http.StatusCreated)
		if _, err := idem.Purge(context.Background(), db, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		s.at("2026-03-18T12:00:00+02:00")
		again := s.must(site, http.MethodPost, path, `{"id":"hour-9","count":40}`, http.StatusCreated)
		if again.header.Get("Idempotency-Replayed") != "" || string(again.body) != string(first.body) {
			t.Errorf("%s is followed by %s, %v", first.body, again.body, again.header)
		}
		s.refused(s.as("project:write"), http.MethodPost, path, `{"id":"hour-9","count":41}`, http.StatusConflict, "billing.payment_conflict")
		got := s.must(s.as("project:write"), http.MethodPost, path, `{"id":"hour-10","count":2}`, http.StatusCreated).json(t)
		if got["day"] != "2026-03-18" || got["sessions"] != 2.0 {
			t.Errorf("another report: %v", got)
		}
	})
}
