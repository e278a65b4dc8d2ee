package api

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Arrival says whether a call has come in to a number.
type Arrival struct {
	Arrived bool       `json:"arrived"`
	At      *time.Time `json:"at,omitempty" doc:"When the latest did"`
	Trunk   string     `json:"trunk,omitempty" doc:"Over which it came; empty where that is not known yet"`
}

func (a *API) arrival(ctx context.Context, in *struct {
	ByTrackedNumber
	Since time.Time `query:"since" doc:"Calls before do not count; an hour ago where left out"`
},
) (out Arrival, err error) {
	since := in.Since
	if since.IsZero() {
		since = a.now().Add(-time.Hour)
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		held, err := a.parts.Billing.Numbers(ctx, q, in.id())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(n pricing.Number) bool { return n.Number == in.Number }) {
			return errs.New(errs.NotFound, "tracking.no_number", "the project has no such number").At("number").Try("look at the list of numbers")
		}
		came, found, err := call.Arrived(ctx, q, in.id(), phone.Number(in.Number), since)
		if out = (Arrival{Arrived: found}); found {
			out.At, out.Trunk = &came.At, came.Trunk
		}
		return err
	})
}
