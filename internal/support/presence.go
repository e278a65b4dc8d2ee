package support

import (
	"context"
	"time"

	"bellwether/internal/store"
)

const (
	// Present is for how long somebody counts as there after they were last seen at the desk (Rule S-09).
	Present = time.Minute
	// seenEvery is how often, at most, that somebody is there is written down.
	seenEvery = 20 * time.Second
)

// Here notes that this person of the operator's side is at the desk.
func (d Desk) Here(ctx context.Context, tx *store.Tx, at time.Time) error {
	if d.mayEdit != nil {
		return d.mayEdit
	}
	_, err := tx.Exec(ctx, `INSERT INTO support_presence (user_id, seen_at) VALUES ($1, $2)
		ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at WHERE support_presence.seen_at < $3`,
		string(d.person), at.UnixMicro(), at.Add(-seenEvery).UnixMicro())
	return err
}

// Somebody tells whether anybody of the operator's side was at the desk within the last minute.
func Somebody(ctx context.Context, q store.Querier, at time.Time) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM support_presence WHERE seen_at > $1 AND seen_at <= $2`,
		at.Add(-Present).UnixMicro(), at.Add(Present).UnixMicro()).Scan(&n)
	return n > 0, err
}
