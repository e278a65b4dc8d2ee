package store_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var errRefused = errors.New("refused")

func TestFunctionsOfABatchAreCommittedTogetherAndFailAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		before := db.Stats().Batches
		outcomes := together(t, db,
			add(1, "a"),
			func(ctx context.Context, tx *store.Tx) error { return errors.Join(add(2, "b")(ctx, tx), errRefused) },
			func(ctx context.Context, tx *store.Tx) error { _ = add(3, "c")(ctx, tx); panic("no") },
			add(4, "a"), // the name is taken
			func(ctx context.Context, tx *store.Tx) error { _ = add(1, "d")(ctx, tx); return nil }, // it hides that its statement failed
			add(6, "f"),
		)
		want := []func(error) bool{
			isNil, func(err error) bool { return errors.Is(err, errRefused) }, code("store.panicked"), store.IsUnique, store.IsUnique, isNil,
		}
		for i, err := range outcomes {
			if !want[i](err) {
				t.Errorf("function %d: %v", i+1, err)
			}
		}
		if diff := cmp.Diff([]int{1, 6}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
		if n := db.Stats().Batches - before; n != 2 { // the one that held the writer up, and this one
			t.Errorf("%d transactions, want 2", n)
		}
	})
}

// What one function of a batch did is seen by the next, and is gone for it where the first one failed.
func TestFunctionsSeeThoseBeforeThem(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		var seen []int
		see := func(ctx context.Context, tx *store.Tx) error {
			var n int
			err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM probe").Scan(&n)
			seen = append(seen, n)
			return err
		}
		together(t, db, add(1, "a"), see, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(add(2, "b")(ctx, tx), errRefused)
		}, see)
		if !slices.Equal(seen, []int{1, 1}) {
			t.Errorf("saw %v", seen)
		}
	})
}

func TestManyCallersAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
					if err := add(i, "")(ctx, tx); i%3 == 0 || err != nil {
						return errors.Join(err, errRefused)
					}
					_, err := tx.Exec(ctx, "UPDATE probe SET name = $2 WHERE id = $1", i, "n"+strings.Repeat("x", i))
					return err
				})
				if (i%3 == 0) != errors.Is(err, errRefused) {
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := len(ids(t, db)); n != 200 {
			t.Errorf("%d rows, want 200", n)
		}
		if s := db.Stats(); s.LargestBatch < 2 || s.Queued != 0 || s.LastCommit <= 0 {
			t.Errorf("nothing was gathered: %+v", s)
		}
	})
}

// A function that ends its goroutine, as a test's FailNow does, fails alone; the writer lives on.
func TestAFunctionThatEndsItsGoroutineFailsAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		outcomes := together(t, db, add(1, "a"), func(context.Context, *store.Tx) error { runtime.Goexit(); return nil }, add(3, "c"))
		if !isNil(outcomes[0]) || !code("store.panicked")(outcomes[1]) || !isNil(outcomes[2]) {
			t.Error(outcomes)
		}
		write(t, db, add(4, "d"))
		if diff := cmp.Diff([]int{1, 3, 4}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACallerThatGoesWhileItsFunctionWaitsIsDropped(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		ctx, cancel := context.WithCancel(context.Background())
		release := hold(t, db)
		done := make(chan error)
		go func() { done <- db.Write(ctx, add(1, "a")) }()
		queued(db, 1)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		release()
		write(t, db, add(2, "b"))
		if diff := cmp.Diff([]int{2}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
		if err := db.Write(ctx, add(3, "c")); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that had gone before: %v", err)
		}
	})
}

// A caller whose context ends while its function runs gets the real outcome, and if that takes too long the admission
// that it is not known.
func TestACallerThatGoesWhileItsFunctionRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grace time.Duration
		want  func(error) bool
	}{
		"outcome in time": {time.Hour, isNil},
		"outcome unknown": {time.Nanosecond, code("store.outcome_unknown")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, store.Options{DSN: storetest.SQLiteDSN(t), Grace: c.grace})
			table(t, db)
			ctx, cancel := context.WithCancel(context.Background())
			gate, done := make(chan struct{}), make(chan error, 1)
			go func() {
				done <- db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					cancel()
					<-gate
					return add(1, "a")(ctx, tx)
				})
			}()
			if c.grace == time.Hour {
				close(gate)
			}
			if err := <-done; !c.want(err) {
				t.Error(err)
			}
			if c.grace != time.Hour {
				close(gate)
			}
			write(t, db, add(2, "b"))
			if diff := cmp.Diff([]int{1, 2}, ids(t, db)); diff != "" {
				t.Errorf("the change itself stands: %s", diff)
			}
		})
	}
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	err := db.Write(context.Background(), func(ctx context.Context, _ *store.Tx) error {
		return db.Write(ctx, func(context.Context, *store.Tx) error { return nil })
	})
	if errs.CodeOf(err) != "store.nested" {
		t.Error(err)
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	t.Parallel()
	for name, dsn := range dsns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dsn(t)
			db, err := store.Open(context.Background(), store.Options{DSN: address})
			if err != nil {
				t.Fatal(err)
			}
			table(t, db)
			release := hold(t, db)
			var wg sync.WaitGroup
			for i := range 5 {
				wg.Go(func() {
					if err := db.Write(context.Background(), add(i, strings.Repeat("x", i))); err != nil {
						t.Error(err)
					}
				})
			}
			queued(db, 5)
			closed := make(chan error, 1)
			go func() { closed <- db.Close() }()
			release()
			wg.Wait()
			if err := <-closed; err != nil {
				t.Error(err)
			}
			if err := db.Write(context.Background(), add(9, "late")); errs.CodeOf(err) != "store.closed" {
				t.Error(err)
			}
			if n := len(ids(t, storetest.Open(t, store.Options{DSN: address}))); n != 5 {
				t.Errorf("%d rows, want 5", n)
			}
		})
	}
}

var dsns = map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDSN, "postgres": storetest.PostgresDSN}

func isNil(err error) bool { return err == nil }

func code(want string) func(error) bool {
	return func(err error) bool { return errs.CodeOf(err) == want }
}

// Not parallel: it counts goroutines.
func TestCloseLeavesNoGoroutineBehind(t *testing.T) {
	for name, dsn := range dsns {
		address := dsn(t)
		before := goleak.IgnoreCurrent()
		db, err := store.Open(context.Background(), store.Options{DSN: address})
		if err != nil {
			t.Fatal(err)
		}
		table(t, db)
		write(t, db, add(1, name))
		ids(t, db)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	}
}
