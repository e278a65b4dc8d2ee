package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// empty gives the address of a database that a backup can be restored to.
var empty = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "core.db") },
	"postgres": storetest.EmptyPostgresDSN,
}

// keep stores an answer in a table of the schema.
func keep(key int, answer any) function {
	return func(ctx context.Context, tx *store.Tx) error {
		return tx.Insert(ctx, "idem_key", []string{"scope", "key", "request_hash", "status", "answer", "at"},
			[][]any{{"test", fmt.Sprint(key), "h", 200, answer, int64(key) << 40}})
	}
}

func kept(t *testing.T, db *store.DB) []string {
	t.Helper()
	rows, err := db.Query(context.Background(), "SELECT key, answer, at FROM idem_key ORDER BY at")
	must(t, err)
	defer func() { _ = rows.Close() }()
	found := []string{}
	for rows.Next() {
		var key, answer string
		var at int64
		must(t, rows.Scan(&key, &answer, &at))
		found = append(found, fmt.Sprintf("%s %q %d", key, answer, at))
	}
	must(t, rows.Err())
	return found
}

// A backup of either engine can be restored on either engine, and everything is there.
func TestABackupIsRestoredOnEitherEngine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for i, answer := range []string{"", "it's $1 \"quoted\"", "за\nпис", strings.Repeat("long ", 5000)} {
			write(t, db, keep(i, answer))
		}
		path := filepath.Join(t.TempDir(), "backup.db")
		must(t, db.Backup(ctx, path))
		want := kept(t, db)
		write(t, db, keep(99, "after the backup"))
		for name, dsn := range empty {
			address := dsn(t)
			must(t, store.Restore(ctx, path, store.Options{DSN: address}))
			restored := storetest.Open(t, store.Options{DSN: address})
			if pending, err := restored.Pending(ctx); pending != 0 || err != nil {
				t.Errorf("%s: %d steps pending, %v", name, pending, err)
			}
			if diff := cmp.Diff(want, kept(t, restored)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			write(t, restored, keep(100, "goes on"))
			must(t, restored.Close())
			if err := store.Restore(ctx, path, store.Options{DSN: address}); errs.CodeOf(err) != "store.not_empty" {
				t.Errorf("%s: restored over what is there: %v", name, err)
			}
		}
		if err := db.Backup(ctx, path); errs.CodeOf(err) != "store.exists" {
			t.Errorf("written over another backup: %v", err)
		}
		files, err := os.ReadDir(filepath.Dir(path))
		if must(t, err); len(files) != 1 {
			t.Errorf("left behind: %v", files)
		}
	})
}

// A backup is one moment, though writing goes on: of rows that are written together into two tables it never has one
// without the other.
func TestABackupIsConsistentWhileWritingGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := worker; ctx.Err() == nil; i += 4 {
					_ = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.Exec(ctx, `INSERT INTO event_cursor (subscriber, position, owner, lease_until, attempts, retry_at, error)
							VALUES ($1, 0, '', 0, 0, 0, '')`, fmt.Sprint(i))
						return errors.Join(err, keep(i, "x")(ctx, tx))
					})
				}
			})
		}
		for range 5 {
			path := filepath.Join(t.TempDir(), "backup.db")
			must(t, db.Backup(context.Background(), path))
			restored := filepath.Join(t.TempDir(), "core.db")
			must(t, store.Restore(context.Background(), path, store.Options{DSN: "sqlite:" + restored}))
			var first, second int
			must(t, storetest.Open(t, store.Options{DSN: "sqlite:" + restored}).QueryRow(context.Background(),
				"SELECT (SELECT COUNT(*) FROM event_cursor), (SELECT COUNT(*) FROM idem_key)").Scan(&first, &second))
			if first != second {
				t.Errorf("%d rows in one table, %d in the other", first, second)
			}
		}
		stop()
		wg.Wait()
	})
}

func TestABackupThatIsDamagedOrNewerIsNotRestored(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	backup := func(t *testing.T, change string) string {
		db := storetest.SQLite(t)
		for i := range 200 {
			write(t, db, keep(i, strings.Repeat("x", 100)))
		}
		path := filepath.Join(t.TempDir(), "backup.db")
		must(t, db.Backup(ctx, path))
		if change == "" {
			return path
		}
		changed := storetest.Open(t, store.Options{DSN: "sqlite:" + path})
		write(t, changed, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, change); return err })
		must(t, changed.Close())
		return path
	}
	for name, c := range map[string]struct {
		path func(t *testing.T) string
		want string
	}{
		"missing": {func(t *testing.T) string { return filepath.Join(t.TempDir(), "nothing.db") }, "store.missing"},
		"newer": {func(t *testing.T) string {
			path := backup(t, "INSERT INTO schema_migration (version, name, checksum, at) VALUES (9999, 'x', 'x', 0)")
			must(t, store.Seal(ctx, path))
			return path
		}, "store.schema_newer"},
		"one cell changed": {func(t *testing.T) string {
			return backup(t, "UPDATE idem_key SET answer = 'y' WHERE key = '7'")
		}, "store.backup_damaged"},
		"without digests": {func(t *testing.T) string {
			return backup(t, "DROP TABLE store_digest")
		}, "store.backup_damaged"},
		"damaged": {func(t *testing.T) string {
			path := backup(t, "")
			content, err := os.ReadFile(path)
			must(t, err)
			copy(content[len(content)-3*4096:], make([]byte, 2*4096))
			must(t, os.WriteFile(path, content, 0o600))
			return path
		}, "store.backup_damaged"},
		"cut off": {func(t *testing.T) string {
			path := backup(t, "")
			must(t, os.Truncate(path, 10*4096))
			return path
		}, "store.backup_damaged"},
		"not a database": {func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "x")
			must(t, os.WriteFile(path, []byte(strings.Repeat("x", 5000)), 0o600))
			return path
		}, "store.backup_damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := c.path(t)
			for engine, dsn := range empty {
				address := dsn(t)
				if err := store.Restore(ctx, path, store.Options{DSN: address}); errs.CodeOf(err) != c.want {
					t.Errorf("%s: %v", engine, err)
				}
				if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
					if _, err := os.Stat(file); err == nil {
						t.Error("something was restored")
					}
				}
			}
		})
	}
}

func TestABackupThatCannotBeWrittenLeavesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	if err := db.Backup(context.Background(), filepath.Join(t.TempDir(), "no", "such", "folder")); errs.CodeOf(err) != "store.bad_path" || errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}
