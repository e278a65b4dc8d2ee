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

// Money by hand is in the trail once, as what was asked for and became of it. Rules A-15, O-01.
func TestPaymentsAreInTheTrailOnce(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	demo := ident.ProjectOrg("demo")
	operator := s.as("operator")
	s.must(operator, http.MethodPost, demoPath+"/payments", `{"id":"once","amount":"10","method":"bank"}`, http.StatusCreated)
	s.must(operator, http.MethodPost, demoPath+"/adjustments", `{"id":"gift","amount":"1","reason":"goodwill"}`, http.StatusCreated)
	s.refused(operator, http.MethodPost, demoPath+"/payments", `{"id":"small","amount":"0.001","method":"bank"}`, http.StatusUnprocessableEntity, "approval.below_minor_unit")
	s.refused(operator, http.MethodPost, demoPath+"/adjustments", `{"id":"small","amount":"-0.001","reason":"x"}`, http.StatusUnprocessableEntity, "approval.below_minor_unit")
	s.refused(operator, http.MethodPost, demoPath+"/payments/preview", `{"amount":"0.001","method":"bank"}`, http.StatusUnprocessableEntity, "approval.below_minor_unit")
	for _, text := range []string{"once", "gift"} {
		entries, err := audit.List(t.Context(), s.db, audit.Filter{Org: &demo}, 0, 100)
		told := 0
		for _, e := range entries {
			if strings.Contains(string(e.After), `"`+text+`"`) {
				told++
			}
		}
		if err != nil || told != 1 {
			t.Errorf("the trail tells of %s %d times, %v", text, told, err)
		}
	}
}
