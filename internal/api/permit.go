package api

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/ident"
)

// permitOf is the permit of a caller to an organisation, for domains that ask for one.
func (a *API) permitOf(ctx context.Context, org ident.Org) (access.Permit, error) {
	by := callerOf(ctx)
	return a.parts.Gate.Enter(ctx, access.ByKey(by.key, by.actor()), org, a.now())
}
