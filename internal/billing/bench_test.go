package billing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// BenchmarkNight closes a day of 1,000 projects with five lines each.
func BenchmarkNight(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			night := &billing.Night{Billing: billing.New(pricebook.Shipped()), DB: open(b)}
			at := instant(b, "2021-03-01T09:00:00-05:00")
			const projects = 1000
			for n := range projects {
				if err := night.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { return equip(ctx, tx, night.Billing, n, at) }); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				at = at.Add(24 * time.Hour)
				if done, err := night.Run(context.Background(), at); err != nil || done != projects {
					b.Fatal(done, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/projects, "us/project")
		})
	}
}

func equip(ctx context.Context, tx *store.Tx, s *billing.Service, n int, at time.Time) error {
	opening := american
	opening.ID = ident.ProjectID(fmt.Sprintf("p%05d", n))
	if _, err := s.Open(ctx, tx, opening, 0, at); err != nil {
		return err
	}
	if _, err := s.Pay(ctx, tx, opening.ID, billing.Payment{ID: "1", Amount: 100_000 * money.Unit, Method: "bank"}, at); err != nil {
		return err
	}
	if err := s.SwitchProducts(ctx, tx, opening.ID, []billing.Switch{{Product: "virtual_pbx", On: true}, {Product: "call_tracking", On: true}}, at); err != nil {
		return err
	}
	if err := s.SetSeats(ctx, tx, opening.ID, "virtual_pbx", 6, at); err != nil {
		return err
	}
	return s.RentNumber(ctx, tx, opening.ID, pricing.Number{Number: fmt.Sprintf("+1212%07d", 5550000+n), Owner: "operator", Kind: "local", Use: "pbx"}, at)
}
