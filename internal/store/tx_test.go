package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// PostgreSQL takes no statement after one that failed, and on SQLite it is the same.
func TestATransactionTakesNothingAfterAFailedStatement(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_ = add(1, "b")(ctx, tx)
			if err := tx.QueryRow(ctx, "SELECT 1").Scan(new(int)); errs.CodeOf(err) != "store.tx_failed" || !store.IsUnique(err) {
				t.Errorf("a row: %v", err)
			}
			return add(2, "c")(ctx, tx)
		})
		if errs.CodeOf(err) != "store.tx_failed" || !store.IsUnique(err) {
			t.Error(err)
		}
		if diff := cmp.Diff([]int{1}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTryUndoesWhatFailsAndGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		outcomes := together(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := add(1, "a")(ctx, tx); err != nil {
				return err
			}
			if err := tx.Try(ctx, add(2, "a")); !store.IsUnique(err) {
				t.Errorf("a name twice: %v", err)
			}
			err := tx.Try(ctx, func(ctx context.Context, tx *store.Tx) error {
				if err := tx.Try(ctx, add(3, "c")); err != nil {
					return err
				}
				return errors.Join(tx.Try(ctx, add(4, "d")), errRefused)
			})
			if !errors.Is(err, errRefused) {
				t.Error(err)
			}
			return tx.Try(ctx, add(5, "e"))
		}, add(6, "f"))
		if outcomes[0] != nil || outcomes[1] != nil {
			t.Error(outcomes)
		}
		if diff := cmp.Diff([]int{1, 5, 6}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRowsAreClosedBeforeTheNextStatement(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		write(t, db, add(2, "b"))
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.Query(ctx, "SELECT id FROM probe")
			if err != nil || !rows.Next() {
				t.Error("no rows", err)
			}
			return add(3, "c")(ctx, tx)
		})
		if errs.CodeOf(err) != "store.rows_open" {
			t.Error(err)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { // left open: closed for it
			_, err := tx.Query(ctx, "SELECT id FROM probe")
			return err
		})
		write(t, db, add(4, "d"))
	})
}

// An error that only the rows know of undoes the function too.
func TestAnErrorWhileReadingIsNotOverlooked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		text := map[store.Dialect]string{
			store.SQLite:   "SELECT CASE id WHEN 1 THEN abs(-9223372036854775808) ELSE id END FROM (SELECT 0 AS id UNION ALL SELECT 1)",
			store.Postgres: "SELECT 1 / (1000 - n) FROM generate_series(1, 1000) AS n",
		}[db.Dialect()]
		outcomes := together(t, db, add(2, "b"), func(ctx context.Context, tx *store.Tx) error {
			if err := add(3, "c")(ctx, tx); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, text)
			if err != nil {
				t.Errorf("it fails too early: %v", err)
				return err
			}
			for rows.Next() {
			}
			return nil // without a look at rows.Err()
		}, add(4, "d"))
		if outcomes[0] != nil || outcomes[1] == nil || outcomes[2] != nil {
			t.Error(outcomes)
		}
		if diff := cmp.Diff([]int{1, 2, 4}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATransactionIsOverWhenItsFunctionReturns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		var kept *store.Tx
		write(t, db, func(_ context.Context, tx *store.Tx) error { kept = tx; return nil })
		if err := add(1, "a")(context.Background(), kept); errs.CodeOf(err) != "store.tx_over" {
			t.Error(err)
		}
	})
}

func TestAFunctionCannotEndTheTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		for _, text := range []string{"COMMIT", " rollback ", "Release savepoint f", "END;", "begin immediate"} {
			outcomes := together(t, db, add(1, "a"), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, text)
				return err
			}, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, "DELETE FROM probe")
				return err
			})
			if outcomes[0] != nil || errs.CodeOf(outcomes[1]) != "store.tx_control" || outcomes[2] != nil {
				t.Errorf("%s: %v", text, outcomes)
			}
		}
	})
}

// Booleans are 0 and 1, bytes and named strings are text, and an instant is refused, on both engines alike.
func TestArgumentsAreStoredAlike(t *testing.T) {
	t.Parallel()
	type name string
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, "CREATE TABLE mixed (a INTEGER, b TEXT, c TEXT, d BIGINT, e TEXT)"); err != nil {
				return err
			}
			columns := []string{"a", "b", "c", "d", "e"}
			row := []any{true, []byte(`{"x":1}`), name("demo"), int64(-1 << 63), nil}
			if _, err := tx.Exec(ctx, "INSERT INTO mixed (a,b,c,d,e) VALUES ($1,$2,$3,$4,$5)", row...); err != nil {
				return err
			}
			return errors.Join(tx.Insert(ctx, "mixed", columns, [][]any{row}), tx.Insert(ctx, "mixed", columns, slices.Repeat([][]any{row}, 40)))
		})
		var n int
		if err := db.QueryRow(context.Background(), `SELECT COUNT(*) FROM mixed WHERE a = 1 AND b = '{"x":1}' AND c = $1 AND d = $2 AND e IS NULL`,
			name("demo"), int64(-1<<63)).Scan(&n); err != nil || n != 42 {
			t.Errorf("%d rows are as they should be, want 42; %v", n, err)
		}
		for _, n := range []int{1, 40} {
			err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Insert(ctx, "mixed", []string{"d"}, slices.Repeat([][]any{{time.Now()}}, n))
			})
			if err == nil || !strings.Contains(err.Error(), "UnixMicro") {
				t.Errorf("%d instants: %v", n, err)
			}
		}
	})
}

func TestInsertOfManyRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		for _, n := range []int{0, 1, 3, 64, 64 + 16 + 4 + 1, 500} {
			rows := make([][]any, n)
			want := []int{}
			for i := range rows {
				rows[i] = []any{i, strings.Repeat("n", i)}
				want = append(want, i)
			}
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, "DELETE FROM probe"); err != nil {
					return err
				}
				return tx.Insert(ctx, "probe", []string{"id", "name"}, rows)
			})
			if diff := cmp.Diff(want, ids(t, db)); diff != "" {
				t.Errorf("%d rows: %s", n, diff)
			}
		}
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return tx.Insert(ctx, "probe", []string{"id", "name"}, [][]any{{1000, "x"}, {1001}})
		})
		if err == nil || len(ids(t, db)) != 500 {
			t.Errorf("a row that is too short: %v", err)
		}
	})
}

// Among many rows, too, one that breaks a constraint or does not fit its column undoes all of them and nothing else.
func TestInsertOfManyRowsOneOfThemBad(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1000, "there"))
		for _, bad := range [][]any{{7, "twice"}, {1001, "there"}, {1002, time.Now()}} {
			rows := [][]any{}
			for i := range 100 {
				rows = append(rows, []any{i, "n" + strings.Repeat("n", i)})
			}
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				err := tx.Try(ctx, func(ctx context.Context, tx *store.Tx) error {
					return tx.Insert(ctx, "probe", []string{"id", "name"}, append(rows, bad))
				})
				if err == nil || store.IsUnique(err) != (bad[0] != 1002) {
					t.Errorf("%v: %v", bad, err)
				}
				return nil
			})
			if diff := cmp.Diff([]int{1000}, ids(t, db)); diff != "" {
				t.Errorf("%v: %s", bad, diff)
			}
		}
	})
}

func TestNowNeverGoesBack(t *testing.T) {
	t.Parallel()
	now := time.UnixMicro(1_700_000_000_000_000).UTC()
	db := storetest.Open(t, store.Options{DSN: storetest.SQLiteDSN(t), Now: func() time.Time { now = now.Add(-time.Hour); return now }})
	var last time.Time
	for range 3 {
		write(t, db, func(_ context.Context, tx *store.Tx) error {
			if !tx.Now().After(last) {
				t.Errorf("%v follows %v", tx.Now(), last)
			}
			last = tx.Now()
			return nil
		})
	}
}
