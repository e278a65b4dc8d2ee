package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// deliveries is a day's traffic as it comes in: in any order, and some of it more than once.
type deliveries []operation

// drawDay draws the operations of a day, and another order of them with repetitions.
func drawDay(t *rapid.T) (day, muddled deliveries) {
	for number := range rapid.IntRange(1, 25).Draw(t, "operations") {
		what := rapid.SampledFrom([]kind{record, message, payment, talk, miss}).Draw(t, "kind")
		day = append(day, operation{number: number + 1, kind: what})
	}
	muddled = slices.Clone(day)
	for range rapid.IntRange(0, 10).Draw(t, "repetitions") {
		muddled = append(muddled, day[rapid.IntRange(0, len(day)-1).Draw(t, "repeated")])
	}
	seed := rapid.Uint64().Draw(t, "order")
	draw := rand.New(rand.NewPCG(seed, 4))
	draw.Shuffle(len(muddled), func(i, j int) { muddled[i], muddled[j] = muddled[j], muddled[i] })
	return day, muddled
}

// liveThrough lets a project live through the deliveries, from so many callers at once, closes the day and tells what it came to.
func (w *town) liveThrough(t rapid.TB, id ident.ProjectID, all deliveries, callers int) []string {
	ctx := context.Background()
	work := make(chan operation)
	failures := make(chan error, len(all))
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for o := range work {
				o.project = id
				if err := w.perform(ctx, o); err != nil {
					failures <- fmt.Errorf("%s: %w", o.id(), err)
				}
			}
		})
	}
	for _, o := range all {
		work <- o
	}
	close(work)
	group.Wait()
	if len(failures) > 0 {
		t.Fatal(<-failures)
	}
	if err := w.night.CatchUp(ctx, id, noon.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	return w.totals(t, id)
}

// totals are the sums of the project's days, its usage and its balance.
func (w *town) totals(t rapid.TB, id ident.ProjectID) []string {
	ctx := context.Background()
	sums, err1 := ledger.SumByDay(ctx, w.db, id, firstDay, firstDay+100)
	usage, err2 := billing.UsageBetween(ctx, w.db, id, firstDay, firstDay+100)
	account, err3 := ledger.GetAccount(ctx, w.db, id)
	open, err4 := charging.OpenLegs(ctx, w.db, id)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, s := range sums {
		lines = append(lines, fmt.Sprintf("%+v", s))
	}
	for _, u := range usage {
		u.Project = ""
		lines = append(lines, fmt.Sprintf("%+v", u))
	}
	return append(lines, fmt.Sprintf("cash %s held %s open %d", account.Cash, account.Held, len(open)))
}

// In whatever order, how often and by however many callers at once calls, messages and payments come in before the close:
// the day comes to the same, to the millionth. What comes once more after the close changes nothing.
func TestAnyOrderAndRepetition_Rule_B_04_B_10(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &town{node: newNode(db)}
		rapid.Check(t, func(t *rapid.T) {
			day, muddled := drawDay(t)
			expected := deposit
			for _, o := range day {
				expected += o.amount()
			}
			orderly := w.liveThrough(t, w.settle(t, deposit), day, 1)
			id := w.settle(t, deposit)
			if diff := cmp.Diff(orderly, w.liveThrough(t, id, muddled, 8)); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(orderly, w.liveThrough(t, id, day, 8)); diff != "" {
				t.Fatalf("after the close: %s", diff)
			}
			if account, err := ledger.GetAccount(context.Background(), db, id); err != nil || account.Cash != expected {
				t.Fatalf("the day ends with %s, the model says %s (%v)", account.Cash, expected, err)
			}
		})
	})
}

// The twin: without keys repetitions are charged.
func TestRepetitionsWithoutKeysAreFoundOut(t *testing.T) {
	t.Parallel()
	w := &town{node: newNode(storetest.SQLite(t))}
	w.keyless = true
	day := deliveries{operationOf(0)}
	once := w.liveThrough(t, w.settle(t, deposit), day, 1)
	if twice := w.liveThrough(t, w.settle(t, deposit), append(day, day...), 1); cmp.Equal(once, twice) {
		t.Error("a call charged twice makes no difference: the test above shows nothing")
	}
}
