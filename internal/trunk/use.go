package trunk

import (
	"context"
	"time"

	"bellwether/internal/store"
)

// Use is the calls of one node that count against a bound (Rule T-57).
type Use struct {
	Bound string // BoundOf a trunk, or BoundOfNumber
	Node  string // a run of a node: what an earlier one said is not its own
	Calls int    // that it has
	Asked int    // more that it would take
	Most  int    // of all nodes together; 0 for no bound
}

// UseLasts is how long a node has the calls that it said it has, when it says nothing more: then it is dead, as its calls are (Rule T-36).
const UseLasts = 30 * time.Second

// BoundOf names the bound of a trunk.
func BoundOf(id ID) string { return "trunk " + string(id) }

// BoundOfNumber names the bound of a number (Carried.Most).
func BoundOfNumber(e164 string) string { return "number " + e164 }

// Share writes down the calls of a node, and of those it asks for as many as the bound leaves beside the calls of all living nodes. It is
// to be said again well within UseLasts. Instants are of the database's clock.
func Share(ctx context.Context, tx *store.Tx, u Use, at time.Time) (granted int, err error) {
	if u.Asked > 0 && u.Most > 0 {
		others, err := usedBeside(ctx, tx, u, at)
		if err != nil {
			return 0, err
		}
		u.Asked = max(0, min(u.Asked, u.Most-others-u.Calls))
	}
	if u.Calls+u.Asked == 0 {
		_, err = tx.Exec(ctx, `DELETE FROM trunk_use WHERE bound = $1 AND node = $2`, u.Bound, u.Node)
		return 0, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO trunk_use (bound, node, calls, seen_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bound, node) DO UPDATE SET calls = excluded.calls, seen_at = excluded.seen_at`, u.Bound, u.Node, u.Calls+u.Asked, at.UnixMicro())
	return u.Asked, err
}

// usedBeside counts the calls of the other living nodes, and forgets the dead. Until the transaction ends nobody else counts: two nodes would
// both find the last channel free.
func usedBeside(ctx context.Context, tx *store.Tx, u Use, at time.Time) (others int, err error) {
	_, err = tx.Exec(ctx, `INSERT INTO trunk_use (bound, node, calls, seen_at) VALUES ($1, '', 0, $2)
		ON CONFLICT (bound, node) DO UPDATE SET seen_at = excluded.seen_at`, u.Bound, at.UnixMicro())
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM trunk_use WHERE bound = $1 AND node <> '' AND seen_at <= $2`, u.Bound, at.Add(-UseLasts).UnixMicro())
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) FROM trunk_use WHERE bound = $1 AND node <> $2`, u.Bound, u.Node).Scan(&others)
	return others, err
}

// DropUse forgets the calls of a run of a node that stops in good order.
func DropUse(ctx context.Context, tx *store.Tx, node string) error {
	_, err := tx.Exec(ctx, `DELETE FROM trunk_use WHERE node = $1`, node)
	return err
}
