package store_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Reads from a server that is cut off are refused as writes are, however they are made, and work again when it is back.
func TestReadsFromAServerThatIsAway(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	db := storetest.Open(t, store.Options{DSN: cluster.DSN("postgres")})
	table(t, db)
	write(t, db, add(1, "a"))
	ctx := context.Background()
	count := func(ctx context.Context, q store.Querier) error {
		var n int
		return q.QueryRow(ctx, "SELECT COUNT(*) FROM probe").Scan(&n)
	}
	reads := map[string]func() error{
		"rows": func() error {
			rows, err := db.Query(ctx, "SELECT id FROM probe")
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			_ = rows.Next()
			return rows.Err()
		},
		"a row":      func() error { return count(ctx, db) },
		"a snapshot": func() error { return db.Snapshot(ctx, count) },
		"inside a snapshot": func() error {
			return db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
				_ = cluster.Kill()
				return count(ctx, q)
			})
		},
	}
	kill := sync.OnceFunc(func() { _ = cluster.Kill() })
	midway := func() error {
		return store.EachRow(ctx, db, "SELECT * FROM generate_series(1, 1000000)", nil, func(*sql.Rows) error { kill(); return nil })
	}
	all := func(want string) {
		t.Helper()
		for name, read := range reads {
			if err := read(); want == "" && err != nil || want != "" && (errs.CodeOf(err) != want || errs.KindOf(err) != errs.Unavailable) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	inside := reads["inside a snapshot"]
	delete(reads, "inside a snapshot")
	all("")
	if err := inside(); errs.CodeOf(err) != "store.unreachable" {
		t.Errorf("inside a snapshot: %v", err)
	}
	all("store.unreachable")
	must(t, cluster.Start())
	all("")
	if err := midway(); errs.CodeOf(err) != "store.unreachable" {
		t.Errorf("while rows are read: %v", err)
	}
}

// A database that cannot be opened because the disk is full says so, whatever file of SQLite's it is that has no space.
func TestOpeningOnAFullDisk(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=100k", "none", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here (%v: %.200s): run as root", err, out)
	}
	t.Cleanup(func() { must(t, exec.Command("umount", folder).Run()) })
	for _, pages := range []int{0, 1, 2, 4, 8} {
		must(t, fill(folder, pages))
		db, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + filepath.Join(folder, "core.db")})
		if errs.CodeOf(err) != "store.full" || errs.KindOf(err) != errs.Unavailable {
			t.Errorf("with %d pages left: %v", pages, err)
		}
		if err == nil {
			must(t, db.Close())
		}
	}
}

// fill empties a small file system and fills it but for a few pages.
func fill(folder string, pages int) error {
	old, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	const page = 4096
	room, ballast := filepath.Join(folder, "room"), make([]byte, page)
	if err := os.WriteFile(room, make([]byte, pages*page), 0o600); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, "ballast"))
	if err != nil {
		return err
	}
	for err == nil {
		_, err = file.Write(ballast)
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Remove(room)
}
