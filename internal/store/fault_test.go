package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A caller that is cancelled in the middle of its function harms neither the others nor, as it has begun, itself.
func TestACancelledCallerHarmsNoOtherInItsBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		ctx, cancel := context.WithCancel(context.Background())
		outcomes := queueUp(t, db,
			call{context.Background(), add(1, "a")},
			call{ctx, func(_ context.Context, tx *store.Tx) error {
				cancel()
				return errors.Join(add(2, "b")(ctx, tx), add(3, "c")(ctx, tx))
			}},
			call{context.Background(), add(4, "d")})
		if err := errors.Join(outcomes...); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]int{1, 2, 3, 4}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

// The twin of the test above: a group commit that lets a caller's context reach SQL loses what others were told is stored,
// and on SQLite stores what comes after by itself.
func TestANaiveGroupCommitLosesWritesOnCancel(t *testing.T) {
	t.Parallel()
	endless := map[string]string{
		"sqlite":   "INSERT INTO probe WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n) SELECT i, 'n' || i FROM n",
		"postgres": "INSERT INTO probe SELECT 100, 'n' FROM pg_sleep(3600)",
	}
	for name, dsn := range dsns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dsn(t)
			driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[name]
			pool, err := sql.Open(driver, strings.TrimPrefix(address, "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = pool.Close() }()
			conn, err := pool.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			exec := func(ctx context.Context, text string) error {
				_, err := conn.ExecContext(ctx, text)
				return err
			}
			ctx := context.Background()
			must(t, exec(ctx, "CREATE TABLE probe (id BIGINT PRIMARY KEY, name TEXT UNIQUE)"), exec(ctx, "BEGIN"),
				exec(ctx, "SAVEPOINT f"), exec(ctx, "INSERT INTO probe VALUES (1, 'a')"), exec(ctx, "RELEASE f"), exec(ctx, "SAVEPOINT f"))
			expiring, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			if err := exec(expiring, endless[name]); err == nil {
				t.Fatal("the caller was not cancelled")
			}
			_ = exec(ctx, "ROLLBACK TO f")
			_, _ = exec(ctx, "INSERT INTO probe VALUES (3, 'c')"), exec(ctx, "COMMIT")
			_ = conn.Close()
			left := ids(t, storetest.Open(t, store.Options{DSN: address}))
			if want := map[string][]int{"sqlite": {3}, "postgres": {}}[name]; !cmp.Equal(want, left) {
				t.Errorf("the naive way kept %v, want %v: the test above shows nothing any more", left, want)
			}
		})
	}
}

func must(t *testing.T, errors ...error) {
	t.Helper()
	for _, err := range errors {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// raise makes PostgreSQL fail with a code; SQLite has other ways.
func raise(sqlstate string) function {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '"+sqlstate+"'; END $$")
		return err
	}
}

// A function that fills the disk fails alone, though SQLite undoes the whole transaction, and when there is space again
// all is well.
func TestAFullDiskFailsOnlyThoseWhoNeedTheSpace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		fill := raise("53100")
		if db.Dialect() == store.SQLite {
			fill = add(2, strings.Repeat("x", 1<<20))
			pages(t, db, 150)
		}
		outcomes := together(t, db, add(1, "a"), fill, add(3, "c"))
		if outcomes[0] != nil || errs.CodeOf(outcomes[1]) != "store.full" || outcomes[2] != nil {
			t.Error(outcomes)
		}
		if diff := cmp.Diff([]int{1, 3}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
		if db.Dialect() == store.SQLite {
			pages(t, db, 1<<30)
			write(t, db, fill)
		}
		must(t, db.Health(context.Background()))
	})
}

// pages bounds the size of a SQLite file.
func pages(t *testing.T, db *store.DB, n int) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, "PRAGMA max_page_count = "+strconv.Itoa(n)).Scan(new(int))
	})
}

// A commit that fails for one function's sake fails that one alone.
func TestAFailedCommitFailsOnlyTheOneToBlame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "CREATE TABLE child (id BIGINT PRIMARY KEY REFERENCES probe (id) DEFERRABLE INITIALLY DEFERRED)")
			return err
		})
		orphan := func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(add(2, "b")(ctx, tx), tx.Insert(ctx, "child", []string{"id"}, [][]any{{99}}))
		}
		outcomes := together(t, db, add(1, "a"), orphan, add(3, "c"))
		if outcomes[0] != nil || outcomes[1] == nil || outcomes[2] != nil {
			t.Error(outcomes)
		}
		if diff := cmp.Diff([]int{1, 3}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
		if err := db.Write(context.Background(), orphan); err == nil {
			t.Error("alone it was taken")
		}
	})
}

// What the database undoes in favour of another transaction is run again, with everything that was in the batch.
func TestASerializationFailureIsRunAgain(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t)
	table(t, db)
	for _, sqlstate := range []string{"40001", "40P01"} {
		runs := 0
		write(t, db, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, "DELETE FROM probe"); return err })
		outcomes := together(t, db, add(1, "a"), func(ctx context.Context, tx *store.Tx) error {
			if runs++; runs < 3 {
				return raise(sqlstate)(ctx, tx)
			}
			return add(2, "b")(ctx, tx)
		})
		if errors.Join(outcomes...) != nil || runs != 3 {
			t.Errorf("%s: %v after %d runs", sqlstate, outcomes, runs)
		}
		if diff := cmp.Diff([]int{1, 2}, ids(t, db)); diff != "" {
			t.Error(diff)
		}
	}
	if err := db.Write(context.Background(), raise("40001")); errs.CodeOf(err) != "store.busy" {
		t.Errorf("one that never succeeds: %v", err)
	}
}

// A function looks for a key in vain, another node stores it, and the function's own row is refused. It runs again, sees the
// key and decides anew; the others of its batch are committed meanwhile.
func TestAKeyThatAnotherNodeStoredIsMet(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	here, there := storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})
	table(t, here)
	runs := 0
	outcomes := together(t, here, add(1, "a"), func(ctx context.Context, tx *store.Tx) error {
		var taken int
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM probe WHERE name = 'b'").Scan(&taken); err != nil || taken > 0 {
			return errors.Join(err, errRefused)
		}
		if runs++; runs == 1 {
			write(t, there, add(2, "b"))
		}
		return add(3, "b")(ctx, tx)
	}, add(4, "d"))
	if outcomes[0] != nil || !errors.Is(outcomes[1], errRefused) || outcomes[2] != nil || runs != 1 {
		t.Errorf("%v after %d looks in vain", outcomes, runs)
	}
	if diff := cmp.Diff([]int{1, 2, 4}, ids(t, here)); diff != "" {
		t.Error(diff)
	}
}

// What a function says of a refused key decides whether it runs again, and a key that stays is given up.
func TestHowOftenAFunctionMeetsAKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		again := map[store.Dialect]int{store.SQLite: 1, store.Postgres: 5}[db.Dialect()]
		for name, c := range map[string]struct {
			says func(err error) error
			runs int
		}{
			"nothing":     {func(err error) error { return err }, again},
			"unavailable": {func(err error) error { return errs.New(errs.Unavailable, "probe.again", "try again").Because(err) }, again},
			"taken":       {func(err error) error { return errs.New(errs.Conflict, "probe.taken", "it is taken").Because(err) }, 1},
		} {
			runs := 0
			err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				runs++
				return c.says(add(2, "a")(ctx, tx))
			})
			if !store.IsUnique(err) || runs != c.runs {
				t.Errorf("%s: %v after %d runs, want %d", name, err, runs, c.runs)
			}
		}
	})
}

// Two nodes that lock rows in opposite order: PostgreSQL ends one of them, and both changes are made.
func TestADeadlockBetweenNodesIsResolved(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	nodes := []*store.DB{storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})}
	table(t, nodes[0])
	write(t, nodes[0], add(0, "a"))
	write(t, nodes[0], add(1, "b"))
	met := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	outcomes := make(chan error, 2)
	for i, db := range nodes {
		runs := 0
		go func() {
			outcomes <- db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				runs++
				if _, err := tx.Exec(ctx, "UPDATE probe SET name = name || 'x' WHERE id = $1", i); err != nil {
					return err
				}
				if runs == 1 {
					close(met[i])
					<-met[1-i]
				}
				_, err := tx.Exec(ctx, "UPDATE probe SET name = name || 'y' WHERE id = $1", 1-i)
				return err
			})
		}()
	}
	must(t, <-outcomes, <-outcomes)
	var length int
	if err := nodes[0].QueryRow(context.Background(), "SELECT SUM(LENGTH(name)) FROM probe").Scan(&length); err != nil || length != 6 {
		t.Errorf("the names have %d letters, want 6: each change once; %v", length, err)
	}
	if nodes[0].Stats().Reruns+nodes[1].Stats().Reruns == 0 {
		t.Error("there was no deadlock: the test shows nothing")
	}
}

func TestAServerWithABrokenDiskIsNotBelievedAnyMore(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t)
	table(t, db)
	outcomes := together(t, db, add(1, "a"), raise("58030"), add(3, "c"))
	for _, err := range append(outcomes, db.Write(context.Background(), add(4, "d")), db.Health(context.Background())) {
		if errs.CodeOf(err) != "store.write_failed" {
			t.Error(err)
		}
	}
	if left := ids(t, db); len(left) != 0 {
		t.Errorf("stored without being acknowledged: %v", left)
	}
}
