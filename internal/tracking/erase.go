package tracking

import (
	"context"
	"database/sql"
	"slices"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// EraseCallers takes the person of some calls out of the events: the number in the receipts of the calls, and what leads of that number say of
// them. Which visit a call came from stays. It may run twice (Rule T-113).
func EraseCallers(ctx context.Context, tx *store.Tx, project ident.ProjectID, calls []string) error {
	var callers []string
	for _, id := range calls {
		if err := store.EachRow(ctx, tx, `SELECT DISTINCT caller FROM tracking_receipt WHERE project_id = $1 AND call_id = $2 AND caller <> ''`,
			[]any{string(project), id}, func(rows *sql.Rows) error {
				var caller string
				err := rows.Scan(&caller)
				callers = append(callers, caller)
				return err
			}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE tracking_receipt SET caller = '' WHERE project_id = $1 AND call_id = $2`, string(project), id); err != nil {
			return err
		}
	}
	slices.Sort(callers)
	for _, caller := range slices.Compact(callers) {
		if _, err := tx.Exec(ctx, `UPDATE tracking_lead SET phone = '', email = '', name = '' WHERE project_id = $1 AND phone = $2`, string(project), caller); err != nil {
			return err
		}
	}
	return nil
}
