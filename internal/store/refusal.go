package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// refusedRow is a row that gives err: database/sql makes no such row from an error by itself.
func refusedRow(err error) *sql.Row {
	pool := sql.OpenDB(refusal{err})
	defer func() { _ = pool.Close() }()
	return pool.QueryRowContext(context.Background(), "")
}

// refusal is a database that cannot be connected to, for a given reason.
type refusal struct{ err error }

func (r refusal) Connect(context.Context) (driver.Conn, error) { return nil, r.err }

func (r refusal) Driver() driver.Driver { return r }

func (r refusal) Open(string) (driver.Conn, error) { return nil, r.err }
