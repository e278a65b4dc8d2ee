package tracking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
)

// promising is the shop with call tracking at a fee, in whose pool no call is put down to the right source.
func promising(h *house) *garden {
	g := newGarden(h, 0, tracking.Growth{})
	g.must(func(ctx context.Context, tx *store.Tx) error {
		return g.billing.SwitchProduct(ctx, tx, "shop", "call_tracking", true, g.now)
	})
	first := g.one(google)
	g.wait(4 * time.Minute)
	g.one("https://shop.example/?utm_source=mail&utm_medium=email")
	visit := tracking.VisitID(0)
	for i := range 60 {
		for _, c := range g.call(fmt.Sprint(i), first.number(), "").Receipt.Candidates {
			if c.Source == "google / cpc / spring" {
				_, _ = fmt.Sscan(c.Visit, &visit)
			}
		}
	}
	g.eventsWrite(func(ctx context.Context, tx *store.Tx) error {
		for i := range 60 {
			if err := tracking.Establish(ctx, tx, "shop", tracking.Truth{Call: fmt.Sprint(i), Kind: tracking.TruthByPromo, Visit: visit, At: g.now}); err != nil {
				return err
			}
		}
		return nil
	})
	return g
}

// keep switches credit for missed promises.
func (g *garden) keep(kept bool) {
	g.Helper()
	p, err := access.NewGate(g.core).Enter(g.Context(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), ident.Operator, g.now)
	if err != nil {
		g.Fatal(err)
	}
	g.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := g.service.SetPromise(ctx, tx, p, "shop", kept, g.now)
		return err
	})
}

// days lets usage days pass and be closed.
func (g *garden) days(n int) {
	g.Helper()
	g.wait(time.Duration(n) * 24 * time.Hour)
	if _, err := (&billing.Night{Billing: g.billing, DB: g.core}).Run(g.Context(), g.now); err != nil {
		g.Fatal(err)
	}
}

// given are the entries of credit.
func (g *garden) given() (given []ledger.Entry) {
	g.Helper()
	all, err := ledger.Entries(g.Context(), g.core, ledger.Filter{Project: "shop", Kinds: []pricing.Kind{pricing.Adjustment}})
	if err != nil {
		g.Fatal(err)
	}
	for _, e := range all {
		if e.Item == billing.PromiseItem {
			given = append(given, e)
		}
	}
	return given
}

// fee is what call tracking was charged for a day.
func (g *garden) fee(ago int) (fee money.Micro) {
	g.Helper()
	days, err := ledger.Entries(g.Context(), g.core, ledger.Filter{Project: "shop", Kinds: []pricing.Kind{pricing.ProductFee}, Items: []string{"call_tracking"}, Newest: true, Limit: ago})
	if err != nil || len(days) < ago {
		g.Fatal(days, err)
	}
	return -days[ago-1].Amount
}

// Rule C-111: for a closed day on which its only pool certainly missed its promise a project gets the day's fee of call tracking back, once, whoever asks how often; before it was
// switched on and after it was switched off it gets nothing.
func TestCreditForAMissedPromise(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		g := promising(h)
		g.days(1)
		g.run()
		if got := g.given(); len(got) != 0 {
			t.Fatalf("nobody switched it on: %+v", got)
		}
		g.keep(true)
		g.keep(true)
		g.run() // today is not closed
		if got := g.given(); len(got) != 0 {
			t.Fatalf("the day is not over: %+v", got)
		}
		g.days(1)
		again := &tracking.Keeper{Core: g.core, Events: g.events, Billing: g.billing, Numbers: g.keeper.Numbers} // another node
		for range 2 {
			g.run()
			if err := again.Run(g.Context(), g.now); err != nil {
				t.Fatal(err)
			}
		}
		got, credits := g.given(), g.credits()
		if len(got) != 1 || got[0].Amount != g.fee(1) || got[0].Credit != got[0].Amount || got[0].Amount <= 0 || len(credits) != 1 {
			t.Fatalf("%+v, %+v; the fee was %s", got, credits, g.fee(1))
		}
		c := credits[0]
		if c.Entry != got[0].ID || c.Amount != got[0].Amount || c.Paid != c.Amount || c.Missed != 1 || c.Numbers != 1 || len(c.Pools) != 1 || c.Pools[0].High >= 0.2 || c.Pools[0].Target != 95 || c.Pools[0].Checked != 60 {
			t.Errorf("%+v", c)
		}
		g.days(3) // nobody looked meanwhile
		g.run()
		if got := g.given(); len(got) != 4 {
			t.Errorf("%d of 4 days", len(got))
		}
		g.keep(false)
		g.days(2)
		g.run()
		g.keep(true)
		g.run()
		if got := g.given(); len(got) != 4 {
			t.Errorf("%d entries, days that were switched off among them", len(got))
		}
		g.days(40) // what was measured is longer ago than a promise is measured over
		g.run()
		if got := g.given(); len(got) >= 4+40 || len(got) <= 4 {
			t.Errorf("%d entries: each day is measured as it ended", len(got))
		}
	})
}

func (g *garden) credits() []tracking.Credit {
	g.Helper()
	credits, err := tracking.Credits(g.Context(), g.core, "shop")
	if err != nil {
		g.Fatal(err)
	}
	return credits
}

// Rule C-111: the fee is shared by the numbers of pools: one of four numbers in the pool that missed its promise is a quarter of it. The discount for two products is no fee that was paid.
func TestCreditIsAShareOfWhatWasPaid(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		g := promising(h)
		p := g.permit("shop")
		g.must(func(ctx context.Context, tx *store.Tx) error {
			other, err := g.service.AddPool(ctx, tx, p, tracking.Pool{Name: "Other"}, g.now)
			if err != nil {
				return err
			}
			if err := g.billing.SwitchProduct(ctx, tx, "shop", "analytics", true, g.now); err != nil {
				return err
			}
			return g.service.AddToPool(ctx, tx, p, other.ID, numbersFrom(2, 3), g.now)
		})
		g.keep(true)
		g.days(1)
		g.run()
		given, fees := g.given(), g.feesOfDay()
		fee, all, discount := fees["call_tracking"], fees["call_tracking"]+fees["analytics"], fees["discount"]
		if discount <= 0 || fee <= 0 || all <= fee {
			t.Fatalf("there is nothing to share: %v", fees)
		}
		off, _ := money.MulDiv(int64(discount), int64(fee), int64(all))
		want, _ := money.MulDiv(int64(fee)-off, 1, 4)
		if len(given) != 1 || int64(given[0].Amount) != want {
			t.Errorf("%+v, not %s of %v", given, money.Micro(want), fees)
		}
	})
}

func (g *garden) feesOfDay() map[string]money.Micro {
	g.Helper()
	fees := map[string]money.Micro{}
	day := g.credits()[0].Day
	all, err := ledger.Entries(g.Context(), g.core, ledger.Filter{Project: "shop", FromDay: day, ToDay: day, Kinds: []pricing.Kind{pricing.ProductFee, pricing.Discount}})
	if err != nil {
		g.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == pricing.Discount {
			fees["discount"] += e.Amount
			continue
		}
		fees[e.Item] -= e.Amount
	}
	return fees
}

// Rules A-18 and C-111: only the operator switches it.
func TestOnlyTheOperatorGivesCredit(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, core, events *store.DB) {
		h := newHouse(t, core, events, 1)
		p := h.permit("shop") // of the project, not of the house
		err := core.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := h.service.SetPromise(ctx, tx, p, "shop", true, h.now)
			return err
		})
		if errs.CodeOf(err) != "access.denied" {
			t.Error(err)
		}
		if p, err := tracking.PromiseOf(t.Context(), core, "shop"); err != nil || p.Kept {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func numbersFrom(first, count int) (list []phone.Number) {
	for i := range count {
		list = append(list, number(first+i))
	}
	return list
}
