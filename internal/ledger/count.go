package ledger

import (
	"context"
	"database/sql"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// CountByItem counts a day's entries by item, leaving out some kinds.
func CountByItem(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date, except []pricing.Kind) (map[string]int, error) {
	args := []any{string(project), int64(day)}
	for _, kind := range except {
		args = append(args, string(kind))
	}
	counts := map[string]int{}
	text := "SELECT item, COUNT(*) FROM ledger_entry WHERE project_id = $1 AND day = $2"
	if len(except) > 0 {
		text += " AND kind NOT IN (" + store.List(3, len(except)) + ")"
	}
	return counts, eachRow(ctx, q, text+" GROUP BY item", args, func(rows *sql.Rows) error {
		var item string
		var count int
		err := rows.Scan(&item, &count)
		counts[item] = count
		return err
	})
}
