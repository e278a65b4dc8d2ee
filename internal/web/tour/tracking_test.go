package tour_test

import (
	"context"
	"net/netip"

	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// track gives the shop a site with a visitor on it, a pool of one of its tracking numbers, another number that stands for a billboard,
// and two versions of rules.
func (h *house) track() {
	h.Helper()
	p, at := h.Permit(shop), h.Now()
	held, err := h.App.Billing.Numbers(context.Background(), h.App.DB, shop.Project())
	if err != nil {
		h.Fatal(err)
	}
	var numbers []phone.Number
	for _, n := range held {
		if n.Use == "tracking" {
			numbers = append(numbers, phone.Number(n.Number))
		}
	}
	var site tracking.Site
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if site, err = h.App.Tracking.AddSite(ctx, tx, p, tracking.Site{
			Name: "Kvitka", Hosts: []string{"kvitka.example"}, Consent: "full", Features: []string{"forms", "promo"}, Targets: []tracking.Target{{ID: "t1", Name: "Orders", Numbers: []phone.Number{"+380443337700"}}},
		}, at); err != nil {
			return err
		}
		made, err := h.App.Tracking.AddPool(ctx, tx, p, tracking.Pool{Name: "Adverts"}, at)
		if err != nil {
			return err
		}
		if err := h.App.Tracking.AddToPool(ctx, tx, p, made.ID, numbers[:1], at); err != nil {
			return err
		}
		if err := h.App.Tracking.SetSign(ctx, tx, p, numbers[1], tracking.Sign{Name: "Billboard", Offline: true, Source: "billboard"}, at); err != nil {
			return err
		}
		rules := []swap.Rule{{ID: "r1", Name: "Everybody", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(made.ID)}}}}
		for version := range int64(2) {
			if _, err := h.App.Tracking.SetRules(ctx, tx, p, site.ID, rules, version, at); err != nil {
				return err
			}
		}
		return nil
	})
	hit := tracking.Hit{
		Key: site.Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://kvitka.example/roses?utm_source=google&utm_medium=cpc", Language: "uk-UA", Zone: "Europe/Kyiv", Width: 400, ID: "hit-1",
	}
	from := tracking.Sender{
		Address: netip.MustParseAddr("198.51.100.7"), Agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36", Origin: "https://kvitka.example",
	}
	answer, err := h.App.Collector.Take(context.Background(), hit, from, at)
	if err != nil {
		h.Fatal(err)
	}
	hit.Kind, hit.ID, hit.Visitor, hit.Visit = tracking.LeadHit, "hit-2", answer.Visitor, answer.Visit
	hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: "067 123 45 67", Name: "Anna"}
	if _, err := h.App.Collector.Take(context.Background(), hit, from, at); err != nil {
		h.Fatal(err)
	}
}
