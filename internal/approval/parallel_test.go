package approval_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// twins runs fn with one node on SQLite, and with two on one PostgreSQL, whose transactions really meet.
func twins(t *testing.T, fn func(t *testing.T, o *office, other *office)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t, storetest.SQLite(t))
		fn(t, o, o)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := storetest.PostgresDSN(t)
		o := newOffice(t, storetest.Open(t, store.Options{DSN: dsn, Batch: 4}))
		other := *o
		other.db = storetest.Open(t, store.Options{DSN: dsn, Batch: 4})
		other.approvals = approval.New(billing.New(pricebook.Shipped()))
		fn(t, o, &other)
	})
}

// race does something many times at once on both nodes and counts the outcomes by code.
func race(n int, o, other *office, do func(o *office, i int) error) map[string]int {
	codes := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		node := []*office{o, other}[i%2]
		all.Go(func() { codes[i] = codeOf(do(node, i)) })
	}
	all.Wait()
	counts := map[string]int{}
	for _, code := range codes {
		counts[code]++
	}
	return counts
}

// Ten who approve at once book once. Rule O-02.
func TestApprovingAtOnce(t *testing.T) {
	t.Parallel()
	twins(t, func(t *testing.T, o, other *office) {
		if _, err := o.limit(o.ann, 0); err != nil {
			t.Fatal(err)
		}
		r, err := o.pay(o.ann, "p", 7)
		o.is(r, err, approval.Waiting, 0)
		got := race(10, o, other, func(o *office, _ int) error {
			_, err := o.approve(o.ben, r.ID)
			return err
		})
		if got[""] != 1 || got["approval.decided"] != 9 {
			t.Errorf("outcomes %v", got)
		}
		o.has(7)
	})
}

// Twenty payments of 300 at once, with a limit of 1,000: three are booked by one signature. Rule O-01.
func TestAskingAtOnce(t *testing.T) {
	t.Parallel()
	twins(t, func(t *testing.T, o, other *office) {
		if _, err := o.limit(o.ann, 1000*money.Unit); err != nil {
			t.Fatal(err)
		}
		got := race(20, o, other, func(o *office, i int) error {
			_, err := o.pay(o.program, fmt.Sprint("p", i), 300)
			return err
		})
		if got[""] != 20 {
			t.Errorf("outcomes %v", got)
		}
		o.has(900)
		if n, err := approval.CountWaiting(context.Background(), o.db, o.now); n != 17 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
	})
}
