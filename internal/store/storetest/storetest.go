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

// SQLiteDSN gives the address of a migrated, empty SQLite database that nobody has open.
func SQLiteDSN(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "core.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteTemplate migrates one database a process; tests get copies of the file.
var sqliteTemplate = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "bellwether-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "core.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DSN: dsn})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}
