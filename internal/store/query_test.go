package store_test

import (
	"context"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestList(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{"": store.List(1, 0), "$1": store.List(1, 1), "$3,$4,$5": store.List(3, 3)} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestASnapshotIsOneMoment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		must(t, db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
			for range 2 {
				var n int
				if err := q.QueryRow(ctx, "SELECT COUNT(*) FROM probe").Scan(&n); err != nil || n != 1 {
					t.Errorf("%d rows, want 1; %v", n, err)
				}
				write(t, db, add(2+len(ids(t, db)), "later"+string(rune('a'+len(ids(t, db))))))
			}
			return nil
		}))
		if n := len(ids(t, db)); n != 3 {
			t.Errorf("%d rows afterwards, want 3", n)
		}
	})
}

// The pool for reading cannot write, whatever it is asked.
func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		rows, err := db.Query(context.Background(), "INSERT INTO probe (id, name) VALUES ($1, $2) RETURNING id", 1, "a")
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
		}
		if err == nil || len(ids(t, db)) != 0 {
			t.Errorf("it wrote: %v", err)
		}
	})
}

// Row locks are for PostgreSQL; the same text runs on SQLite.
func TestRowLocksAreForPostgres(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(7, "$1 is not a placeholder -- here"))
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, lock := range []string{"FOR UPDATE", "FOR UPDATE SKIP LOCKED", "FOR UPDATE\n"} {
				var n int
				if err := tx.QueryRow(ctx, `SELECT id FROM probe /* $9 */ WHERE name LIKE '$1%' AND id IN ($1, $2) AND id <> $3 `+lock, 1, 7, 3).Scan(&n); err != nil || n != 7 {
					t.Errorf("%q: %d, %v", lock, n, err)
				}
			}
			return nil
		})
	})
}

func TestHealthWritesAHeartbeat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for range 2 {
			must(t, db.Health(ctx))
		}
		var beats int
		var at int64
		must(t, db.QueryRow(ctx, "SELECT COUNT(*), MAX(at) FROM store_heartbeat").Scan(&beats, &at))
		if beats != 1 || at == 0 {
			t.Errorf("%d heartbeats, the last at %d", beats, at)
		}
		release := hold(t, db)
		defer release()
		slow, cancel := context.WithCancel(ctx)
		go func() { queued(db, 1); cancel() }()
		if err := db.Health(slow); errs.CodeOf(err) != "store.slow" || errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a writer that does not get through: %v", err)
		}
	})
}
