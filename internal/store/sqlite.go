package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"

	"bellwether/internal/errs"
)

// sqliteEngine is a database in one file, with its write-ahead log beside it.
type sqliteEngine struct {
	path        string
	lock        *fileLock
	synchronous string // "full" makes a commit durable; NORMAL would lose acknowledged ones in a power cut
}

func newSQLite(path string, options Options) (engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	engine := &sqliteEngine{path: path, synchronous: "full"}
	if options.Scratch {
		engine.synchronous = "off"
	}
	if options.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, errs.New(errs.NotFound, "store.missing", "there is no database").At(path).Because(err)
		}
		return engine, nil
	}
	if engine.lock, err = lockFile(path + ".lock"); err != nil {
		return nil, err
	}
	return engine, nil
}

// makePrivate makes a new file one that only we may read; SQLite would follow the umask, and gives its log the same rights.
// A file that is there is not opened: closing it again would drop locks that SQLite holds on it in this process.
func makePrivate(path string) {
	if file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = file.Close()
	}
}

func (e *sqliteEngine) dialect() Dialect { return SQLite }
func (e *sqliteEngine) mostInBatch() int { return 512 }
func (e *sqliteEngine) release() error   { return e.lock.unlock() }

func (e *sqliteEngine) walBytes() int64 {
	info, err := os.Stat(e.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// busyTimeout is how many milliseconds a connection waits for a lock.
const busyTimeout = 2000

// source is the driver's address of the file with settings for each connection.
func (e *sqliteEngine) source(settings ...string) string {
	query := url.Values{"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "foreign_keys(1)", "trusted_schema(0)"}, settings...)}
	query.Set("_dqs", "0")
	return "file:" + (&url.URL{Path: e.path}).EscapedPath() + "?" + query.Encode()
}

func (e *sqliteEngine) connect(ctx context.Context) (*link, error) {
	makePrivate(e.path)
	pool, err := e.pool(1, "journal_mode(wal)", "synchronous("+e.synchronous+")", "wal_autocheckpoint(0)", "journal_size_limit(134217728)",
		"cache_size(-65536)", "temp_store(memory)")
	if err != nil {
		return nil, err
	}
	session := &sqliteSession{}
	conn, err := pool.Conn(ctx)
	if err == nil {
		err = errors.Join(e.check(ctx, conn), conn.Raw(session.watch))
	}
	if err != nil {
		_ = pool.Close()
		return nil, e.openError(err)
	}
	link := newLink(pool, conn, session)
	link.prepared = map[string]*sql.Stmt{}
	return link, nil
}

func (e *sqliteEngine) openReaders(most int) (*sql.DB, error) {
	return e.pool(most, "query_only(1)", "cache_size(-16384)")
}

func (e *sqliteEngine) openCheckpoints() (*sql.DB, error) {
	return e.pool(1, "synchronous("+e.synchronous+")", "wal_autocheckpoint(0)")
}

func (e *sqliteEngine) pool(most int, settings ...string) (*sql.DB, error) {
	pool, err := openSQLite(e.source(settings...), most)
	if err != nil {
		return nil, e.openError(err)
	}
	return pool, nil
}

func openSQLite(source string, most int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	return pool, nil
}

func (e *sqliteEngine) openError(err error) error {
	var ours *errs.Error
	if errors.As(err, &ours) {
		return err
	}
	if isFull(err) {
		return diskFull(e.path, err)
	}
	return errs.New(errs.Unavailable, "store.unreachable", "the database file cannot be opened").At(e.path).Because(err)
}

// check refuses an engine that is too old and settings that did not take: a file system without shared memory
// silently keeps the old journal.
func (e *sqliteEngine) check(ctx context.Context, conn *sql.Conn) error {
	var version, journal string
	var synchronous int
	if err := errors.Join(conn.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version),
		conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal),
		conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous)); err != nil {
		return err
	}
	if tooOld(version) {
		return errs.New(errs.Unavailable, "store.engine_old", "SQLite %s is too old: 3.51.3 or later is needed", version)
	}
	if journal != "wal" || synchronous != 2 && e.synchronous == "full" {
		return errs.New(errs.Unavailable, "store.not_durable", "the file system does not allow a write-ahead log (journal %s, synchronous %d)",
			journal, synchronous).Try("keep the database on a local disk")
	}
	return nil
}

// oldestSQLite is the first version whose write-ahead log is safe for us: before it a checkpoint could damage a database.
var oldestSQLite = [3]int{3, 51, 3}

func tooOld(version string) bool {
	for i, text := range strings.SplitN(version, ".", 3) {
		if n, err := strconv.Atoi(text); err != nil || n != oldestSQLite[i] {
			return err != nil || n < oldestSQLite[i]
		}
	}
	return false
}
