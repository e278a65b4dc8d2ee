package event

import (
	"context"

	"bellwether/internal/store"
)

// orderer is the cursor that gives positions; its position is the last one given.
const orderer = ""

// orderPage bounds the events that get their positions in one transaction.
const orderPage = 1000

// order gives positions to committed events that have none, and says to how many. Identifiers cannot serve as positions:
// a transaction may commit after another one that began later, and its events would lie behind the readers.
func order(ctx context.Context, db *store.DB) (ordered int64, err error) {
	for {
		if fresh, err := anyFresh(ctx, db); err != nil || !fresh {
			return ordered, err
		}
		var n int64
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = orderPageOf(ctx, tx)
			return err
		}); err != nil {
			return ordered, err
		}
		ordered += n
	}
}

func anyFresh(ctx context.Context, db *store.DB) (fresh bool, err error) {
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM event_outbox WHERE position = 0)").Scan(&fresh)
	return fresh, err
}

func orderPageOf(ctx context.Context, tx *store.Tx) (int64, error) {
	if err := makeCursor(ctx, tx, orderer); err != nil {
		return 0, err
	}
	var last int64 // the lock keeps other nodes from giving positions until we have committed ours
	if err := tx.QueryRow(ctx, "SELECT position FROM event_cursor WHERE subscriber = $1 FOR UPDATE", orderer).Scan(&last); err != nil {
		return 0, err
	}
	result, err := tx.Exec(ctx, `UPDATE event_outbox SET position = $1 + fresh.n FROM
		(SELECT project_id, id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM event_outbox WHERE position = 0 ORDER BY id LIMIT $2) AS fresh
		WHERE event_outbox.project_id = fresh.project_id AND event_outbox.id = fresh.id`, last, orderPage)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "UPDATE event_cursor SET position = $2 WHERE subscriber = $1", orderer, last+n)
	return n, err
}

// makeCursor makes a subscriber's cursor where there is none, before the first event that is still kept.
func makeCursor(ctx context.Context, tx *store.Tx, subscriber string) error {
	_, err := tx.Exec(ctx, `INSERT INTO event_cursor (subscriber, position, owner, lease_until, attempts, retry_at, error)
		VALUES ($1, 0, '', 0, 0, 0, '') ON CONFLICT (subscriber) DO NOTHING`, subscriber)
	return err
}
