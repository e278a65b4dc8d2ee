package tracking

import (
	"context"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// Health is how a pool fares.
type Health struct {
	pool.Status
	Numbers  []pool.NumberStatus
	Leases   int64 // of the last 24 hours
	Overload int64 // visits of the last 24 hours for which there was no free number (Rules C-05, C-06)
}

// HealthOf is how a pool with these numbers fares.
func HealthOf(ctx context.Context, events *store.DB, project ident.ProjectID, p Pool, members []Use, at time.Time) (h Health, err error) {
	return h, events.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		h = Health{}
		a, err := loadPool(ctx, q, project, p, members, at)
		if err != nil {
			return err
		}
		h.Status, h.Numbers = a.Status(at), a.Numbers(at)
		h.Leases, h.Overload, err = pressure(ctx, q, project, p.ID, members, at.Add(-pool.Window))
		return err
	})
}

// pressure counts the leases of a pool since an instant, and the visits for which there was no free number.
func pressure(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID, members []Use, since time.Time) (leases, overload int64, err error) {
	for _, m := range members {
		var some, taken int64
		if err := q.QueryRow(ctx, `SELECT COUNT(*), COUNT(CASE WHEN how = $1 THEN 1 END) FROM tracking_lease WHERE project_id = $2 AND number = $3 AND lease_id > $4 AND pool_id = $5`,
			string(pool.Taken), string(project), string(m.Number), earliest(since), string(id)).Scan(&some, &taken); err != nil {
			return 0, 0, err
		}
		leases, overload = leases+some, overload+taken
	}
	var without int64
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM tracking_activity WHERE project_id = $1 AND visit_id > $2 AND (numbers LIKE $3 OR numbers LIKE $4)`, string(project), earliest(since),
		"% "+string(pool.Overflowed)+" "+string(id)+" %", "% "+string(pool.Refused)+" "+string(id)+" %").Scan(&without)
	return leases, overload + without, err
}
