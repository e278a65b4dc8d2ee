package event

import (
	"context"
	"time"

	"bellwether/internal/errs/kept"
	"bellwether/internal/store"
)

// Lag is how far a subscriber is behind.
type Lag struct {
	Subscriber string
	Behind     int64      // events it has not passed yet, of all topics
	Oldest     time.Time  // when the first of them happened; zero where there is none
	Attempts   int        // failed deliveries of that one
	Error      kept.Error // of the last failed delivery; empty when all is well
}

// Lag measures each subscriber, for the metrics and the health page.
func (d *Dispatcher) Lag(ctx context.Context) (lags []Lag, err error) {
	err = d.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		for _, s := range d.subscribers {
			lag, err := lagOf(ctx, q, s.Name)
			if err != nil {
				return err
			}
			lags = append(lags, lag)
		}
		return nil
	})
	return lags, err
}

func lagOf(ctx context.Context, q store.Querier, subscriber string) (Lag, error) {
	lag := Lag{Subscriber: subscriber}
	var at int64
	err := q.QueryRow(ctx, `SELECT COALESCE(MAX(attempts), 0), COALESCE(MAX(error), ''),
			(SELECT COUNT(*) FROM event_outbox WHERE position = 0)
			+ COALESCE((SELECT position FROM event_cursor WHERE subscriber = ''), 0) - COALESCE(MAX(position), 0),
			COALESCE((SELECT at FROM event_outbox WHERE position > COALESCE((SELECT position FROM event_cursor WHERE subscriber = $1), 0)
				AND position > 0 ORDER BY position LIMIT 1), (SELECT at FROM event_outbox WHERE position = 0 ORDER BY id LIMIT 1), 0)
		FROM event_cursor WHERE subscriber = $1`, subscriber).Scan(&lag.Attempts, &lag.Error, &lag.Behind, &at)
	if at != 0 {
		lag.Oldest = time.UnixMicro(at).UTC()
	}
	return lag, err
}

// purgePage bounds the events removed in one transaction, so that a purge holds nobody up.
const purgePage = 1000

// Purge removes events that happened before an instant and that every subscriber with a cursor has passed, and says how
// many.
func Purge(ctx context.Context, db *store.DB, before time.Time) (purged int64, err error) {
	for {
		var n int64
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			result, err := tx.Exec(ctx, `DELETE FROM event_outbox WHERE (project_id, id) IN
				(SELECT project_id, id FROM event_outbox WHERE position > 0 AND at < $1
				AND position <= (SELECT MIN(position) FROM event_cursor) ORDER BY position LIMIT $2)`, before.UnixMicro(), purgePage)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		}); err != nil {
			return purged, err
		}
		if purged += n; n < purgePage {
			return purged, nil
		}
	}
}
