package event

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/errs/kept"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// cursor is where a subscriber stands.
type cursor struct {
	position int64
	attempts int // failed deliveries of the event that follows
	until    time.Time
}

// HasCursor tells whether a subscriber has ever been given anything.
func HasCursor(ctx context.Context, q store.Querier, subscriber string) (known bool, err error) {
	return known, q.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM event_cursor WHERE subscriber = $1)", subscriber).Scan(&known)
}

// lease takes a subscriber's cursor for a node, unless another one has it or the next event has to wait for its retry.
func (d *Dispatcher) lease(ctx context.Context, subscriber string) (c cursor, ok bool, err error) {
	now := d.options.Now()
	c.until = now.Add(d.options.Lease)
	err = d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := makeCursor(ctx, tx, subscriber); err != nil {
			return err
		}
		result, err := tx.Exec(ctx, `UPDATE event_cursor SET owner = $2, lease_until = $3
			WHERE subscriber = $1 AND (owner = $2 OR lease_until <= $4) AND retry_at <= $4`,
			subscriber, d.options.Node, c.until.UnixMicro(), now.UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if ok = n == 1; err != nil || !ok {
			return err
		}
		return tx.QueryRow(ctx, "SELECT position, attempts FROM event_cursor WHERE subscriber = $1", subscriber).Scan(&c.position, &c.attempts)
	})
	return c, ok, err
}

// save records how far a subscriber got, and gives the lease back. failed is why it got no further, or nil. It does
// nothing where the lease was lost meanwhile: the new owner's position counts.
func (d *Dispatcher) save(ctx context.Context, subscriber string, c cursor, failed error) error {
	why, retryAt := kept.Of(failed), time.Time{}
	if failed != nil {
		retryAt = d.options.Now().Add(backoff(c.attempts))
	}
	return d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE event_cursor SET position = $3, attempts = $4, retry_at = $5, error = $6, lease_until = 0
			WHERE subscriber = $1 AND owner = $2 AND position <= $3`,
			subscriber, d.options.Node, c.position, c.attempts, micros(retryAt), string(why))
		return err
	})
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

const (
	firstBackoff = time.Second
	mostBackoff  = 5 * time.Minute
)

// backoff is how long an event waits after so many failed deliveries: twice as long each time, at most mostBackoff.
func backoff(attempts int) time.Duration {
	wait := firstBackoff
	for i := 1; i < attempts && wait < mostBackoff; i++ {
		wait *= 2
	}
	return min(wait, mostBackoff)
}

// page reads the events that follow a position.
func page(ctx context.Context, q store.Querier, after int64, most int) ([]Event, error) {
	return read(ctx, q, `position > $1 AND position > 0 ORDER BY position LIMIT $2`, after, most)
}

// read reads events of the outbox.
func read(ctx context.Context, q store.Querier, where string, args ...any) ([]Event, error) {
	rows, err := q.Query(ctx, `SELECT id, position, project_id, topic, body, at FROM event_outbox WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var events []Event
	for rows.Next() {
		var e Event
		var project, body string
		var at int64
		if err := rows.Scan(&e.ID, &e.Position, &project, &e.Topic, &body, &at); err != nil {
			return nil, err
		}
		e.Project, e.Body, e.At = ident.ProjectID(project), json.RawMessage(body), time.UnixMicro(at).UTC()
		events = append(events, e)
	}
	return events, rows.Err()
}
