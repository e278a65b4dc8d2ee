package ops_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// What a project was before a change is told as the change found it, not as the list showed it a moment ago. Rule A-15.
func TestTheTrailTellsWhatWas(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	ann.Get("/op/projects").Must(t, http.StatusOK, "Active") // the list is read
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.SetState(ctx, tx, "shop", billing.Suspended, h.Now())
	})
	ann.Get("/op/projects/shop").Must(t, http.StatusOK, "Suspended")
	ann.Post("/op/projects/shop/state", url.Values{"state": {string(billing.Active)}, "reason": {"paid"}, "sure": {"yes"}}).Must(t, http.StatusOK, "Active")
	shop := ident.ProjectOrg("shop")
	entries, err := audit.List(t.Context(), h.App.DB, audit.Filter{Org: &shop, Object: "project", Action: "state"}, 0, 1)
	if err != nil || len(entries) != 1 || string(entries[0].Before) != `{"state":"suspended"}` {
		t.Errorf("the trail has %+v, %v", entries, err)
	}
}

// An agency sees what its own projects have and where they stand.
func TestPortfolio(t *testing.T) {
	t.Parallel()
	h, _, _ := house(t)
	h.Project("other", "77")
	h.Agency("north", "shop")
	agent := h.Member(ident.AgencyOrg("north"), "agency")
	got := agent.Get("/a/north/projects?format=csv").Must(t, http.StatusOK, "shop", "1000")
	if n := len(got.Body); n == 0 {
		t.Error("an empty export")
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.SetState(ctx, tx, "shop", billing.Suspended, h.Now())
	})
	agent.Get("/a/north/projects").Must(t, http.StatusOK, "Suspended")
}
