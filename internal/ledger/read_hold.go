package ledger

import (
	"context"
	"database/sql"
	"errors"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// GetHold reads a hold of a project; errs.NotFound `ledger.no_hold`.
func GetHold(ctx context.Context, q store.Querier, project ident.ProjectID, id ident.HoldID) (Hold, error) {
	d := newDecoder(holdColumnList)
	err := d.scan(q.QueryRow(ctx, "SELECT "+holdColumns+" FROM ledger_hold WHERE id = $1 AND project_id = $2", int64(id), string(project)))
	if errors.Is(err, sql.ErrNoRows) {
		return Hold{}, noHold(project, id)
	}
	if err != nil {
		return Hold{}, err
	}
	h, _ := d.nextHold()
	return h.Hold, nil
}

// OpenHolds lists the project's pending holds of a usage day. While there are any, the day's communications are not final
// (Rule B-16).
func OpenHolds(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date) ([]Hold, error) {
	return holds(ctx, q, "WHERE state = 'pending' AND project_id = $1 AND day = $2 ORDER BY id", string(project), int64(day))
}

// PendingHolds lists the project's pending holds after the one given (zero for the first page), in the order of identifiers,
// which is that of opening, at most limit.
func PendingHolds(ctx context.Context, q store.Querier, project ident.ProjectID, after ident.HoldID, limit int) ([]Hold, error) {
	return holds(ctx, q, "WHERE state = 'pending' AND project_id = $1 AND id > $2 ORDER BY id LIMIT $3", string(project), int64(after), int64(limit))
}

func holds(ctx context.Context, q store.Querier, condition string, args ...any) ([]Hold, error) {
	var found []Hold
	d := newDecoder(holdColumnList)
	err := store.EachRow(ctx, q, "SELECT "+holdColumns+" FROM ledger_hold "+condition, args, func(rows *sql.Rows) error {
		if err := d.scan(rows); err != nil {
			return err
		}
		h, _ := d.nextHold()
		found = append(found, h.Hold)
		return nil
	})
	return found, err
}
