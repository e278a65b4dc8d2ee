package number_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/number"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const day = 24 * time.Hour

var moscowTracker = project.Opening{ID: "line", Name: "Line", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", Version: "2016-03-09"}

// A number goes round: stock, a project, quarantine, stock, another project. 60 a month is 2 a day, from the day of
// renting to that of release. Rules N-01, N-04, N-06, B-35.
func TestARoundOfANumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.open("other", "100")
		x.add(kyiv)
		x.is(map[string]string{kyiv: "free"})
		x.well("rent", x.rent("shop", kyiv))
		x.refused("a second one", x.rent("other", kyiv), "number.not_free")
		x.refused("the same again", x.rent("shop", kyiv), "billing.number_taken")
		x.refused("another's release", x.release("other", kyiv), "billing.unknown_number")
		x.pass(3 * day)
		x.well("release", x.release("shop", kyiv))
		x.is(map[string]string{kyiv: "quarantine shop"})
		x.refused("in quarantine", x.rent("other", kyiv), "number.not_free")
		x.pass(30*day - time.Microsecond)
		if n := x.ripen(); n != 0 {
			t.Errorf("%d freed a microsecond too soon", n)
		}
		x.now = x.now.Add(time.Microsecond)
		if n := x.ripen() + 10*x.ripen(); n != 1 {
			t.Errorf("freed %d, want 1 the first time and 0 the second", n)
		}
		x.is(map[string]string{kyiv: "free"})
		x.well("another's turn", x.rent("other", kyiv))
		want := []string{"test: >free ", "test: free>rented shop", "test: rented>quarantine shop", "end of quarantine: quarantine>free shop", "test: free>rented other"}
		if diff := cmp.Diff(want, x.steps(kyiv)); diff != "" {
			t.Error(diff)
		}
		if got := x.balance("shop"); got != "92" { // four days: 100 - 4 x 2
			t.Errorf("the balance is %s, want 92", got)
		}
	})
}

// The former project takes its number back during quarantine, with its label. Rule N-06.
func TestTakingBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.add(kyiv)
		x.well("rent", x.wish("shop", number.Wish{Number: kyiv, Use: "tracking", Label: "billboards"}))
		x.well("release", x.release("shop", kyiv))
		x.well("back again", x.rent("shop", kyiv))
		x.is(map[string]string{kyiv: "rented shop"})
		x.now = x.now.Add(40 * day)
		if n := x.ripen(); n != 0 {
			t.Errorf("%d freed of a rented one", n)
		}
		if e, _, err := number.Get(context.Background(), db, kyiv); err != nil || e.Label != "billboards" || !e.HeldSince.Equal(opened) || !e.Until.IsZero() {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

// Without quarantine a released number is free at once. Rule N-06.
func TestQuarantineIsASetting(t *testing.T) {
	t.Parallel()
	x := newExchange(t, storetest.SQLite(t))
	x.numbers.Rest = 0
	x.open("shop", "100")
	x.add(kyiv)
	x.well("rent", x.rent("shop", kyiv))
	x.well("release", x.release("shop", kyiv))
	x.is(map[string]string{kyiv: "free"})
}

// Whatever is refused leaves nothing half done. Rules N-03, N-04.
func TestRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.open("dry", "1")
		const second, mobile = "+380441234568", "+380671234567"
		x.add(kyiv, second, mobile)
		x.well("retire", x.retire(second))
		x.refused("a retired one", x.rent("shop", second), "number.not_free")
		x.refused("not in stock", x.rent("shop", "+380441234569"), "number.not_in_stock")
		x.refused("no number", x.rent("shop", "tel"), "billing.bad_number")
		x.refused("no use", x.wish("shop", number.Wish{Number: kyiv, Use: "fax"}), "billing.bad_number")
		x.refused("no use of any", x.wish("shop", number.Wish{Use: "fax"}), "billing.bad_number")
		x.refused("another kind", x.wish("shop", number.Wish{Number: kyiv, Kind: "mobile", Use: "pbx"}), "number.other_kind")
		x.refused("no such area", x.wish("shop", number.Wish{Area: "32", Use: "pbx"}), "number.none_free")
		x.refused("no such country", x.wish("shop", number.Wish{Country: "PL", Use: "pbx"}), "number.none_free")
		x.refused("a bad label", x.wish("shop", number.Wish{Number: kyiv, Use: "pbx", Label: "a\x00b"}), "number.bad_label")
		x.refused("no project", x.rent("nobody", kyiv), "project.not_found")
		x.well("with the last money", x.rent("dry", mobile))
		x.pass(day)
		x.refused("without funds", x.rent("dry", kyiv), "number.funds_ended")
		x.refused("a retired one that is held", x.retire(mobile), "number.held")
		x.refused("putting back what is held", x.putBack(mobile), "number.held")
		x.refused("retiring nothing", x.retire("+380441234569"), "number.unknown")
		x.is(map[string]string{kyiv: "free", second: "retired", mobile: "rented dry", "+380441234569": "none"})
		if held := x.held("shop"); held != nil {
			t.Errorf("shop holds %v", held)
		}
		x.well("put back", x.putBack(second))
		x.well("and rent", x.rent("shop", second))
	})
}

// What billing refuses takes the number's change back with it: a book without a price for it, a month in advance that
// funds do not cover. Rules N-04, B-39.
func TestBillingRefuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.openIn(project.Opening{ID: "shop", Name: "Shop", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "100")
		x.add(kyiv)
		x.refused("a book that sells no numbers", x.rent("shop", kyiv), "pricing.number_not_sold")
		x.openIn(moscowTracker, "2449")
		x.refused("a month of 2200 + 250", x.rent("line", kyiv), "ledger.insufficient_funds")
		x.refused("any of them", x.wish("line", number.Wish{Country: "UA", Use: "pbx"}), "ledger.insufficient_funds")
		x.is(map[string]string{kyiv: "free"})
		if got := x.steps(kyiv); len(got) != 1 || x.held("line") != nil || x.balance("line") != "2449" {
			t.Errorf("history %q", got)
		}
	})
}

// Of any that are free the one free the longest is taken; a kind or area narrows the choice. Rule N-04.
func TestAnyFree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.add("+380441234569")
		x.now = x.now.Add(time.Hour)
		x.add("+380441234568", "+380671234567", "+78121234567")
		for _, want := range []struct{ wish, got string }{{"44", "+380441234569"}, {"", "+380441234568"}, {"", "+380671234567"}} {
			x.well("any", x.wish("shop", number.Wish{Area: want.wish, Use: "pbx"}))
			x.is(map[string]string{want.got: "rented shop"})
		}
		x.refused("abroad only", x.wish("shop", number.Wish{Use: "pbx"}), "number.none_free")
		x.well("abroad", x.wish("shop", number.Wish{Country: "RU", Kind: "local", Use: "pbx"}))
	})
}

// The operator may name a number that is not in stock: it is added and rented at once. Rules N-02, N-04.
func TestAddingOnTheWay(t *testing.T) {
	t.Parallel()
	x := newExchange(t, storetest.SQLite(t))
	x.open("shop", "100")
	x.well("rent", x.wish("shop", number.Wish{Number: kyiv, Kind: "mobile", Use: "pbx", Add: true}))
	if e, _, err := number.Get(context.Background(), x.db, kyiv); err != nil || e.Kind != "mobile" || e.State != number.Rented || e.AreaName != "Kyiv city" {
		t.Errorf("%+v, %v", e, err)
	}
	if diff := cmp.Diff([]string{"test: >free ", "test: free>rented shop"}, x.steps(kyiv)); diff != "" {
		t.Error(diff)
	}
}

// An own number belongs to one project of the installation, never to the stock as well. Rules N-01, N-05.
func TestOwnNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.open("other", "100")
		x.add(kyiv)
		const own = "+380441110000"
		x.refused("one of the stock", x.bring("shop", kyiv), "number.in_stock")
		x.well("bring", x.bring("shop", own))
		x.refused("another's", x.bring("other", own), "billing.number_taken")
		x.refused("again", x.bring("shop", own), "billing.number_taken")
		x.refused("renting it", x.rent("other", own), "number.not_free")
		x.refused("retiring it", x.retire(own), "number.unknown")
		x.refused("no number", x.bring("shop", "tel"), "billing.bad_number")
		err := x.try(func(ctx context.Context, tx *store.Tx) error {
			return x.numbers.Add(ctx, tx, []number.Item{{Line: 1, Number: own}}, "test", x.now)
		})
		x.refused("adding it", err, "number.bad_list")
		x.is(map[string]string{own: "rented shop", kyiv: "free"})
		x.well("release", x.release("shop", own))
		x.is(map[string]string{own: "none"})
		x.well("another brings it", x.bring("other", own))
		if diff := cmp.Diff([]string{"test: >rented shop", "test: rented> shop", "test: >rented other"}, x.steps(own)); diff != "" {
			t.Error(diff)
		}
	})
}

// Another use: the day is charged once, and a label is the project's alone. Rule N-07.
func TestUseAndLabel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.open("other", "100")
		x.add(kyiv)
		x.well("rent", x.rent("shop", kyiv))
		change := func(use, label string) error {
			return x.try(func(ctx context.Context, tx *store.Tx) error {
				if err := x.numbers.SetLabel(ctx, tx, "shop", kyiv, label); err != nil {
					return err
				}
				return x.numbers.SetUse(ctx, tx, "shop", kyiv, use, x.now)
			})
		}
		x.now = x.now.Add(time.Hour)
		x.well("change", change("tracking", "radio"))
		x.well("the same again", change("tracking", "radio"))
		x.refused("no such use", change("fax", "radio"), "billing.bad_number")
		x.refused("a label that hides something", change("pbx", "a\nb"), "number.bad_label")
		for name, strange := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"another's label": func(ctx context.Context, tx *store.Tx) error {
				return x.numbers.SetLabel(ctx, tx, "other", kyiv, "mine")
			},
			"another's use": func(ctx context.Context, tx *store.Tx) error {
				return x.numbers.SetUse(ctx, tx, "other", kyiv, "pbx", x.now)
			},
		} {
			x.refused(name, x.try(strange), "billing.unknown_number")
		}
		held, _, err := x.numbers.OfProject(context.Background(), db, "shop", x.now)
		if err != nil || len(held) != 1 || held[0].Use != "tracking" || held[0].Entry.Label != "radio" || held[0].Price.Daily.String() != "2" || !held[0].Entry.HeldSince.Equal(opened) {
			t.Errorf("%+v, %v", held, err)
		}
		x.pass(day)
		if got := x.balance("shop"); got != "98" {
			t.Errorf("the balance is %s, want 98: one day of one number", got)
		}
	})
}

// Where a month is paid in advance, another use of the number is not paid again. Rules N-07, B-39.
func TestAnotherUseIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	x := newExchange(t, storetest.SQLite(t))
	x.openIn(moscowTracker, "5000")
	x.add("+74951234567")
	x.well("rent", x.rent("line", "+74951234567"))
	x.must(func(ctx context.Context, tx *store.Tx) error {
		return x.numbers.SetUse(ctx, tx, "line", "+74951234567", "tracking", x.now)
	})
	if got := x.balance("line"); got != "2450" { // 5000 - 2200 - 350
		t.Errorf("the balance is %s, want 2450", got)
	}
}
