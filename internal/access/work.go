package access

import (
	"context"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Work makes what a member of an organisation is responsible for in another domain somebody else's, or nobody's where to is empty. It is
// called in the transaction that shuts the member out (Rule A-12), and asks for no permit: that was done.
type Work func(ctx context.Context, tx *store.Tx, org ident.Org, from, to account.UserID) error

// handOver tells all domains who has a member's work from now on.
func handOver(ctx context.Context, tx *store.Tx, m Member, to account.UserID, all []Work) error {
	for _, work := range all {
		if err := work(ctx, tx, m.Org, m.User, to); err != nil {
			return err
		}
	}
	return nil
}
