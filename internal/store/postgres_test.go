package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// The server is killed under load and comes back: what was acknowledged is there, what was certainly refused is not, and
// the store goes on by itself.
func TestAKilledServerIsSurvived(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	db := storetest.Open(t, store.Options{DSN: cluster.DSN("postgres")})
	must(t, db.Migrate(context.Background()))
	table(t, db)
	outcomes := make([]error, 4000)
	var next, acknowledged atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(outcomes)); i = next.Add(1) - 1 {
				if outcomes[i] = db.Write(context.Background(), add(int(i), fmt.Sprint(i))); outcomes[i] == nil {
					acknowledged.Add(1)
				}
			}
		})
	}
	for acknowledged.Load() < 1000 {
		runtime.Gosched()
	}
	must(t, cluster.Kill(), cluster.Start())
	wg.Wait()
	there := map[int]bool{}
	for _, id := range ids(t, db) {
		there[id] = true
	}
	for i, err := range outcomes {
		switch {
		case err == nil && !there[i]:
			t.Errorf("%d was acknowledged and is missing", i)
		case err != nil && errs.CodeOf(err) != "store.outcome_unknown" && there[i]:
			t.Errorf("%d was refused and is there: %v", i, err)
		}
	}
	if acknowledged.Load() < 3900 || db.Stats().Reruns == 0 {
		t.Errorf("%d acknowledged, %+v", acknowledged.Load(), db.Stats())
	}
	must(t, db.Health(context.Background()))
}

// A server that stays away is reported, and used again when it is back.
func TestAServerThatIsAwayIsReported(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	db := storetest.Open(t, store.Options{DSN: cluster.DSN("postgres"), Reconnect: 1})
	table(t, db)
	must(t, cluster.Kill())
	ctx := context.Background()
	if err := db.Write(ctx, add(1, "a")); errs.CodeOf(err) != "store.unreachable" || errs.KindOf(err) != errs.Unavailable {
		t.Error(err)
	}
	if _, err := store.Open(ctx, store.Options{DSN: cluster.DSN("postgres")}); errs.CodeOf(err) != "store.unreachable" {
		t.Error(err)
	}
	must(t, cluster.Start())
	write(t, db, add(2, "b"))
	if n := len(ids(t, db)); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// The writer's connection is cut off in the middle of a batch: the batch is run again on a new one.
func TestACutConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t)
	table(t, db)
	runs := 0
	outcomes := together(t, db, add(1, "a"), func(ctx context.Context, tx *store.Tx) error {
		if runs++; runs == 1 {
			_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		}
		return add(2, "b")(ctx, tx)
	}, add(3, "c"))
	if errors.Join(outcomes...) != nil || runs != 2 || len(ids(t, db)) != 3 {
		t.Errorf("%v, %d runs, rows %v", outcomes, runs, ids(t, db))
	}
}
