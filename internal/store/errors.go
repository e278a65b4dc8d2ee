package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bellwether/internal/errs"
)

// verdict is what an error means for the transaction it happened in.
type verdict uint8

const (
	// harmless errors are the statement's own: a constraint, a syntax error, a cancelled query.
	harmless verdict = iota
	// again: the engine gave up to let another transaction through; the same functions may succeed when run again.
	again
	// starved: out of space, memory or files; the transaction did not happen.
	starved
	// lost: the connection is gone. Before the commit the transaction did not happen, during the commit nobody knows.
	lost
	// broken: the disk failed under us. What a failed fsync left behind cannot be known, so nothing more is acknowledged.
	broken
)

// IsUnique reports whether err is the violation of a primary key or unique index, on either engine.
func IsUnique(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY ||
			lite.Code() == sqlite3.SQLITE_CONSTRAINT_ROWID
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == uniqueViolation
}

// isMeeting reports whether a function failed on a unique key that another node may have stored since the function looked.
// On SQLite nobody else writes. An error of the function's own means that it knows of the key; one that is
// errs.Unavailable asks to be tried again.
func isMeeting(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != uniqueViolation {
		return false
	}
	kind := errs.KindOf(err)
	return kind == errs.Internal || kind == errs.Unavailable
}

const uniqueViolation = "23505"

func closedError() error {
	return errs.New(errs.Unavailable, "store.closed", "the store is closed")
}

func outcomeUnknown(cause error) error {
	return errs.New(errs.Unavailable, "store.outcome_unknown", "it is not known whether the change was stored").
		Try("repeat the request with the same idempotency key").Because(cause)
}

func writeFailed(cause error) error {
	return errs.New(errs.Unavailable, "store.write_failed", "the disk failed: nothing is stored any more").
		Try("check the disk, then restart: the store is verified when it is opened").Because(cause)
}
