package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bellwether/internal/errs"
)

// unread says of a read that failed for want of the database or of space what the writer says of a write: that the store is
// unavailable, not that the program is wrong. Any other error stays as it is.
func unread(err error) error {
	var ours *errs.Error
	switch {
	case err == nil || errors.As(err, &ours):
		return err
	case isFull(err):
		return errs.New(errs.Unavailable, "store.full", "the disk is full: the database cannot be read").Try("free some space").Because(err)
	case isCutOff(err):
		return errs.New(errs.Unavailable, "store.unreachable", "the database cannot be reached").Because(err)
	}
	return err
}

// diskFull is the refusal to open a database on a full disk.
func diskFull(path string, err error) error {
	return errs.New(errs.Unavailable, "store.full", "the disk is full: the database cannot be opened").At(path).Try("free some space").Because(err)
}

// isFull reports whether there was no space for a file of SQLite's, its shared memory included.
func isFull(err error) bool {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return errors.Is(err, syscall.ENOSPC)
	}
	return lite.Code() == sqlite3.SQLITE_IOERR_SHMSIZE || lite.Code()&0xff == sqlite3.SQLITE_FULL
}

// isCutOff reports whether a connection to the server was lost, refused or could not be made.
func isCutOff(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "57P05", "53300":
			return true
		}
		return strings.HasPrefix(pg.Code, "08")
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	for _, lost := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err)
}
