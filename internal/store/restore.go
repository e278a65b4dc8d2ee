package store

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"bellwether/internal/errs"
)

// Restore puts a backup back, on either engine. It checks the backup first, every row of it, and restores all of it or
// nothing; it refuses a target that holds anything: nothing is overwritten. The restored database has the backup's schema; Migrate brings it up to date. Errors:
// store.missing, store.backup_damaged, store.schema_newer, store.not_empty, store.restore_failed.
func Restore(ctx context.Context, path string, options Options) error {
	engine, err := newEngine(options.withDefaults())
	if err != nil {
		return err
	}
	defer func() { _ = engine.release() }()
	if _, err := os.Stat(path); err != nil {
		return errs.New(errs.NotFound, "store.missing", "there is no such backup").At(path).Because(err)
	}
	if lite, ok := engine.(*sqliteEngine); ok {
		return lite.restore(ctx, path, options.Schema)
	}
	return restoreServer(ctx, path, options)
}

// Check reads a backup of a schema and compares every row with its digests: nil where Restore would take it. Errors:
// store.missing, store.backup_damaged, store.schema_newer, store.migration_changed.
func Check(ctx context.Context, path string, schema Schema) error {
	if _, err := os.Stat(path); err != nil {
		return errs.New(errs.NotFound, "store.missing", "there is no such backup").At(path).Because(err)
	}
	return verifyFile(ctx, path, path, schema)
}

func notEmpty(where string) error {
	return errs.New(errs.Conflict, "store.not_empty", "there is a database already, and a restore overwrites nothing").At(where).
		Try("move it away first")
}

func restoreFailed(where string, cause error) error {
	return errs.New(errs.Unavailable, "store.restore_failed", "the backup could not be restored").At(where).Because(cause)
}

// restore copies the file to its place.
func (e *sqliteEngine) restore(ctx context.Context, backup string, schema Schema) error {
	for _, suffix := range []string{"", "-wal"} { // a log left behind would be applied to the restored file
		if info, err := os.Stat(e.path + suffix); err == nil && info.Size() > 0 {
			return notEmpty(e.path + suffix)
		}
	}
	partial := e.path + ".partial"
	defer removeDatabase(partial)
	if err := copySound(ctx, backup, partial, schema); err != nil {
		return err
	}
	if err := publish(partial, e.path); err != nil {
		return restoreFailed(e.path, err)
	}
	return nil
}

// copySound copies a backup to a file that can be used as a database. It checks the copy: what is used is what was checked.
func copySound(ctx context.Context, backup, path string, schema Schema) error {
	if err := copyFile(backup, path); err != nil {
		return restoreFailed(path, err)
	}
	if err := verifyFile(ctx, path, backup, schema); err != nil {
		return err
	}
	if err := unseal(ctx, path); err != nil {
		return restoreFailed(path, err)
	}
	return nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// restoreServer copies a backup's rows to a server, in one transaction. An older backup is brought up to date on the way,
// in a copy of its own.
func restoreServer(ctx context.Context, backup string, options Options) (err error) {
	folder, err := os.MkdirTemp("", "bellwether-restore-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	copied := filepath.Join(folder, "core.db")
	if err := copySound(ctx, backup, copied, options.Schema); err != nil {
		return err
	}
	file, err := Open(ctx, Options{DSN: "sqlite:" + copied, Schema: options.Schema, Scratch: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	server, err := Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := file.Migrate(ctx); err != nil {
		return err
	}
	tables, err := file.tables(ctx)
	if err != nil {
		return err
	}
	if err := refuseRows(ctx, tables, server); err != nil {
		return err
	}
	if err := server.Migrate(ctx); err != nil {
		return err
	}
	return copyTables(ctx, tables, file, server)
}

func refuseRows(ctx context.Context, tables []table, db *DB) error {
	for _, t := range tables {
		if there, err := db.hasTable(ctx, t.name); err != nil {
			return err
		} else if !there {
			continue
		}
		var any bool
		if err := db.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.name+")").Scan(&any); err != nil {
			return err
		}
		if any {
			return notEmpty("table " + t.name)
		}
	}
	return nil
}
