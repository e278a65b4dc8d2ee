package store

import (
	"context"
	"database/sql"
)

// Querier reads. A *DB reads what is committed, a *Tx also what its own transaction wrote, a snapshot one moment.
type Querier interface {
	Query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) *sql.Row
}

// Query reads committed data through the read-only pool. The caller closes the rows; long reads page by key, so that
// the write-ahead log can be emptied in between. A server that cannot be reached is errs.Unavailable `store.unreachable`,
// here and in QueryRow and Snapshot.
func (db *DB) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	rows, err := db.readers.QueryContext(ctx, db.text(text), values(args)...)
	return rows, unread(err)
}

// QueryRow reads one row; its error comes out of Scan.
func (db *DB) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	row := db.readers.QueryRowContext(ctx, db.text(text), values(args)...)
	if err := row.Err(); err != nil {
		return refusedRow(unread(err))
	}
	return row
}

// Snapshot runs fn on one consistent state of the database, whatever is written meanwhile. Keep it short.
func (db *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: snapshotIsolation[db.Dialect()]})
	if err != nil {
		return unread(err)
	}
	defer func() { _ = tx.Rollback() }()
	return unread(fn(ctx, snapshot{db, tx}))
}

var snapshotIsolation = map[Dialect]sql.IsolationLevel{SQLite: sql.LevelDefault, Postgres: sql.LevelRepeatableRead}

type snapshot struct {
	db *DB
	tx *sql.Tx
}

func (s snapshot) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return s.tx.QueryContext(ctx, s.db.text(text), values(args)...)
}

func (s snapshot) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	return s.tx.QueryRowContext(ctx, s.db.text(text), values(args)...)
}

// text is a statement as the engine takes it.
func (db *DB) text(text string) string {
	if db.Dialect() == SQLite {
		return sqliteText(text)
	}
	return text
}
