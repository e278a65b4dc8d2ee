package ledger

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes the account of a project with all its entries, holds and seals. It is for a demo, whose money never was any:
// what moved real money stays for ever.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM ledger_call WHERE project_id = $1",
		"DELETE FROM ledger_call_day WHERE project_id = $1",
		"DELETE FROM ledger_seal WHERE project_id = $1",
		"DELETE FROM ledger_seal_head WHERE project_id = $1",
		"DELETE FROM ledger_hold WHERE project_id = $1",
		"DELETE FROM ledger_entry WHERE project_id = $1",
		"DELETE FROM ledger_account WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
