package trunk_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/trunk"
)

// share is a node that says what it has and asks for more, some seconds after noon; it gives what the node has then.
func (h *house) share(node string, calls, asked, most, after int) int {
	h.Helper()
	granted := 0
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		u := trunk.Use{Bound: trunk.BoundOf("t1"), Node: node, Calls: calls, Asked: asked, Most: most}
		granted, err = trunk.Share(ctx, tx, u, noon.Add(time.Duration(after)*time.Second))
		return err
	})
	return calls + granted
}

// Rule T-57: a bound is one for all nodes. Each line is a node that has some calls, asks for more, and what it has then.
func TestNodesShareABound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		for i, c := range []struct {
			node                     string
			calls, asked, most, want int
			after                    int // seconds after noon
			why                      string
		}{
			{"n1", 0, 2, 3, 2, 0, "there are three"},
			{"n2", 0, 2, 3, 1, 1, "and one is left"},
			{"n2", 1, 1, 3, 1, 2, "now none"},
			{"n1", 1, 0, 3, 1, 3, "one has ended"},
			{"n2", 1, 5, 3, 2, 4, "another takes it"},
			{"n2", 4, 0, 3, 4, 5, "calls that must go are told of, not asked for"},
			{"n1", 1, 1, 3, 1, 6, "and leave less than nothing"},
			{"n1", 1, 1, 0, 2, 7, "without a bound all go"},
			{"n2", 0, 0, 3, 0, 8, "all have ended"},
			{"n1", 2, 2, 3, 3, 9, "one is left"},
			{"n2", 0, 1, 3, 0, 38, "a node that spoke 29 s ago lives"},
			{"n2", 0, 1, 3, 1, 39, "and is dead after 30 s"},
			{"n1", 3, 0, 3, 3, 40, "it was not dead: its calls go on"},
			{"n2", 1, 1, 3, 1, 41, "and count"},
		} {
			if got := h.share(c.node, c.calls, c.asked, c.most, c.after); got != c.want {
				t.Fatalf("line %d, %s: %s has %d calls, not %d", i+1, c.why, c.node, got, c.want)
			}
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return trunk.DropUse(ctx, tx, "n1") })
		if got := h.share("n2", 1, 5, 3, 42); got != 3 {
			t.Errorf("a node that has stopped still has calls: %d for the other", got)
		}
	})
}

// Rule T-57: whatever nodes ask for at once, on connections of their own, they get no more than the bound.
func TestNodesAskAtOnce(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	const most, nodes = 7, 3
	var mu sync.Mutex
	sum := 0
	var asking sync.WaitGroup
	for n := range nodes {
		db, err := store.Open(t.Context(), store.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		asking.Go(func() {
			calls := 0
			for range 20 {
				granted := 0
				err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
					granted, err = trunk.Share(ctx, tx, trunk.Use{Bound: "trunk t1", Node: fmt.Sprint("n", n), Calls: calls, Asked: 1, Most: most}, noon)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				calls += granted
			}
			mu.Lock()
			defer mu.Unlock()
			sum += calls
		})
	}
	asking.Wait()
	if sum != most {
		t.Errorf("%d calls where there may be %d", sum, most)
	}
}

// Rule T-57: as long as nothing must go, living nodes never have more than the bound together.
func TestABoundHolds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		most := rapid.IntRange(1, 5).Draw(t, "most")
		has := map[string]int{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			node := rapid.SampledFrom([]string{"n1", "n2", "n3"}).Draw(t, "node")
			calls := has[node] - min(has[node], rapid.IntRange(0, 2).Draw(t, "ended"))
			has[node] = h.share(fmt.Sprint(round, node), calls, rapid.IntRange(0, 3).Draw(t, "asked"), most, round*60)
			if all := has["n1"] + has["n2"] + has["n3"]; all > most {
				t.Fatalf("%d calls of %d: %v", all, most, has)
			}
		}
	})
}
