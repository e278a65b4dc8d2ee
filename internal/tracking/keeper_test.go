package tracking_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/money"
	registry "bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// garden is the shop with a stock of numbers to rent, and a keeper of its pools.
type garden struct {
	*house
	keeper *tracking.Keeper
	told   []tracking.Notice
}

func newGarden(h *house, stock int, growth tracking.Growth) *garden {
	h.Helper()
	g := &garden{house: h}
	numbers := registry.New(h.core, h.billing)
	g.keeper = &tracking.Keeper{Core: h.core, Events: h.events, Billing: h.billing, Numbers: numbers, Tell: func(_ context.Context, _ *store.Tx, n tracking.Notice) error {
		g.told = append(g.told, n)
		return nil
	}}
	p := h.permit("shop")
	h.pool.Growth = growth
	h.must(func(ctx context.Context, tx *store.Tx) error {
		var items []registry.Item
		for i := range stock {
			items = append(items, registry.Item{Number: fmt.Sprintf("+3804455500%02d", i)})
		}
		if stock > 0 {
			if err := numbers.Add(ctx, tx, items, "test", h.now); err != nil {
				return err
			}
		}
		_, err := h.service.EditPool(ctx, tx, p, h.pool, h.now)
		return err
	})
	h.wait(2 * time.Second)
	return g
}

func (g *garden) run() {
	g.Helper()
	if err := g.keeper.Run(g.Context(), g.now); err != nil {
		g.Fatal(err)
	}
}

func (g *garden) kinds() (list []tracking.NoticeKind) {
	for _, n := range g.told {
		list = append(list, n.Kind)
	}
	return list
}

func (g *garden) members() (n int) {
	g.Helper()
	uses, err := tracking.Uses(g.Context(), g.core, "shop")
	if err != nil {
		g.Fatal(err)
	}
	for _, u := range uses {
		if u.Pool == g.pool.ID {
			n++
		}
	}
	return n
}

// crowd is visits that all are there at once.
func (g *garden) crowd(visits int) {
	var all []*browser
	for range visits {
		b := g.open("https://shop.example/", "")
		b.send(tracking.PageHit)
		all = append(all, b)
		g.wait(time.Second)
	}
	g.wait(15 * time.Second)
	for _, b := range all {
		b.send(tracking.BeatHit)
		g.wait(time.Second)
	}
}

// Rules C-09 and C-105: a pool in which visits find no number rents as many as it may, says so and what they cost, and gives back what it does not need.
func TestAPoolGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		g := newGarden(h, 20, tracking.Growth{Most: 6, Budget: money.MustParse("1000")})
		g.crowd(10)
		g.run()
		if want := []tracking.NoticeKind{tracking.NoticeOverload, tracking.NoticeGrown}; !slices.Equal(g.kinds(), want) || g.members() != 3 {
			t.Fatalf("told of %v, %d numbers; %+v", g.kinds(), g.members(), g.told)
		}
		if grown := g.told[1]; len(grown.Numbers) != 1 || grown.Monthly <= 0 || grown.Monthly > money.MustParse("500") {
			t.Errorf("%+v", grown)
		}
		g.wait(time.Minute)
		g.run() // the overload was before it grew
		if g.members() != 3 || len(g.told) != 3 || !g.told[2].Over {
			t.Errorf("%d numbers, %+v", g.members(), g.told)
		}
		for range 5 {
			g.wait(3 * time.Minute)
			g.crowd(12)
			g.run()
		}
		if g.members() != 6 || g.told[len(g.told)-1].Kind != tracking.NoticeStuck || g.told[len(g.told)-1].Why != "tracking.pool_limit" {
			t.Errorf("%d numbers, at last %+v", g.members(), g.told[len(g.told)-1])
		}
		g.told = nil
		for range 10 { // quiet days, with just enough traffic to know how little is needed
			for range 12 {
				g.crowd(1)
				g.wait(2 * time.Hour)
			}
			g.run()
		}
		steps, err := tracking.GrowthSteps(g.Context(), g.core, "shop", g.pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		given := 0
		for _, s := range steps {
			if s.Step == tracking.StepReleased {
				given++
			}
		}
		if given == 0 || g.members() != 6-given || !slices.Contains(g.kinds(), tracking.NoticeShrunk) {
			t.Errorf("%d numbers given back, %d left, told of %v; %+v", given, g.members(), g.kinds(), steps)
		}
	})
}

// Rule C-105: a pool rents no more than its budget says, nor what is not in stock, and says once why it cannot.
func TestAPoolThatCannotGrow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stock  int
		growth tracking.Growth
		why    string
	}{
		"no budget":         {5, tracking.Growth{Most: 50, Budget: money.MustParse("0.01")}, "tracking.budget_used"},
		"no stock":          {0, tracking.Growth{Most: 50, Budget: money.MustParse("1000")}, "number.none_free"},
		"no such area":      {5, tracking.Growth{Most: 50, Budget: money.MustParse("1000"), Area: "32"}, "number.none_free"},
		"as many as it may": {5, tracking.Growth{Most: 2, Budget: money.MustParse("1000")}, "tracking.pool_limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, 2, func(h *house) {
				g := newGarden(h, c.stock, c.growth)
				g.crowd(10)
				g.run()
				g.run()
				if last := g.told[len(g.told)-1]; len(g.told) != 2 || last.Kind != tracking.NoticeStuck || last.Why != c.why || g.members() != 2 {
					t.Errorf("%d numbers, told %+v", g.members(), g.told)
				}
				if all, err := tracking.TroublesOf(g.Context(), g.core, []ident.ProjectID{"other", "shop"}); err != nil || len(all["shop"]) != 2 || len(all) != 1 {
					t.Errorf("the troubles of projects are %v, %v", all, err)
				}
				if troubles, err := tracking.Troubles(g.Context(), g.core, "shop"); err != nil || len(troubles) != 2 {
					t.Errorf("%+v, %v", troubles, err)
				}
			})
		})
	}
}

// Rule C-104: an accuracy that is certainly below the promise is told of, once; a pool that may not grow does not.
func TestTooSeldomRight(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		g := newGarden(h, 5, tracking.Growth{})
		first := g.one(google)
		g.wait(4 * time.Minute)
		g.one("https://shop.example/?utm_source=mail&utm_medium=email")
		for i := range 60 {
			g.call(fmt.Sprint(i), first.number(), "")
		}
		visit := tracking.VisitID(0)
		for _, c := range g.call("0", first.number(), "").Receipt.Candidates {
			if c.Source == "google / cpc / spring" {
				_, _ = fmt.Sscan(c.Visit, &visit)
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
		g.wait(time.Second)
		g.run()
		g.run()
		if len(g.told) != 1 || g.told[0].Kind != tracking.NoticeAccuracy || g.told[0].Advice.Source.High > 0.2 || g.members() != 1 {
			t.Errorf("%+v, %+v", g.told, first.Answer)
		}
	})
}
