package call

import (
	"context"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// HandOver makes a member's calls in a project somebody else's, or nobody's where to is empty: those that go on and those that are over, for
// whoever takes over the clients needs what was said to them (Rule T-101). Who spoke stays in the call. It is an access.Work, and does nothing
// outside projects. A diligent person has some 15,000 calls a year: their rows are written by one statement, by the index of owners.
func HandOver(ctx context.Context, tx *store.Tx, org ident.Org, from, to account.UserID) error {
	if org.Kind != ident.ProjectKind || from == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE call_log SET owner = $3 WHERE project_id = $1 AND owner = $2`, org.ID, string(from), string(to))
	return err
}

// takes makes a reported person the one of the call. Whoever was on it already may have been shut out meanwhile: the call is whose it has become.
func (c *Call) takes(p Person) {
	if p.ID == "" {
		return
	}
	if p.ID == c.Person.ID {
		p.User = c.Person.User
	}
	c.Person = p
}
