package api_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"testing"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
)

// Rules T-113 and C-106: whoever is erased over the API is erased from what they left on a site too, whether or not a call of
// theirs was ever joined with a visit.
func TestErasedClientLeavesNoLead(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.logCall(1, "+380671234567", 95, 1_570_000)
	var shop tracking.Site
	s.write(func(ctx context.Context, tx *store.Tx) (err error) {
		shop, err = tracking.New(s.bills, rand.Reader).AddSite(ctx, tx, s.permit(ctx, ident.ProjectOrg("demo")), tracking.Site{
			Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Features: []string{"forms"}, Targets: []tracking.Target{{ID: "t1", Numbers: []phone.Number{"+380443337700"}}},
		}, s.clock())
		return err
	})
	from := tracking.Sender{Address: netip.MustParseAddr("198.51.100.7"), Agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36", Origin: "https://shop.example"}
	hit := tracking.Hit{Key: shop.Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/", ID: "h1"}
	answer, err := s.collector.Take(context.Background(), hit, from, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	hit.Kind, hit.ID, hit.Visitor, hit.Visit = tracking.LeadHit, "h2", answer.Visitor, answer.Visit
	hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: "+380 67 123 45 67", Name: "Ann"}
	if _, err := s.collector.Take(context.Background(), hit, from, s.clock()); err != nil {
		t.Fatal(err)
	}
	left := func() (n int) {
		if err := s.visits.QueryRow(context.Background(), "SELECT COUNT(*) FROM tracking_lead WHERE project_id = 'demo' AND phone = '+380671234567'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if left() != 1 {
		t.Fatalf("%d leads before", left())
	}
	writer := s.as("project:write demo")
	s.must(writer.with("Idempotency-Key", "e1"), http.MethodDelete, "/v1/projects/demo/clients/+380671234567", "", http.StatusOK)
	if left() != 0 {
		t.Errorf("%d leads of the number are left", left())
	}
}
