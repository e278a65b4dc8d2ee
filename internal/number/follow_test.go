package number_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// runDry leaves a project that holds two numbers and an own one without funds: T0 is the second midnight.
func runDry(t *testing.T, db *store.DB) *exchange {
	t.Helper()
	x := newExchange(t, db)
	x.open("shop", "6")
	x.open("other", "1000")
	x.add(kyiv, "+380441234568")
	x.well("rent", x.rent("shop", kyiv))
	x.well("rent", x.rent("shop", "+380441234568"))
	x.well("bring", x.bring("shop", "+380441110000"))
	x.pass(2 * day)
	return x
}

func (x *exchange) stands(want billing.State) {
	x.Helper()
	standing, err := billing.GetStanding(context.Background(), x.db, "shop")
	if err != nil || standing.State != want {
		x.Fatalf("the project is %+v, %v, want %s", standing, err, want)
	}
}

// A project that stays dry loses its numbers in two steps: kept from others at T0 + 30 days, free at T0 + 45. Its own
// number stays its own. Rules N-08, B-60.
func TestNumbersOfADryProject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := runDry(t, db)
		x.stands(billing.Grace)
		x.pass(29 * day)
		x.is(map[string]string{kyiv: "rented shop"})
		x.pass(day)
		x.stands(billing.Quarantine)
		x.is(map[string]string{kyiv: "quarantine shop", "+380441234568": "quarantine shop", "+380441110000": "rented shop"})
		x.now = x.now.Add(10 * day)
		if n := x.ripen(); n != 0 {
			t.Errorf("%d freed of a project that may come back", n)
		}
		x.refused("another rents", x.rent("other", kyiv), "number.not_free")
		x.refused("it rents again", x.rent("shop", kyiv), "number.not_free")
		x.refused("retiring", x.retire(kyiv), "number.held")
		x.pass(5 * day)
		x.stands(billing.Released)
		x.is(map[string]string{kyiv: "free", "+380441234568": "free", "+380441110000": "rented shop"})
		x.well("another rents", x.rent("other", kyiv))
		if diff := cmp.Diff([]string{"+380441110000"}, x.held("shop")); diff != "" {
			t.Error(diff)
		}
	})
}

// One that comes back in time has its numbers again. Rule N-08.
func TestComingBackInTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := runDry(t, db)
		x.pass(30 * day)
		x.is(map[string]string{kyiv: "quarantine shop"})
		x.well("release one meanwhile", x.release("shop", "+380441234568"))
		x.pay("shop", "back", "1000")
		x.deliver()
		x.stands(billing.Active)
		x.is(map[string]string{kyiv: "rented shop", "+380441234568": "quarantine shop"})
		want := []string{
			"test: >free ", "test: free>rented shop", "state of the project: rented>quarantine shop", "state of the project: quarantine>rented shop",
		}
		if diff := cmp.Diff(want, x.steps(kyiv)); diff != "" {
			t.Error(diff)
		}
	})
}

// News that comes twice, and late, changes nothing: not the number that the project has rented again since. Rule N-08.
func TestNewsThatComesTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := runDry(t, db)
		x.pass(30 * day)
		x.pass(15 * day)
		x.is(map[string]string{kyiv: "free"})
		x.pay("shop", "back", "1000")
		x.well("rent again", x.rent("shop", kyiv))
		steps := len(x.steps(kyiv))
		x.must(func(ctx context.Context, tx *store.Tx) error { // every event is delivered again
			_, err := tx.Exec(ctx, `UPDATE event_cursor SET position = 0 WHERE subscriber = 'number'`)
			return err
		})
		x.deliver()
		x.is(map[string]string{kyiv: "rented shop", "+380441234568": "free"})
		if got := len(x.steps(kyiv)); got != steps {
			t.Errorf("history grew from %d to %d", steps, got)
		}
	})
}

// A number that billing took away without the registry rests before others get it. Rule N-08.
func TestWhatBillingTookAway(t *testing.T) {
	t.Parallel()
	x := runDry(t, storetest.SQLite(t))
	x.must(func(ctx context.Context, tx *store.Tx) error {
		if err := x.bills.ReleaseNumber(ctx, tx, "shop", kyiv, x.now); err != nil {
			return err
		}
		return x.numbers.Settle(ctx, tx, "shop", x.now)
	})
	x.is(map[string]string{kyiv: "quarantine shop", "+380441234568": "rented shop"})
	x.now = x.now.Add(30*day + time.Second)
	x.ripen()
	x.is(map[string]string{kyiv: "free"})
}
