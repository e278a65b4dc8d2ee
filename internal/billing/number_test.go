package billing_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
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

// A refusal of several charges names all that is needed: who pays what is missing can rent. K50: own number 350 and the
// tracking service 2,200, together 2,550.
// Rule B-39.
func TestRefusalNamesTheWholeNeed(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), tracker, "2026-03-02T09:00:00+03:00")
	rent := func() (available, missing any) {
		err := o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.RentNumber(ctx, tx, o.id, pricing.Number{Number: "+74951234567", Owner: "operator", Kind: "local", Use: "tracking"}, instant(t, "2026-03-02T10:00:00+03:00"))
		})
		var refused *errs.Error
		if !errors.As(err, &refused) {
			return nil, err
		}
		return refused.Params["available"], refused.Params["missing"]
	}
	if available, missing := rent(); available != money.Micro(0) || missing != money.MustParse("2550") {
		t.Errorf("without funds %v are available, %v are missing", available, missing)
	}
	o.pay("p1", "2200", "2026-03-02T09:30:00+03:00")
	if available, missing := rent(); available != money.MustParse("2200") || missing != money.MustParse("350") {
		t.Errorf("with 2200 %v are available, %v are missing", available, missing)
	}
	o.pay("p2", "350", "2026-03-02T09:40:00+03:00")
	if _, err := rent(); err != nil || o.balance() != "0" {
		t.Errorf("with 2550: %v, balance %s", err, o.balance())
	}
}
