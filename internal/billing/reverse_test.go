package billing_test

import (
	"context"
	"strings"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// payCard takes a card payment for a period and gives the id of the payment's entry.
func (o *office) payCard(id, amount string, days int64, auto bool, at string) ident.EntryID {
	o.t.Helper()
	var entry ledger.Entry
	o.must(func(ctx context.Context, tx *store.Tx) error {
		payment := billing.Payment{ID: id, Amount: money.MustParse(amount), Method: pricing.Card, PeriodDays: days, Auto: auto}
		if _, err := o.night.Billing.Pay(ctx, tx, o.id, payment, instant(o.t, at)); err != nil {
			return err
		}
		var err error
		entry, err = ledger.EntryByKey(ctx, tx, ledger.Key{Project: o.id, Key: "payment/" + string(o.id) + "/" + id})
		return err
	})
	return entry.ID
}

func (o *office) reverse(entry ident.EntryID, at string) (reversal ledger.Entry) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) (err error) {
		reversal, err = o.night.Billing.Reverse(ctx, tx, o.id, entry, "chargeback", instant(o.t, at))
		return err
	})
	return reversal
}

// funds are "cash bonus credit".
func (o *office) funds() string {
	o.t.Helper()
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.Join([]string{account.Cash.String(), account.Bonus.String(), account.Credit.String()}, " ")
}

// A chargeback takes the gift and the loyalty along, once; what is spent of the gift comes out of cash; undoing it brings
// everything back. 1000 by card for 360 days is 750 + 250 of bonus and 12 %; a day of the product is 1.3 of bonus.
// Rules B-04, B-14, B-15, B-40, B-41.
func TestChargebackTakesTheGift(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
		paid := o.payCard("c1", "1000", 360, false, "2021-03-01T09:01:00-05:00")
		o.closeAt("2021-03-02T00:05:00-05:00")
		if o.funds() != "750 248.7 0" || o.standing().Loyalty != (pricing.LoyaltyStanding{Enrolled: true, Percent: 1200}) {
			t.Fatalf("funds %s, loyalty %+v", o.funds(), o.standing().Loyalty)
		}
		reversal := o.reverse(paid, "2021-03-02T10:00:00-05:00")
		if again := o.reverse(paid, "2021-03-03T10:00:00-05:00"); again.ID != reversal.ID || reversal.Reverses != paid {
			t.Errorf("answers %+v and %+v", reversal, again)
		}
		if o.funds() != "-1.3 0 0" || o.standing().Loyalty != (pricing.LoyaltyStanding{}) || len(o.lines()) != 5 {
			t.Errorf("funds %s, loyalty %+v, %v", o.funds(), o.standing().Loyalty, o.lines())
		}
		o.reverse(reversal.ID, "2021-03-02T11:00:00-05:00")
		if o.funds() != "750 248.7 0" || o.standing().Loyalty != (pricing.LoyaltyStanding{Enrolled: true, Percent: 1200}) || len(o.lines()) != 7 {
			t.Errorf("undone: funds %s, loyalty %+v, %v", o.funds(), o.standing().Loyalty, o.lines())
		}
	})
}

// A gift that was taken back by hand is not taken twice.
// Rule B-15.
func TestGiftReversedByHand(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
	paid := o.payCard("c1", "1000", 360, false, "2021-03-01T09:01:00-05:00")
	gift, err := ledger.EntryByKey(context.Background(), o.db, ledger.Key{Project: o.id, Key: "bonus/" + string(o.id) + "/c1"})
	if err != nil {
		t.Fatal(err)
	}
	back := o.reverse(gift.ID, "2021-03-01T10:00:00-05:00")
	reversal := o.reverse(paid, "2021-03-01T11:00:00-05:00")
	if o.funds() != "0 0 0" || len(o.lines()) != 4 {
		t.Errorf("funds %s after %v", o.funds(), o.lines())
	}
	o.reverse(reversal.ID, "2021-03-01T12:00:00-05:00")
	if by, err := ledger.ReversedBy(context.Background(), o.db, back.ID); by != 0 || err != nil || o.funds() != "750 0 0" {
		t.Errorf("the gift's reversal was reversed by %d, %v; funds %s", by, err, o.funds())
	}
}

// What is earned is that of the payments that stand since renewal was last ended, under the cap of 20 %.
// Rule B-40.
func TestLoyaltyAfterChargeback(t *testing.T) {
	t.Parallel()
	day := func(n string) string { return "2021-03-" + n + "T09:00:00-05:00" }
	is := func(o *office, when string, percent int64, enrolled bool) {
		o.t.Helper()
		if got := o.standing().Loyalty; int64(got.Percent) != percent*100 || got.Enrolled != enrolled {
			o.t.Errorf("%s: %+v", when, got)
		}
	}
	o := open(t, storetest.SQLite(t), american, day("01"))
	o.turn("virtual_pbx", true, day("01"))
	first := o.payCard("c1", "100", 360, false, day("02"))
	second := o.payCard("c2", "100", 360, true, day("03"))
	third := o.payCard("c3", "100", 360, true, day("04"))
	is(o, "12 + 12 + 12 under the cap", 20, true)
	o.reverse(first, day("05"))
	is(o, "the first undone, 12 + 12", 20, true)
	manual := o.payCard("c4", "100", 360, false, day("06"))
	o.reverse(manual, day("07"))
	is(o, "a manual one undone", 20, true)
	o.reverse(second, day("08"))
	is(o, "the second undone", 12, true)
	o.reverse(third, day("09"))
	is(o, "all undone", 0, false)
	old := o.payCard("c5", "100", 180, false, day("10"))
	is(o, "enrolled again", 6, true)
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.Unsubscribe(ctx, tx, o.id, instant(t, day("11")))
	})
	o.payCard("c6", "100", 360, false, day("12"))
	o.reverse(old, day("13"))
	is(o, "one from before renewal was ended", 12, true)
}
