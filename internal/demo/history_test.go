package demo

import (
	"context"
	"testing"

	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// The shop's 90 days, read back from the store and replayed, come to its own ledger, and the later version of its book
// would have charged more. Rule B-10.
func TestTheShopReplaysToItsLedger(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if _, err := Load(ctx, parts(db), Options{Seed: 1, Now: evening}); err != nil {
			t.Fatal(err)
		}
		answer, err := simulate.Ask(ctx, db, pricebook.Shipped(), simulate.Question{Project: Project, Version: "2022-07-01"}, evening)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Drift) > 0 || len(answer.Left) > 0 || len(answer.Days) != simulate.WhatIfDays {
			t.Errorf("%d days, %d drifts, left out %v; first %+v", len(answer.Days), len(answer.Drift), answer.Left, answer.Drift[:min(3, len(answer.Drift))])
		}
		if answer.Charges.A >= 0 || answer.Charges.More >= 0 {
			t.Errorf("charges %+v", answer.Charges)
		}
	})
}
