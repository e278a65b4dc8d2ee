package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"bellwether/internal/store"
)

// Each runs fn as the parallel subtests "sqlite" and "postgres", each on a database of its own.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// EachEvents is Each on the database of events.
func EachEvents(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachBoth(t, func(t *testing.T, _, events *store.DB) { fn(t, events) })
}

// EachBoth is Each on both databases of an installation.
func EachBoth(t *testing.T, fn func(t *testing.T, core, events *store.DB)) {
	t.Helper()
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": SQLiteDSN, "postgres": PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := store.Options{DSN: dsn(t)}
			fn(t, Open(t, options), Open(t, options.Of(store.Events)))
		})
	}
}

// SQLite gives a migrated, empty SQLite database, closed when the test ends.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Options{DSN: SQLiteDSN(t)})
}

// Postgres gives a migrated, empty PostgreSQL database, closed when the test ends.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Options{DSN: PostgresDSN(t)})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, options store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return db
}

// SQLiteDSN gives the address of a migrated, empty SQLite installation that nobody has open: a file of the core and, beside it,
// one of events.
func SQLiteDSN(t testing.TB) string {
	t.Helper()
	files, err := sqliteTemplates()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "core.db")
	for schema, content := range files {
		if err := os.WriteFile(schema.File(path), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite:" + path
}

// sqliteTemplates migrates one installation a process; tests get copies of its files.
var sqliteTemplates = sync.OnceValues(func() (files map[store.Schema][]byte, err error) {
	folder, err := os.MkdirTemp("", "bellwether-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "core.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	files = map[store.Schema][]byte{}
	for _, schema := range store.Schemas {
		if files[schema], err = os.ReadFile(schema.File(path)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// migrate makes both databases of an installation.
func migrate(dsn string) error {
	for _, schema := range store.Schemas {
		if err := migrateOne(store.Options{DSN: dsn}.Of(schema)); err != nil {
			return err
		}
	}
	return nil
}

func migrateOne(options store.Options) error {
	ctx := context.Background()
	db, err := store.Open(ctx, options)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}
