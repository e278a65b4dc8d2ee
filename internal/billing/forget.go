package billing

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes what a project held, used and was charged for. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if err := tx.May(ident.ProjectOrg(id), forState...); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM billing_transition WHERE project_id = $1",
		"DELETE FROM billing_payment WHERE project_id = $1",
		"DELETE FROM billing_day WHERE project_id = $1",
		"DELETE FROM billing_advance WHERE project_id = $1",
		"DELETE FROM billing_minute WHERE project_id = $1",
		"DELETE FROM billing_usage WHERE project_id = $1",
		"DELETE FROM billing_holding WHERE project_id = $1",
		"DELETE FROM billing_project WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
