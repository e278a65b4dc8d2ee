package store_test

import (
	"context"
	"database/sql"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// Rows are found by keys of any type of text, however many, inside a transaction, outside and in a snapshot; keys that are
// not there, or there twice, do no harm.
func TestEachKey(t *testing.T) {
	t.Parallel()
	type name string
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			rows := make([][]any, 600)
			for i := range rows {
				rows[i] = []any{i, "n" + strconv.Itoa(i)}
			}
			return tx.Insert(ctx, "probe", []string{"id", "name"}, rows)
		})
		find := func(q store.Querier, lock string, keys ...name) (found []int) {
			must(t, store.EachKey(t.Context(), q, "SELECT id FROM probe WHERE name IN (keys) ORDER BY id"+lock, keys, func(rows *sql.Rows) error {
				var id int
				err := rows.Scan(&id)
				found = append(found, id)
				return err
			}))
			return found
		}
		many := make([]name, 599)
		for i := range many {
			many[i] = name("n" + strconv.Itoa(i))
		}
		check := func(q store.Querier, lock string) {
			if diff := cmp.Diff([]int{3, 7}, find(q, lock, "n7", "none", "n3", "n7", "")); diff != "" {
				t.Error(diff)
			}
			if found := find(q, lock); found != nil {
				t.Errorf("no keys find %v", found)
			}
			if found := find(q, lock, many...); len(found) != len(many) {
				t.Errorf("%d of %d were found", len(found), len(many))
			}
		}
		check(db, "")
		must(t, db.Snapshot(t.Context(), func(_ context.Context, q store.Querier) error { check(q, ""); return nil }))
		write(t, db, func(_ context.Context, tx *store.Tx) error { check(tx, " FOR UPDATE"); return nil })
	})
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
