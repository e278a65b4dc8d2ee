package number

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Forget removes the numbers that a project holds or held last, and those of a stock that nobody else holds, with their
// history. It is for a demo, whose numbers ring nowhere.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID, stock []phone.Number) error {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return err
	}
	const anothers = "SELECT number FROM number_registry WHERE project_id <> '' AND project_id <> $2"
	for _, n := range stock {
		for _, statement := range []string{
			"DELETE FROM number_history WHERE number = $1 AND number NOT IN (" + anothers + ")",
			"DELETE FROM number_registry WHERE number = $1 AND number NOT IN (" + anothers + ")",
		} {
			if _, err := tx.Exec(ctx, statement, string(n), string(id)); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(ctx, "DELETE FROM number_history WHERE number IN (SELECT number FROM number_registry WHERE project_id = $1)", string(id)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM number_registry WHERE project_id = $1", string(id))
	return err
}
