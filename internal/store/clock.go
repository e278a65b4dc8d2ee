package store

import (
	"context"
	"time"
)

// Ahead is how far the database's clock is ahead of another one, which now reads: what nodes that share a database agree on, they date by it.
// SQLite has no clock of its own: 0.
func (db *DB) Ahead(ctx context.Context, now func() time.Time) (time.Duration, error) {
	if db.Dialect() == SQLite {
		return 0, nil
	}
	before := now()
	var micros int64
	if err := db.QueryRow(ctx, `SELECT CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000000 AS BIGINT)`).Scan(&micros); err != nil {
		return 0, err
	}
	after := now()
	return time.UnixMicro(micros).Sub(before.Add(after.Sub(before) / 2)), nil
}
