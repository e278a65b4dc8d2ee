package api

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/store"
)

// givePromo joins a call with the visit of a code: visits are in a database of their own.
func (a *API) givePromo(ctx context.Context, in *struct {
	ByCall
	Body struct {
		Promo string `json:"promo" minLength:"1" maxLength:"40" doc:"As the caller said it" example:"57 240"`
	}
},
) (CallOrigin, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return CallOrigin{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return CallOrigin{}, err
	}
	origin, err := a.parts.Promo(ctx, p, id, in.Body.Promo)
	if err != nil {
		return CallOrigin{}, err
	}
	return *viewOrigin(origin), a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return call.Confirm(ctx, tx, p, id, origin, a.now())
	})
}
