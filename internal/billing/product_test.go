package billing_test

import (
	"context"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// What is held for a moment counts for the day; what is given up today costs nothing tomorrow.
// Rules B-08, B-31, B-32, B-35.
func TestPeakOfTheDay(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
	seats := func(n int64, at string) {
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SetSeats(ctx, tx, o.id, "virtual_pbx", n, instant(t, at))
		})
	}
	seats(9, "2021-03-01T11:00:00-05:00")
	seats(6, "2021-03-01T11:05:00-05:00")
	o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T12:00:00-05:00")
	o.rent(pricing.Number{Number: "+12125551001", Owner: "customer", Kind: "local", Use: "pbx"}, "2021-03-01T12:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.ReleaseNumber(ctx, tx, o.id, "+12125551000", instant(t, "2021-03-01T12:01:00-05:00"))
	})
	o.turn("virtual_pbx", false, "2021-03-02T00:00:00-05:00") // at the very midnight: not held on the 2nd
	o.closeAt("2021-03-03T00:00:00-05:00")
	want := []string{
		"2021-03-01 2021-03-02T05:00:00Z product_fee virtual_pbx -1.3",
		"2021-03-01 2021-03-02T05:00:00Z seat_fee virtual_pbx -0.8",
		"2021-03-01 2021-03-02T05:00:00Z number_rent +12125551000 -0.066667",
	}
	if diff := cmp.Diff(want, o.lines()); diff != "" {
		t.Error(diff)
	}
}

// Turning on a product that needs another is refused with what it needs, until that is on.
// Rule B-30.
func TestNeeds(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	turn := func(product string, on bool) error {
		return o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SwitchProduct(ctx, tx, o.id, product, on, instant(t, "2021-03-01T10:00:00-05:00"))
		})
	}
	if err := turn("analytics", true); errs.CodeOf(err) != "billing.product_needs" {
		t.Errorf("analytics without call tracking: %v", err)
	}
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	if err := turn("analytics", true); err != nil {
		t.Error(err)
	}
	if err := turn("call_tracking", false); errs.CodeOf(err) != "billing.product_needed" {
		t.Errorf("call tracking is needed: %v", err)
	}
	if err := turn("telepathy", true); errs.CodeOf(err) != "pricing.unknown_product" {
		t.Errorf("an unknown product: %v", err)
	}
}
