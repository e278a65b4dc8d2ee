package approval_test

import (
	"context"
	"testing"

	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// 0.001 hryvnias are neither paid nor given; 0.01 are. A write-off may be exactly the debt. Rule O-06.
func TestWholeAmounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		currency money.Currency
		amount   string
		balance  string
		writeOff bool
		refused  bool
	}{
		"a kopiyka":                {currency: "UAH", amount: "0.01"},
		"a tenth of it":            {currency: "UAH", amount: "0.001", refused: true},
		"taken":                    {currency: "UAH", amount: "-12.345", refused: true},
		"yen have no parts":        {currency: "JPY", amount: "0.5", refused: true},
		"dinars have thousandths":  {currency: "KWD", amount: "0.001"},
		"the debt, whatever it is": {currency: "UAH", amount: "33.333333", balance: "-33.333333", writeOff: true},
		"not quite the debt":       {currency: "UAH", amount: "33.333", balance: "-33.333333", writeOff: true, refused: true},
		"a gift of the debt":       {currency: "UAH", amount: "33.333333", balance: "-33.333333", refused: true},
	} {
		held := ledger.Account{Currency: c.currency}
		if c.balance != "" {
			held.Cash = money.MustParse(c.balance)
		}
		if err := approval.CheckWhole(held, money.MustParse(c.amount), c.writeOff); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := newOffice(t, storetest.SQLite(t))
	for _, limit := range []money.Micro{approval.NoLimit, 0} { // booked at once, and where it would wait
		if limit != approval.NoLimit {
			if _, err := o.limit(o.ann, limit); err != nil {
				t.Fatal(err)
			}
		}
		err := o.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := o.approvals.Pay(ctx, tx, o.ann, "shop", billing.Payment{ID: "p", Amount: 1000, Method: "bank"}, "why", o.now)
			return err
		})
		o.refused(err, "approval.below_minor_unit")
	}
}

// A limit is of a currency that some book sells in. Rule O-04.
func TestLimitsOfUnknownCurrencies(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	for _, currency := range []money.Currency{"ZZZ", "", "uah", "UA"} {
		err := o.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := o.approvals.SetLimit(ctx, tx, o.ann, currency, money.Unit, "why", o.now)
			return err
		})
		o.refused(err, "approval.unknown_currency")
	}
}

// What was typed whole finds a payment by its id and its amount, a part of it by its id and its reason.
func TestSearch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		paid, err := o.pay(o.ann, "invoice-17", 250)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := o.adjust(o.ann, "handset", -250)
		if err != nil {
			t.Fatal(err)
		}
		amount := 250 * money.Unit
		for words, c := range map[string]struct {
			amount *money.Micro
			want   []approval.ID
		}{
			"invoice-17": {nil, []approval.ID{paid.ID}}, "VOICE-1": {nil, []approval.ID{paid.ID}}, "250": {&amount, []approval.ID{taken.ID, paid.ID}}, "nothing like it": {},
			taken.ID.String(): {nil, []approval.ID{taken.ID}},
		} {
			found, err := approval.Search(t.Context(), db, words, c.amount, 10, o.now)
			ok := err == nil && len(found) == len(c.want)
			for i := range c.want {
				ok = ok && found[i].ID == c.want[i]
			}
			if !ok {
				t.Errorf("%s: %v, %v", words, found, err)
			}
		}
		one, err := approval.Search(t.Context(), db, "250", &amount, 1, o.now)
		if err != nil || len(one) != 1 || one[0].ID != taken.ID {
			t.Errorf("at most one: %v, %v", one, err)
		}
	})
}
