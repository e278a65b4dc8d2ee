package project

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes a project. It is for a demo (GetDemo), and comes after everything else of it is removed.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM project_book WHERE project_id = $1",
		"DELETE FROM project_zone WHERE project_id = $1",
		"DELETE FROM project_demo WHERE project_id = $1",
		"DELETE FROM project WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
