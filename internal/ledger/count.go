package ledger

import (
	"context"
	"database/sql"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// CountByItem counts the entries of a day by project and item, leaving out some kinds.
func CountByItem(ctx context.Context, q store.Querier, projects []ident.ProjectID, day civil.Date, except []pricing.Kind) (map[ident.ProjectID]map[string]int, error) {
	counts := make(map[ident.ProjectID]map[string]int, len(projects))
	names := make([]string, len(projects))
	for i, project := range projects {
		names[i] = string(project)
	}
	return counts, eachList(names, func(list string, args []any) error {
		text := "SELECT project_id, item, COUNT(*) FROM ledger_entry WHERE project_id IN (" + list + ") AND day = " + store.List(len(args)+1, 1)
		args = append(args, int64(day))
		if len(except) > 0 {
			text += " AND kind NOT IN (" + store.List(len(args)+1, len(except)) + ")"
		}
		for _, kind := range except {
			args = append(args, string(kind))
		}
		return eachRow(ctx, q, text+" GROUP BY project_id, item", args, func(rows *sql.Rows) error {
			var project ident.ProjectID
			var item string
			var count int
			err := rows.Scan(&project, &item, &count)
			if counts[project] == nil {
				counts[project] = map[string]int{}
			}
			counts[project][item] = count
			return err
		})
	})
}
