package api

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/store"
)

// GivePromo is a call, and the code that its caller gave.
type GivePromo struct {
	ByCall
	Body struct {
		Promo string `json:"promo" minLength:"1" maxLength:"40" doc:"As the caller said it" example:"57 240"`
	}
}

// findPromo finds the visit of a code. It is done before the transaction: visits are in a database of their own.
func (a *API) findPromo(ctx context.Context, in *GivePromo) (call.Origin, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return call.Origin{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return call.Origin{}, err
	}
	return a.parts.Promo(ctx, p, id, in.Body.Promo)
}

func (a *API) givePromo(ctx context.Context, tx *store.Tx, in *GivePromo, origin call.Origin) (CallOrigin, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return CallOrigin{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return CallOrigin{}, err
	}
	return *viewOrigin(origin), call.Confirm(ctx, tx, p, id, origin, a.now())
}
