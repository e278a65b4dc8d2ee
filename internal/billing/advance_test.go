package billing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Neither advances nor minimums are charged to a project that is suspended or in quarantine.
// Rules B-39, B-60.
func TestDryMonths(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), tracker, "2016-04-01T00:00:00+03:00")
	o.pay("p1", "2550", "2016-04-01T00:00:00+03:00")
	o.rent(moscow, "2016-04-01T10:00:00+03:00")
	o.closeAt("2016-07-02T00:00:00+03:00")
	want := []string{
		"2016-04-01 2016-03-31T21:00:00Z payment bank 2550",
		"2016-04-01 2016-04-01T07:00:00Z product_fee tracker_service -2200",
		"2016-04-01 2016-04-01T07:00:00Z number_rent +74951110000 -350",
		"2016-05-01 2016-04-30T21:00:00Z number_rent +74951110000 -350", // suspended, not yet in quarantine
	}
	got := o.lines()
	for i := range got { // services and rent come in the order of kinds
		if i > 0 && i < 3 && strings.Contains(got[i], "number_rent") && strings.Contains(got[1], "number_rent") {
			got[1], got[2] = got[2], got[1]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A larger package counts while the book sells it and the month was paid for.
// Rules B-38, B-39.
func TestLargerPackage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, tracker, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "100000", "2016-04-01T00:00:00+03:00")
		o.rent(moscow, "2016-04-01T10:00:00+03:00")
		set := func(minutes int64, at string) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.SetPackage(ctx, tx, o.id, "forwarding", minutes, instant(t, at))
			})
		}
		if err := set(4000, "2016-04-01T11:00:00+03:00"); errs.CodeOf(err) != "billing.unknown_package_size" {
			t.Errorf("a size that is not sold: %v", err)
		}
		if err := errors.Join(set(5000, "2016-04-01T11:00:00+03:00"), set(5000, "2016-04-02T11:00:00+03:00")); err != nil {
			t.Fatal(err)
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return billing.AddMinutes(ctx, tx, o.id, civil.MustParseDate("2016-04-10"), "forwarding", 5100)
		})
		o.closeAt("2016-05-01T00:00:00+03:00")
		var got []string
		for _, line := range o.lines() {
			if strings.Contains(line, "forwarding") {
				got = append(got, line)
			}
		}
		want := []string{
			"2016-04-01 2016-04-01T08:00:00Z product_fee forwarding:5000 -1600",
			"2016-04-30 2016-04-30T21:00:00Z package_overage forwarding -100",
			"2016-05-01 2016-04-30T21:00:00Z product_fee forwarding:5000 -1600",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// What is bought for the running month must be covered: a number in Moscow is 350 and the service that comes with it 2,200,
// 5,000 minutes are 1,600. A refusal leaves nothing behind, and what the month was charged for is not charged again.
// Rules B-38, B-39.
func TestAdvanceMustBeCovered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const noon = "2016-04-01T12:00:00+03:00"
		o := open(t, db, tracker, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "2549.999999", noon)
		rent := func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.RentNumber(ctx, tx, o.id, moscow, instant(t, noon))
		}
		buy := func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SetPackage(ctx, tx, o.id, "forwarding", 5000, instant(t, noon))
		}
		overdraft := func(ctx context.Context, tx *store.Tx) error { return ledger.SetOverdraft(ctx, tx, o.id, 1) }
		release := func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.ReleaseNumber(ctx, tx, o.id, moscow.Number, instant(t, noon))
		}
		o.uncovered("a millionth is missing", rent)
		if diff := cmp.Diff([]string{"2016-04-01 2016-04-01T09:00:00Z payment bank 2549.999999"}, o.lines()); diff != "" {
			t.Errorf("a refusal left entries: %s", diff)
		}
		if config := o.configuration(); len(config.Numbers) != 0 {
			t.Errorf("a refusal left %v", config.Numbers)
		}
		o.must(overdraft)
		o.must(rent)
		if got := o.balance(); got != "-0.000001" {
			t.Errorf("the balance is %s, want the whole overdraft used", got)
		}
		o.uncovered("nothing is left for a package", buy)
		if config := o.configuration(); len(config.Packages) != 0 {
			t.Errorf("a refusal left %v", config.Packages)
		}
		o.must(release)
		o.must(rent) // the month is paid
		o.pay("p2", "1599.999999", noon)
		o.uncovered("a millionth is missing again", buy)
		o.pay("p3", "0.000001", noon)
		o.must(buy)
	})
}

// What was charged in advance counts for the minimum at its list price: of 2,500 + 20 %, 5 own numbers at 150 have paid 900 and
// 2,100 are missing.
// Rules B-39, B-90.
func TestMinimumWithTaxAdded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := openWith(t, db, taxed(t), tracker, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "10000", "2016-04-01T00:00:00+03:00")
		for i := range 5 {
			o.rent(pricing.Number{Number: fmt.Sprint("+7495222000", i), Owner: "customer", Kind: "local", Use: "tracking"}, "2016-04-02T12:00:00+03:00")
		}
		if got := o.balance(); got != "9100" {
			t.Errorf("the numbers left %s of 10000", got)
		}
		for _, number := range o.configuration().Numbers {
			o.must(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.ReleaseNumber(ctx, tx, o.id, number.Number, instant(t, "2016-04-20T12:00:00+03:00"))
			})
		}
		o.closeAt("2016-05-01T00:00:00+03:00")
		if got := o.balance(); got != "7000" {
			t.Errorf("the month left %s of 10000: %v", got, o.lines())
		}
	})
}

// taxed is K50's book with 20 % added to every price.
func taxed(t *testing.T) *pricebook.Library {
	t.Helper()
	book, err := pricebook.Shipped().Get("k50", "2016-03-09")
	if err != nil {
		t.Fatal(err)
	}
	dearer, books := *book, &pricebook.Library{}
	dearer.Taxes = []pricebook.Tax{{Country: "*", Kind: "*", Rate: 2000}}
	if err := books.Add(&dearer); err != nil {
		t.Fatal(err)
	}
	return books
}

// Where nothing is enforced, as in the simulator, all is charged.
func TestAdvanceOfTheSimulator(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), tracker, "2016-04-01T00:00:00+03:00")
	o.night.Billing.Enforce = false
	o.rent(moscow, "2016-04-01T12:00:00+03:00")
	if got := o.balance(); got != "-2550" {
		t.Errorf("the balance is %s, want -2550", got)
	}
}
