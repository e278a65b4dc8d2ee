package store_test

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"

	"bellwether/internal/store"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		child(dsn)
		return
	}
	os.Exit(m.Run())
}

// table makes the one table of these tests: probe, whose names are unique.
func table(t *testing.T, db *store.DB) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "CREATE TABLE probe (id BIGINT PRIMARY KEY, name TEXT UNIQUE)")
		return err
	})
}

type function = func(ctx context.Context, tx *store.Tx) error

func write(t *testing.T, db *store.DB, fn function) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// add inserts one row into probe.
func add(id int, name string) function {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO probe (id, name) VALUES ($1, $2)", id, name)
		return err
	}
}

// ids gives the rows of probe.
func ids(t *testing.T, db *store.DB) []int {
	t.Helper()
	rows, err := db.Query(context.Background(), "SELECT id FROM probe ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := []int{}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		found = append(found, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// together has functions run in one batch, in their order, and gives their outcomes: while a first function holds the
// writer up, the others queue.
func together(t *testing.T, db *store.DB, fns ...function) []error {
	t.Helper()
	calls := make([]call, len(fns))
	for i, fn := range fns {
		calls[i] = call{context.Background(), fn}
	}
	return queueUp(t, db, calls...)
}

type call struct {
	ctx context.Context
	fn  function
}

func queueUp(t *testing.T, db *store.DB, calls ...call) []error {
	t.Helper()
	release := hold(t, db)
	outcomes := make([]error, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() { outcomes[i] = db.Write(c.ctx, c.fn) })
		queued(db, i+1)
	}
	release()
	wg.Wait()
	return outcomes
}

// hold keeps the writer busy until the function it gives is called.
func hold(t *testing.T, db *store.DB) (release func()) {
	t.Helper()
	running, gate, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(context.Background(), func(context.Context, *store.Tx) error {
			close(running)
			<-gate
			return nil
		})
	}()
	<-running
	return func() {
		close(gate)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// queued waits until so many functions wait for the writer.
func queued(db *store.DB, n int) {
	for db.Stats().Queued < n {
		runtime.Gosched()
	}
}
