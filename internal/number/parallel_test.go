package number_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

const crowd = 100

// nodes runs fn with one node on SQLite, and with two on one PostgreSQL, whose transactions really meet.
func nodes(t *testing.T, fn func(t *testing.T, nodes []*exchange)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, []*exchange{newExchange(t, storetest.SQLite(t))})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := storetest.PostgresDSN(t)
		var both []*exchange
		for range 2 {
			both = append(both, newExchange(t, storetest.Open(t, store.Options{DSN: dsn, Batch: 8})))
		}
		fn(t, both)
	})
}

// race lets everybody do something at once and counts the outcomes by code, "" for success. What has no code is told.
func race(t testing.TB, n int, do func(i int) error) map[string]int {
	t.Helper()
	outcomes := make([]string, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			err := do(i)
			if err == nil {
				return
			}
			if outcomes[i] = errs.CodeOf(err); errs.KindOf(err) == errs.Internal {
				t.Errorf("number %d of the crowd: %v", i, err)
			}
		})
	}
	close(start)
	all.Wait()
	counts := map[string]int{}
	for _, code := range outcomes {
		counts[code]++
	}
	return counts
}

func shopName(i int) ident.ProjectID { return ident.ProjectID(fmt.Sprintf("shop%d", i%10)) }

func openCrowd(x *exchange) {
	x.Helper()
	for i := range 10 {
		x.open(shopName(i), "1000")
	}
}

// 100 projects' hands reach for one number: one has it. Rule N-01.
func TestOneWinner(t *testing.T) {
	t.Parallel()
	nodes(t, func(t *testing.T, nodes []*exchange) {
		x := nodes[0]
		openCrowd(x)
		x.add(kyiv)
		got := race(t, crowd, func(i int) error { return nodes[i%len(nodes)].rent(shopName(i), kyiv) })
		if got[""] != 1 || got["number.not_free"]+got["billing.number_taken"] != crowd-1 {
			t.Errorf("outcomes %v, want one winner", got)
		}
		holders := 0
		for i := range 10 {
			holders += len(x.held(shopName(i)))
		}
		if steps := x.steps(kyiv); holders != 1 || len(steps) != 2 {
			t.Errorf("%d holders, history %q", holders, steps)
		}
	})
}

// 100 ask for any of 30 free: 30 get one each, no number twice. Rules N-01, N-04.
func TestAnyOfThirty(t *testing.T) {
	t.Parallel()
	nodes(t, func(t *testing.T, nodes []*exchange) {
		x := nodes[0]
		openCrowd(x)
		var stock []string
		for i := range 30 {
			stock = append(stock, fmt.Sprintf("+3804412345%02d", i))
		}
		x.add(stock...)
		got := race(t, crowd, func(i int) error { return nodes[i%len(nodes)].wish(shopName(i), number.Wish{Area: "44", Use: "pbx"}) })
		if got[""] != 30 || got["number.none_free"] != 70 {
			t.Errorf("outcomes %v, want 30 winners and 70 that find none", got)
		}
		seen := map[string]bool{}
		for i := range 10 {
			for _, n := range x.held(shopName(i)) {
				if seen[n] || x.state(n) != "rented "+string(shopName(i)) {
					t.Errorf("%s is held twice, or stands as %s", n, x.state(n))
				}
				seen[n] = true
			}
		}
		if len(seen) != 30 {
			t.Errorf("%d numbers are held", len(seen))
		}
	})
}

// Two nodes make identifiers for one number at one instant, and make them alike: the second makes another.
func TestTheSameInstantOnTwoNodes(t *testing.T) {
	t.Parallel()
	nodes(t, func(t *testing.T, nodes []*exchange) {
		x := nodes[0]
		x.open("shop", "100")
		x.add(kyiv)
		x.well("rent", nodes[len(nodes)-1].rent("shop", kyiv))
		if steps := x.steps(kyiv); len(steps) != 2 {
			t.Errorf("history %q", steps)
		}
	})
}

// An own number that many bring at once, while the operator adds it to the stock, ends in one place. Rules N-01, N-05.
func TestOnePlace(t *testing.T) {
	t.Parallel()
	nodes(t, func(t *testing.T, nodes []*exchange) {
		x := nodes[0]
		openCrowd(x)
		got := race(t, 20, func(i int) error {
			node := nodes[i%len(nodes)]
			if i%4 != 0 {
				return node.bring(shopName(i), kyiv)
			}
			return node.try(func(ctx context.Context, tx *store.Tx) error {
				return node.numbers.Add(ctx, tx, []number.Item{{Line: 1, Number: kyiv}}, "test", node.now)
			})
		})
		if got[""] != 1 {
			t.Errorf("outcomes %v, want one", got)
		}
		if steps := x.steps(kyiv); len(steps) != 1 {
			t.Errorf("history %q", steps)
		}
	})
}

// Two nodes that ripen at once free each number once. Rule N-06.
func TestRipeningTogether(t *testing.T) {
	t.Parallel()
	nodes(t, func(t *testing.T, nodes []*exchange) {
		x := nodes[0]
		x.open("shop", "100000")
		for i := range 20 {
			n := fmt.Sprintf("+3804412345%02d", i)
			x.add(n)
			x.well("rent", x.rent("shop", n))
			x.well("release", x.release("shop", n))
		}
		var mu sync.Mutex
		var freed int64
		race(t, 8, func(i int) error {
			n, err := nodes[i%len(nodes)].numbers.Ripen(context.Background(), x.now.Add(30*day))
			mu.Lock()
			defer mu.Unlock()
			freed += n
			return err
		})
		if freed != 20 || len(x.steps("+380441234500")) != 4 {
			t.Errorf("freed %d, history %q", freed, x.steps("+380441234500"))
		}
	})
}

// meet lets a second node do something while the first holds what it did, uncommitted: until the second one waits for it.
func meet(t *testing.T, first, second func(x *exchange) error, prepare func(x *exchange)) (x *exchange, outcome error) {
	t.Helper()
	dsn := storetest.PostgresDSN(t)
	a, b := newExchange(t, storetest.Open(t, store.Options{DSN: dsn})), newExchange(t, storetest.Open(t, store.Options{DSN: dsn}))
	prepare(a)
	began, outcomes := make(chan struct{}), make(chan error, 1)
	go func() {
		<-began
		outcomes <- second(b)
	}()
	var once sync.Once
	err := a.try(func(ctx context.Context, tx *store.Tx) error {
		inner := *a
		inner.inside = tx
		if err := first(&inner); err != nil {
			return err
		}
		once.Do(func() { close(began) })
		for waiting := 0; waiting == 0; runtime.Gosched() {
			if err := a.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, <-outcomes
}

// Whoever comes second waits for the first, and then hears what is so: the number is not free, or the next one is given.
// Rules N-01, N-04.
func TestTheSecondWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	prepare := func(x *exchange) {
		x.open("shop", "100")
		x.open("other", "100")
		x.add(kyiv, "+380441234568")
	}
	x, err := meet(t, func(x *exchange) error { return x.rent("shop", kyiv) }, func(x *exchange) error { return x.rent("other", kyiv) }, prepare)
	x.refused("the number the first has taken", err, "number.not_free")
	anyOf := number.Wish{Use: "pbx"}
	x, err = meet(t, func(x *exchange) error { return x.wish("shop", anyOf) }, func(x *exchange) error { return x.wish("other", anyOf) }, prepare)
	x.well("any", err)
	x.is(map[string]string{kyiv: "rented shop", "+380441234568": "rented other"})
}
