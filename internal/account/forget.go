package account

import (
	"context"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes a user with all they sign in with and where they are signed in; the operator's trail tells of it, and what they did
// stays in the trail. That they belong to nothing any more is the caller's to know (access.ForgetUser). errs.NotFound `account.no_user`.
func Forget(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, at time.Time) error {
	before, err := GetUser(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM account_session WHERE user_id = $1 OR viewing_as = $1",
		"DELETE FROM account_email_change WHERE user_id = $1",
		"DELETE FROM account_token WHERE user_id = $1",
		"DELETE FROM account_passkey WHERE user_id = $1",
		"DELETE FROM account_recovery WHERE user_id = $1",
		"DELETE FROM account_user WHERE user_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, by, at, audit.Change{Org: ident.Operator, Object: "user", ObjectID: string(id), Action: "delete", Before: before})
}
