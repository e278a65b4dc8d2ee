package billing_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A number belongs to one project at a time: of many that rent it at once, one gets it.
// Rule B-35.
func TestOneHolderOfANumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var offices []*office
		for i := range 20 {
			opening := american
			opening.ID = ident.ProjectID(fmt.Sprintf("p%02d", i))
			offices = append(offices, open(t, db, opening, "2021-03-01T09:00:00-05:00"))
		}
		var group sync.WaitGroup
		results := make([]error, len(offices))
		for i, o := range offices {
			group.Go(func() {
				results[i] = o.try(func(ctx context.Context, tx *store.Tx) error {
					number := pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}
					return o.night.Billing.RentNumber(ctx, tx, o.id, number, instant(t, "2021-03-01T10:00:00-05:00"))
				})
			})
		}
		group.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if errs.CodeOf(err) != "billing.number_taken" {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d projects got the number", won)
		}
	})
}
