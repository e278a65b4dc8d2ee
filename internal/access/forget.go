package access

import (
	"context"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
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

// ForgetUser removes a user who is a member of nothing, with all they sign in with; anybody else stays. It is for the people of a demo;
// the trail stays, and tells of it.
func ForgetUser(ctx context.Context, tx *store.Tx, by audit.Actor, id account.UserID, at time.Time) error {
	var memberships int
	if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM access_member WHERE user_id = $1", string(id)).Scan(&memberships); err != nil || memberships > 0 {
		return err
	}
	return account.Forget(ctx, tx, by, id, at)
}
