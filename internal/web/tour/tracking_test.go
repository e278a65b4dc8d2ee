package tour_test

import (
	"context"
	"net/netip"

	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// track takes two numbers out of the pools that the demo's site has, makes another pool of one, so that one is free, and brings a visitor.
func (h *house) track() {
	h.Helper()
	p, at := h.Permit(shop), h.Now()
	uses, err := tracking.Uses(context.Background(), h.App.DB, shop.Project())
	if err != nil {
		h.Fatal(err)
	}
	var pooled []phone.Number
	for _, u := range uses {
		if u.Pool != "" {
			pooled = append(pooled, u.Number)
		}
	}
	sites, err := tracking.Sites(context.Background(), h.App.DB, shop.Project())
	if err != nil || len(sites) == 0 || len(pooled) < 3 {
		h.Fatalf("the shop has %d sites and %d numbers in pools: %v", len(sites), len(pooled), err)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, n := range pooled[:2] {
			if err := h.App.Tracking.Retire(ctx, tx, p, n, at); err != nil {
				return err
			}
		}
		made, err := h.App.Tracking.AddPool(ctx, tx, p, tracking.Pool{Name: "Billboards"}, at)
		if err != nil {
			return err
		}
		return h.App.Tracking.AddToPool(ctx, tx, p, made.ID, pooled[:1], at)
	})
	hit := tracking.Hit{
		Key: sites[0].Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://kvitka.example/roses?utm_source=google&utm_medium=cpc", Language: "uk-UA", Zone: "Europe/Kyiv", Width: 400, ID: "hit-1",
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
