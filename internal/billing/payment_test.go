package billing_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A payment twice is one effect and one answer; another body under its id is refused, and nothing is half done.
// Rules B-04, B-40.
func TestPaymentTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
		card := billing.Payment{ID: "c1", Amount: money.MustParse("98"), Method: "card", PeriodDays: 360}
		var answers []billing.PaymentTaken
		for i := range 3 {
			o.must(func(ctx context.Context, tx *store.Tx) error {
				taken, err := o.night.Billing.Pay(ctx, tx, o.id, card, instant(t, "2021-03-01T09:01:00-05:00").Add(time.Duration(i)*time.Hour))
				answers = append(answers, taken)
				return err
			})
		}
		if answers[0] != answers[2] || answers[0].Charged.String() != "73.5" || answers[0].Bonus.String() != "24.5" || answers[0].Loyalty != 1200 {
			t.Errorf("answers %+v", answers)
		}
		if o.balance() != "98" || len(o.lines()) != 2 {
			t.Errorf("balance %s after %v", o.balance(), o.lines())
		}
		paid, err := billing.Payments(context.Background(), db, o.id)
		if err != nil || len(paid) != 1 || paid[0].Payment != card || paid[0].Taken != answers[0] || !paid[0].At.Equal(instant(t, "2021-03-01T09:01:00-05:00")) {
			t.Errorf("payments %+v: %v", paid, err)
		}
		card.Amount++
		err = o.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := o.night.Billing.Pay(ctx, tx, o.id, card, instant(t, "2021-03-01T12:00:00-05:00"))
			return err
		})
		if errs.CodeOf(err) != "billing.payment_conflict" || o.balance() != "98" {
			t.Errorf("another body under the same id: %v, balance %s", err, o.balance())
		}
	})
}

// The bonus pays platform fees first and comes back with the discount: it never becomes cash.
// Rule B-14.
func TestBonusNeverBecomesCash(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
	o.turn("callback", true, "2021-03-01T09:00:00-05:00")
	o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T09:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Pay(ctx, tx, o.id, billing.Payment{ID: "c1", Amount: money.MustParse("10"), Method: "card", PeriodDays: 360}, instant(t, "2021-03-01T09:01:00-05:00"))
		return err
	})
	if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-03-03T00:00:00-05:00")); err != nil {
		t.Fatal(err)
	}
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		t.Fatal(err)
	}
	// 2.5 of bonus: day 1 takes 2.6 - 0.13 = 2.47 of it, day 2 the last 0.03; the rest and all rent is cash.
	if account.Bonus != 0 || account.Cash.String() != "4.926666" {
		t.Errorf("bonus %s, cash %s", account.Bonus, account.Cash)
	}
}
