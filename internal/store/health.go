package store

import (
	"context"

	"bellwether/internal/errs"
)

// Health writes a heartbeat and waits until it is durable: nil means that the store does its work now. Where ctx ends
// first the error is store.slow.
func (db *DB) Health(ctx context.Context) error {
	err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO store_heartbeat (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
			tx.Now().UnixMicro())
		return err
	})
	if err != nil && ctx.Err() != nil {
		return errs.New(errs.Unavailable, "store.slow", "a heartbeat could not be stored in time").Because(err)
	}
	return err
}
