package access

import (
	"context"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Memberships gives everything a user is a member of, in the order of organisations. It is the operator's: errs.Denied
// `access.denied`; errs.NotFound `account.no_user`.
func Memberships(ctx context.Context, q store.Querier, p Permit, id account.UserID) ([]Member, error) {
	if p.Org != ident.Operator {
		return nil, denied(View, People)
	}
	if _, err := p.May(View, People); err != nil {
		return nil, err
	}
	if _, err := account.GetUser(ctx, q, id); err != nil {
		return nil, err
	}
	return members(ctx, q, `user_id = $1 ORDER BY org`, string(id))
}
