package store

import (
	"context"
)

// Health writes a heartbeat and waits until it is durable: nil means that the store can do its work now.
func (db *DB) Health(ctx context.Context) error {
	return db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO store_heartbeat (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
			db.options.Now().UnixMicro())
		return err
	})
}
