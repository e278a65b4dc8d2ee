package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// After an fsync that failed nothing is acknowledged: not the batch it belonged to, nor anything later, also when the disk
// seems to work again. What was acknowledged before is there when the store is opened again.
//
// The disk is made to fail by putting /dev/null in the place of the write-ahead log: it takes every write and refuses fsync.
func TestAfterAFailedFsyncNothingIsAcknowledged(t *testing.T) {
	t.Parallel()
	for name, device := range map[string]string{"fsync fails": "/dev/null", "write fails": "a pipe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, dsn := context.Background(), storetest.SQLiteDSN(t)
			db, err := store.Open(ctx, store.Options{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			table(t, db)
			write(t, db, add(1, "a"))
			restore := replace(t, strings.TrimPrefix(dsn, "sqlite:")+"-wal", device)
			outcomes := together(t, db, add(2, "b"), add(3, "c"))
			restore()
			outcomes = append(outcomes, db.Write(ctx, add(4, "d")), db.Health(ctx))
			for i, err := range outcomes {
				if errs.CodeOf(err) != "store.write_failed" || errs.KindOf(err) != errs.Unavailable {
					t.Errorf("write %d: %v", i+2, err)
				}
			}
			if !db.Stats().Failed {
				t.Error("the figures do not show it")
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			again := storetest.Open(t, store.Options{DSN: dsn})
			write(t, again, add(5, "e"))
			if diff := cmp.Diff([]int{1, 5}, ids(t, again)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// replace puts a device in the place of a file that this process has open, until restore is called.
func replace(t *testing.T, path, device string) (restore func()) {
	t.Helper()
	bad := open(t, device)
	defer func() { _ = bad.Close() }()
	var undo []func()
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range descriptors {
		if target, err := os.Readlink(link); err != nil || target != path {
			continue
		}
		fd, err := strconv.Atoi(filepath.Base(link))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := syscall.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		must(t, syscall.Dup3(int(bad.Fd()), fd, syscall.O_CLOEXEC))
		undo = append(undo, func() { must(t, syscall.Dup3(kept, fd, syscall.O_CLOEXEC), syscall.Close(kept)) })
	}
	if len(undo) == 0 {
		t.Fatalf("%s is not open", path)
	}
	return func() {
		for _, fn := range undo {
			fn()
		}
	}
}

func open(t *testing.T, device string) *os.File {
	t.Helper()
	if device == "a pipe" {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = reader.Close() })
		return writer
	}
	file, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
