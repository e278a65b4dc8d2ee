package job

import (
	"context"
	"time"

	"bellwether/internal/store"
)

// Purge removes the jobs that were over before an instant and says how many, each in a transaction of its own, with what forget removes
// of it first.
func Purge(ctx context.Context, db *store.DB, before time.Time, forget func(context.Context, *store.Tx, ID) error) (purged int64, err error) {
	for {
		var id ID
		if err := db.QueryRow(ctx, `SELECT COALESCE(MIN(id), 0) FROM job_run WHERE ended_at > 0 AND ended_at < $1 AND state <> 'queued' AND state <> 'running'`,
			before.UnixMicro()).Scan(&id); err != nil || id == 0 {
			return purged, err
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := forget(ctx, tx, id); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM job_run WHERE id = $1`, int64(id))
			return err
		}); err != nil {
			return purged, err
		}
		purged++
	}
}
