package event

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes the events of a project, delivered or not. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, statement := range []string{
		"DELETE FROM event_outbox WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
