package access

import (
	"context"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// Behalf is the permit of a user who is not there: for what they made earlier and what is good only as long as they may do
// it themselves, such as a link to a recording. Errors: as Enter.
func (g *Gate) Behalf(ctx context.Context, user account.UserID, org ident.Org, at time.Time) (Permit, error) {
	if user == "" {
		return Permit{}, errs.New(errs.Unauthenticated, "account.bad_session", "nobody is signed in").Try("sign in")
	}
	return g.Enter(ctx, Principal{Key: account.Key{ID: "behalf", Scope: account.Operator, MadeBy: user}}, org, at)
}

// ByInstallation is the permit of whoever runs the installation, by a key that nobody in particular made.
func (g *Gate) ByInstallation(ctx context.Context, org ident.Org, at time.Time) (Permit, error) {
	return g.Enter(ctx, Principal{Key: account.Key{ID: "installation", Scope: account.Operator}}, org, at)
}
