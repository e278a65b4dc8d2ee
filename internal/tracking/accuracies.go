package tracking

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Accuracies measures some pools as AccuracyOf does each, reading what is certain of the project's calls once (Rule C-103).
func Accuracies(ctx context.Context, q store.Querier, project ident.ProjectID, pools []PoolID, since, until time.Time) (map[PoolID]Accuracy, error) {
	truths, err := truthsByCall(ctx, q, project, since, until)
	if err != nil {
		return nil, err
	}
	all := map[PoolID]Accuracy{}
	for _, id := range pools {
		if all[id], err = measured(ctx, q, project, id, truths, since, until); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Measurable are those of some projects that had calls to numbers of pools since an instant: of the others there is nothing to measure.
func Measurable(ctx context.Context, q store.Querier, projects []ident.ProjectID, since time.Time) (map[ident.ProjectID]bool, error) {
	found := map[ident.ProjectID]bool{}
	return found, store.EachList(names(projects), func(in string, args []any) error {
		args = append(args, since.UnixMicro())
		return store.EachRow(ctx, q, `SELECT project_id FROM tracking_receipt WHERE project_id IN (`+in+`) AND at >= `+store.List(len(args), 1)+` AND pool_id <> '' GROUP BY project_id`, args,
			func(rows *sql.Rows) error {
				var id ident.ProjectID
				err := rows.Scan(&id)
				found[id] = true
				return err
			})
	})
}

// TroublesOf are the troubles of the pools of some projects, as Troubles lists them of one.
func TroublesOf(ctx context.Context, q store.Querier, projects []ident.ProjectID) (map[ident.ProjectID][]Trouble, error) {
	all := map[ident.ProjectID][]Trouble{}
	return all, store.EachList(names(projects), func(in string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, pool_id, kind, since FROM tracking_trouble WHERE project_id IN (`+in+`) ORDER BY project_id, since, pool_id, kind`, args, func(rows *sql.Rows) error {
			var id ident.ProjectID
			var t Trouble
			var since int64
			err := rows.Scan(&id, &t.Pool, &t.Kind, &since)
			t.Since = instant(since)
			all[id] = append(all[id], t)
			return err
		})
	})
}

// names are the ids as a database takes them.
func names(projects []ident.ProjectID) (list []string) {
	for _, id := range projects {
		list = append(list, string(id))
	}
	return list
}
