package store

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteSession follows the transaction through SQLite's hooks: the driver does not tell whether one is open.
type sqliteSession struct {
	open      bool // begun and not seen to end
	mayCommit bool
}

// watch registers the hooks on the driver's connection.
func (s *sqliteSession) watch(driverConn any) error {
	hooks := driverConn.(interface {
		RegisterCommitHook(sqlite.CommitHookFn)
		RegisterRollbackHook(sqlite.RollbackHookFn)
	})
	// A statement that finds its transaction gone would commit by itself. Refused here it is rolled back instead.
	hooks.RegisterCommitHook(func() int32 {
		if s.mayCommit {
			return 0
		}
		return 1
	})
	hooks.RegisterRollbackHook(func() { s.open = false })
	return nil
}

// beginText takes the lock for writing at once, so that no transaction fails halfway for want of it.
func (s *sqliteSession) beginText() string { return "BEGIN IMMEDIATE" }

func (s *sqliteSession) mark(open bool) { s.open = open }

func (s *sqliteSession) committing(allowed bool) { s.mayCommit = allowed }

func (s *sqliteSession) state() txState {
	if s.open {
		return standingTx
	}
	return noTx
}

func (s *sqliteSession) judge(err error) verdict {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return harmless
	}
	if lite.Code() == sqlite3.SQLITE_IOERR_NOMEM {
		return starved
	}
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return again
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN:
		return starved
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY:
		return broken
	default:
		return harmless
	}
}
