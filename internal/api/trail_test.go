package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store/storetest"
)

// A request that changes something is in the trail once, with who and what; one that is refused is not. Rule A-15.
func TestRequestsAreInTheTrail(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	demo := ident.ProjectOrg("demo")
	trail := func() []audit.Entry {
		entries, err := audit.List(t.Context(), s.db, audit.Filter{Org: &demo, Object: "request"}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	writer := s.as("project:write demo")
	s.must(writer, http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"call_tracking","on":true}]}`, http.StatusOK)
	s.refused(writer, http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"teleport","on":true}]}`, http.StatusUnprocessableEntity, "pricing.unknown_product")
	entries := trail()
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	e := entries[0]
	if e.Action != "switch-products" || e.ObjectID != "demo" || !strings.Contains(string(e.After), "call_tracking") ||
		e.Actor.Key == "" || e.Actor.Address != "127.0.0.1" || e.Actor.Request == "" {
		t.Errorf("%+v\n%s", e, e.After)
	}
}
