package support

import (
	"context"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// HandOver gives the conversations that somebody of the operator's side has to a colleague, or back to all where to is empty (Rule S-07); solved
// ones too, for the person's next message opens them again. It is an access.Work, and does nothing in other organisations.
func HandOver(ctx context.Context, tx *store.Tx, org ident.Org, from, to account.UserID) error {
	if org != ident.Operator || from == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE support_conversation SET claimed_by = $2 WHERE claimed_by = $1`, string(from), string(to))
	return err
}
