package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"bellwether/internal/errs"
)

// Backup writes a copy of the whole database, as it is at one moment, to a new SQLite file; writing goes on meanwhile. Both
// engines give the same kind of file, and both can be restored from it. The file carries digests of its tables, which a
// restore checks. It appears under its name only when it is complete, checked and on the disk. Errors: store.exists, store.bad_path, store.full, store.backup_failed.
func (db *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return errs.New(errs.Conflict, "store.exists", "there is a file already, and a backup overwrites nothing").At(path)
	}
	partial := path + ".partial"
	removeDatabase(partial)
	defer removeDatabase(partial)
	if err := mayWrite(partial); err != nil {
		return err
	}
	err := db.engine.copyTo(ctx, db, partial)
	if err == nil {
		err = seal(ctx, partial)
	}
	if err == nil {
		err = verifyFile(ctx, partial, path, db.options.Schema)
	}
	if err == nil {
		err = publish(partial, path)
	}
	if err != nil {
		return errs.New(errs.Unavailable, "store.backup_failed", "the backup could not be made").At(path).Because(err)
	}
	return nil
}

func (e *sqliteEngine) copyTo(ctx context.Context, _ *DB, path string) error {
	pool, err := e.pool(1)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, pool.Close())
}

func (e *postgresEngine) copyTo(ctx context.Context, db *DB, path string) (err error) {
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	file, err := Open(ctx, Options{DSN: "sqlite:" + path, Schema: db.options.Schema, Scratch: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.migrate(ctx, func(step migration) bool { return applied[step.version] != "" }); err != nil {
		return err
	}
	tables, err := file.tables(ctx)
	if err != nil {
		return err
	}
	return db.Snapshot(ctx, func(ctx context.Context, from Querier) error { return copyTables(ctx, tables, from, file) })
}

// mayWrite refuses a new file that cannot be made where its name says, which is mostly a folder that is not there.
func mayWrite(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		return errors.Join(file.Close(), os.Remove(path))
	}
	if isFull(err) {
		return errs.New(errs.Unavailable, "store.full", "the disk is full: the backup cannot be written").At(path).Try("free some space").Because(err)
	}
	reason := err
	if where := new(os.PathError); errors.As(err, &where) {
		reason = where.Err
	}
	return errs.New(errs.Invalid, "store.bad_path", "the backup cannot be written to this folder (%v)", reason).At(filepath.Dir(path)).
		Try("make the folder, or name one that may be written to")
}

// verifyFile checks that a backup's file, called name in errors, is sound, holds what was written to it, and has a schema
// that this program knows.
func verifyFile(ctx context.Context, path, name string, schema Schema) error {
	pool, err := (&sqliteEngine{path: path}).immutable()
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	var result string
	if err := pool.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		return unreadable(ctx, name, err)
	}
	if result != "ok" {
		return damaged(name, result)
	}
	if err := checkDigests(ctx, pool, name); err != nil {
		return err
	}
	_, err = (&DB{options: Options{Schema: schema}, engine: &sqliteEngine{path: path}, readers: pool}).Pending(ctx)
	return err
}

// immutable opens a file that nobody changes, without locks and without files beside it.
func (e *sqliteEngine) immutable() (*sql.DB, error) {
	return openSQLite(e.source("query_only(1)")+"&immutable=1&mode=ro", 1)
}

// publish makes a finished file durable and gives it its name.
func publish(partial, path string) error {
	if err := syncPath(partial); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func removeDatabase(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
		_ = os.Remove(path + suffix)
	}
}
