package charging

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes the calls and messages of a project. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, statement := range []string{
		"DELETE FROM charging_leg WHERE project_id = $1",
		"DELETE FROM charging_message WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
