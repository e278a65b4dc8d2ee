package staff

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes the employees and SIP accounts of a project. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM staff_binding WHERE user_name IN (SELECT user_name FROM staff_sip_account WHERE project_id = $1)`, string(id)); err != nil {
		return err
	}
	for _, table := range []string{"staff_sip_account", "staff_contact", "staff_employee"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1`, string(id)); err != nil {
			return err
		}
	}
	return nil
}
