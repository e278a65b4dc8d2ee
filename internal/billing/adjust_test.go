package billing_test

import (
	"context"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// A correction that is repeated on another day is the same effect.
// Rules B-04, B-15.
func TestCorrectionAcrossMidnight(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	var ids []ident.EntryID
	for _, at := range []string{"2021-03-01T23:59:00-05:00", "2021-03-02T00:01:00-05:00"} {
		o.must(func(ctx context.Context, tx *store.Tx) error {
			entry, err := o.night.Billing.Adjust(ctx, tx, o.id, billing.Adjustment{ID: "a", Amount: 5, Reason: "goodwill"}, instant(t, at))
			ids = append(ids, entry.ID)
			return err
		})
		o.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := o.night.Billing.Reverse(ctx, tx, o.id, ids[0], "a mistake", instant(t, at))
			return err
		})
	}
	if ids[0] != ids[1] || len(o.lines()) != 2 {
		t.Errorf("entries %v: %v", ids, o.lines())
	}
}

// A correction is a new entry; a debt that is given up is a loss of the house; each is one effect however often it comes.
// Rules B-03, B-04, B-15.
func TestCorrections(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		at := instant(t, "2021-03-01T10:00:00-05:00")
		adjust := func(adjustment billing.Adjustment) (entry ledger.Entry, err error) {
			err = o.try(func(ctx context.Context, tx *store.Tx) (err error) {
				entry, err = o.night.Billing.Adjust(ctx, tx, o.id, adjustment, at)
				return err
			})
			return entry, err
		}
		charge, err := adjust(billing.Adjustment{ID: "a", Amount: -5 * money.Unit, Reason: "a broken handset"})
		if err != nil || o.standing().State != billing.Grace {
			t.Fatalf("%v, state %s", err, o.standing().State)
		}
		for range 2 {
			o.must(func(ctx context.Context, tx *store.Tx) error {
				_, err := o.night.Billing.Reverse(ctx, tx, o.id, charge.ID, "it was not broken", at)
				return err
			})
		}
		if o.balance() != "0" {
			t.Errorf("after the reversal the balance is %s", o.balance())
		}
		if _, err := adjust(billing.Adjustment{ID: "gift", Amount: 3 * money.Unit, Reason: "nothing is owed", WriteOff: true}); errs.CodeOf(err) != "billing.no_debt" {
			t.Errorf("a write-off without a debt: %v", err)
		}
		if _, err := adjust(billing.Adjustment{ID: "d", Amount: -3 * money.Unit, Reason: "a lost handset"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := adjust(billing.Adjustment{ID: "w", Amount: 3 * money.Unit, Reason: "the firm is gone", WriteOff: true}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := adjust(billing.Adjustment{ID: "more", Amount: 1, Reason: "nothing is owed any more", WriteOff: true}); errs.CodeOf(err) != "billing.no_debt" || o.balance() != "0" {
			t.Errorf("beyond the debt: %v, balance %s", err, o.balance())
		}
		if _, err := adjust(billing.Adjustment{ID: "g", Amount: money.Unit, Reason: "goodwill"}); err != nil || o.standing().State != billing.Active {
			t.Errorf("%v; with funds the state is %s", err, o.standing().State)
		}
		houses, err := ledger.HouseMonths(context.Background(), db, civil.MustParseDate("1970-01-02"), civil.MustParseDate("9999-12-31"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, house := range houses {
			got[house.House] = house.Amount.String()
		}
		if diff := cmp.Diff(map[string]string{"adjustment": "2", "write_off": "-3"}, got); diff != "" {
			t.Error(diff)
		}
		for _, bad := range []billing.Adjustment{
			{Amount: 1, Reason: "x"},
			{ID: "x", Reason: "x"},
			{ID: "x", Amount: 1},
			{ID: "x", Amount: -1, Reason: "x", WriteOff: true},
			{ID: "w", Amount: 4 * money.Unit, Reason: "another body"},
		} {
			if _, err := adjust(bad); errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.Conflict {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}
