package store_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestASchemaThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	for name, dsn := range dsns {
		for change, want := range map[string]string{
			"INSERT INTO schema_migration (version, name, checksum, at) VALUES (9999, '9999_tomorrow', 'x', 0)": "store.schema_newer",
			"UPDATE schema_migration SET checksum = 'another' WHERE version = 6":                                "store.migration_changed",
		} {
			t.Run(name+" "+want, func(t *testing.T) {
				t.Parallel()
				ctx, address := context.Background(), dsn(t)
				db, err := store.Open(ctx, store.Options{DSN: address})
				must(t, err)
				write(t, db, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, change); return err })
				if err := db.Migrate(ctx); errs.CodeOf(err) != want {
					t.Errorf("migrate: %v", err)
				}
				must(t, db.Close())
				_, err = store.Open(ctx, store.Options{DSN: address})
				if errs.CodeOf(err) != want {
					t.Errorf("open: %v", err)
				}
				if want == "store.schema_newer" && (errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "9999")) {
					t.Errorf("the error does not say which step: %v", err)
				}
			})
		}
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		table(t, db)
		write(t, db, add(1, "a"))
		must(t, db.Migrate(context.Background()))
		if n, err := db.Pending(context.Background()); n != 0 || err != nil || len(ids(t, db)) != 1 {
			t.Errorf("%d steps pending, %v", n, err)
		}
	})
}

// Nodes that start together on an empty database migrate it once.
func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	dsn := storetest.EmptyPostgresDSN(t)
	var wg sync.WaitGroup
	for range 4 {
		db := storetest.Open(t, store.Options{DSN: dsn})
		wg.Go(func() {
			if err := db.Migrate(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	db := storetest.Open(t, store.Options{DSN: dsn})
	if n, err := db.Pending(context.Background()); n != 0 || err != nil {
		t.Errorf("%d steps pending, %v", n, err)
	}
}

func TestTheAddressIsChecked(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"":                               "store.dsn",
		"sqlite:":                        "store.dsn",
		"mysql://x":                      "store.dsn",
		"postgres://[":                   "store.dsn",
		"sqlite:/nowhere/at/all/core.db": "store.unreachable",
		"postgres:///x?host=/nowhere/at": "store.unreachable",
	} {
		if _, err := store.Open(context.Background(), store.Options{DSN: dsn}); errs.CodeOf(err) != want {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

// A file whose name means something in an address is opened all the same.
func TestAFileMayHaveAnyName(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/a b?c=d#e%20f&g.db"
	db := storetest.Open(t, store.Options{DSN: "sqlite:" + path})
	must(t, db.Migrate(context.Background()))
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// A SQLite file has one owner: a second one is told so, in this process and in another, and may still read.
func TestAFileHasOneOwner(t *testing.T) {
	t.Parallel()
	ctx, dsn := context.Background(), storetest.SQLiteDSN(t)
	db := storetest.Open(t, store.Options{DSN: dsn})
	table(t, db)
	if _, err := store.Open(ctx, store.Options{DSN: dsn}); errs.CodeOf(err) != "store.in_use" {
		t.Errorf("a second owner in this process: %v", err)
	}
	said, err := childCommand(dsn, "open").CombinedOutput()
	if _, ok := err.(*exec.ExitError); !ok || !strings.Contains(string(said), "store.in_use") {
		t.Errorf("a second owner in another process: %v, %s", err, said)
	}
	reader := storetest.Open(t, store.Options{DSN: dsn, ReadOnly: true})
	write(t, db, add(1, "a"))
	if len(ids(t, reader)) != 1 {
		t.Error("the reader does not see what was written")
	}
	if err := reader.Write(ctx, add(2, "b")); errs.CodeOf(err) != "store.read_only" {
		t.Error(err)
	}
	if _, err := store.Open(ctx, store.Options{DSN: dsn + "x", ReadOnly: true}); errs.CodeOf(err) != "store.missing" {
		t.Errorf("reading what is not there: %v", err)
	}
}
