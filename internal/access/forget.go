package access

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes the members, roles, invitations, departments and seats of a project. It is for a demo; the trail stays.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, statement := range []string{
		"DELETE FROM access_seat WHERE project_id = $1", "DELETE FROM access_department_member WHERE project_id = $1",
		"DELETE FROM access_department WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	for _, statement := range []string{"DELETE FROM access_role WHERE org = $1", "DELETE FROM access_invitation WHERE org = $1", "DELETE FROM access_mail WHERE org = $1", "DELETE FROM access_member WHERE org = $1"} {
		if _, err := tx.Exec(ctx, statement, ident.ProjectOrg(id).String()); err != nil {
			return err
		}
	}
	return nil
}
