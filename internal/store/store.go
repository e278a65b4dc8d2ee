package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"time"

	"bellwether/internal/errs"
)

// Dialect names the engine behind a DB.
type Dialect string

// The two engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Options say which database to open and how. Only DSN is required.
type Options struct {
	DSN       string           // "sqlite:PATH" or "postgres://USER@HOST/DATABASE"
	Schema    Schema           // whose tables it has; empty for Core
	ReadOnly  bool             // nothing is written: a SQLite file may then be open elsewhere too
	Scratch   bool             // a SQLite file that is thrown away after use: commits are not synced to disk
	Readers   int              // most connections in the read-only pool; 0 for 8
	Batch     int              // most functions in one transaction; 0 for the engine's limit: 512 on SQLite, 64 on PostgreSQL
	Grace     time.Duration    // how long Write waits for a running function after its caller's context ended; 0 for 5 s
	Reconnect time.Duration    // how long the writer tries to reach a lost server before it gives a batch up; 0 for 5 s
	Now       func() time.Time // the clock of transactions; nil for time.Now
}

func (o Options) withDefaults() Options {
	if o.Readers == 0 {
		o.Readers = 8
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	if o.Reconnect == 0 {
		o.Reconnect = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	options Options
	engine  engine
	readers *sql.DB
	writer  *writer // nil where opened read-only
	closing sync.Once
	closed  error // what closing gave
}

// engine is what SQLite and PostgreSQL do differently.
type engine interface {
	dialect() Dialect
	mostInBatch() int
	// connect opens the writer's connection.
	connect(ctx context.Context) (*link, error)
	// openReaders opens the pool that cannot write.
	openReaders(most int) (*sql.DB, error)
	// openCheckpoints opens the connection that copies the write-ahead log; nil where the engine sees to that.
	openCheckpoints() (*sql.DB, error)
	// copyTo writes a consistent copy of the database to a new SQLite file.
	copyTo(ctx context.Context, db *DB, path string) error
	// walBytes is the size of the write-ahead log, where there is one to watch.
	walBytes() int64
	// release gives up what the engine holds besides connections.
	release() error
}

// Open opens the database, checks that the engine is new enough and set up to be durable, and refuses a schema newer
// than this program. It does not migrate. Errors: store.dsn, store.in_use, store.engine_old, store.schema_newer,
// store.not_durable, store.unreachable, store.full.
func Open(ctx context.Context, options Options) (*DB, error) {
	options = options.withDefaults()
	engine, err := newEngine(options)
	if err != nil {
		return nil, err
	}
	db := &DB{options: options, engine: engine}
	if err := db.open(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func newEngine(options Options) (engine, error) {
	if path, ok := strings.CutPrefix(options.DSN, "sqlite:"); ok && path != "" {
		return newSQLite(path, options)
	}
	if strings.HasPrefix(options.DSN, "postgres://") || strings.HasPrefix(options.DSN, "postgresql://") {
		return newPostgres(options)
	}
	return nil, errs.New(errs.Invalid, "store.dsn", "the store's address must begin with sqlite: or postgres://").
		Try("write sqlite:bellwether.db for a file")
}

func (db *DB) open(ctx context.Context) error {
	if !db.options.ReadOnly {
		link, err := db.engine.connect(ctx)
		if err != nil {
			return err
		}
		checkpoints, err := db.engine.openCheckpoints()
		if err != nil {
			_ = link.close()
			return err
		}
		db.writer = newWriter(db, link, checkpoints)
	}
	readers, err := db.engine.openReaders(db.options.Readers)
	if err != nil {
		return err
	}
	db.readers = readers
	_, err = db.Pending(ctx)
	return err
}

// Dialect is the engine in use.
func (db *DB) Dialect() Dialect { return db.engine.dialect() }

// Close finishes what is queued and closes the connections. Writes that come later are refused with store.closed. Closing
// again does nothing.
func (db *DB) Close() error {
	db.closing.Do(func() {
		if db.writer != nil {
			db.writer.close()
		}
		if db.readers != nil {
			_ = db.readers.Close()
		}
		db.closed = db.engine.release()
	})
	return db.closed
}
