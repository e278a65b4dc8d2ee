package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// adder inserts a set of rows at once; a negative number is refused for itself, 13 fails the whole set, 14 panics.
func adder(db *store.DB, most int, sizes *[]int) *store.Batcher[int, string] {
	return store.NewBatcher(db, most, func(ctx context.Context, tx *store.Tx, in []int) ([]store.Outcome[string], error) {
		*sizes = append(*sizes, len(in))
		out := make([]store.Outcome[string], len(in))
		rows := [][]any{}
		for i, n := range in {
			switch {
			case n < 0:
				out[i].Err = errRefused
				continue
			case n == 14:
				panic("no")
			}
			rows = append(rows, []any{n, fmt.Sprint(n)})
			out[i].Value = fmt.Sprint("row ", n)
		}
		if err := tx.Insert(ctx, "probe", []string{"id", "name"}, rows); err != nil {
			return nil, err
		}
		if slices.Contains(in, 13) {
			return nil, errRefused
		}
		return out, nil
	})
}

func TestRequestsOfConcurrentCallersAreOneSet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		var sizes []int
		b := adder(db, 8, &sizes)
		in := []int{1, 2, -3, 4, 5, 6, 7, 8, 9, 10}
		got := all(t, db, b, in)
		for i, n := range in {
			if want := fmt.Sprint("row ", n); n > 0 && (got[i].Err != nil || got[i].Value != want) || n < 0 && !errors.Is(got[i].Err, errRefused) {
				t.Errorf("%d: %+v", n, got[i])
			}
		}
		if diff := cmp.Diff([]int{8, 2}, sizes); diff != "" {
			t.Errorf("sizes of the sets: %s", diff)
		}
		if n := len(ids(t, db)); n != 9 {
			t.Errorf("%d rows, want 9", n)
		}
	})
}

// A set that fails as a whole is run one by one: only the one to blame fails.
func TestOnlyTheOneToBlameFails(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []struct {
			bad  int
			want func(error) bool
		}{
			{13, func(err error) bool { return errors.Is(err, errRefused) }},
			{14, code("store.panicked")},
			{1, store.IsUnique}, // twice
		} {
			t.Run(fmt.Sprint(c.bad), func(t *testing.T) {
				write(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS probe")
					return err
				})
				table(t, db)
				var sizes []int
				got := all(t, db, adder(db, 100, &sizes), []int{1, 2, c.bad, 3})
				for i, out := range got {
					if i == 2 && !c.want(out.Err) || i != 2 && out.Err != nil {
						t.Errorf("request %d: %+v", i, out)
					}
				}
				if diff := cmp.Diff([]int{1, 2, 3}, ids(t, db)); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestABatchersCallerMayGo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		var sizes []int
		b := adder(db, 100, &sizes)
		ctx, cancel := context.WithCancel(context.Background())
		release := hold(t, db)
		gone, stays := make(chan error, 1), make(chan error, 1)
		go func() { _, err := b.Do(ctx, 1); gone <- err }()
		pending(b, 1)
		go func() { _, err := b.Do(context.Background(), 2); stays <- err }()
		pending(b, 2)
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		release()
		must(t, <-stays)
		if diff := cmp.Diff([]int{2}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
		if _, err := b.Do(ctx, 3); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestABatcherOfAClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	db, err := store.Open(context.Background(), store.Options{DSN: storetest.SQLiteDSN(t)})
	must(t, err)
	table(t, db)
	var sizes []int
	b := adder(db, 2, &sizes)
	release := hold(t, db)
	outcomes := make(chan error, 5)
	for i := range 5 {
		go func() { _, err := b.Do(context.Background(), i); outcomes <- err }()
		pending(b, i+1)
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	release()
	must(t, <-closed)
	for range 5 { // each is told one thing or the other
		if err := <-outcomes; err != nil && errs.CodeOf(err) != "store.closed" {
			t.Error(err)
		}
	}
	if _, err := b.Do(context.Background(), 9); errs.CodeOf(err) != "store.closed" {
		t.Error(err)
	}
}

// all has requests wait for the writer in their order, and gives their outcomes.
func all(t *testing.T, db *store.DB, b *store.Batcher[int, string], in []int) []store.Outcome[string] {
	t.Helper()
	release := hold(t, db)
	out := make([]store.Outcome[string], len(in))
	var wg sync.WaitGroup
	for i, n := range in {
		wg.Go(func() { out[i].Value, out[i].Err = b.Do(context.Background(), n) })
		pending(b, i+1)
	}
	release()
	wg.Wait()
	return out
}

// pending waits until so many requests wait in the batcher.
func pending(b *store.Batcher[int, string], n int) {
	for b.Pending() < n {
		runtime.Gosched()
	}
}
