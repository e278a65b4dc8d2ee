package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// PromiseCredit is whether a project gets credit for missed promises of its pools, and what it got.
type PromiseCredit struct {
	Given bool        `json:"given" doc:"The operator gives it"`
	Since *time.Time  `json:"since,omitempty" doc:"When that was switched last"`
	Days  []CreditDay `json:"days" doc:"For which credit was given, the latest first; 100 at most"`
}

// CreditDay is a day for which credit was given.
type CreditDay struct {
	Day     string          `json:"day" format:"date"`
	Entry   string          `json:"entry" doc:"What booked it"`
	Amount  money.Micro     `json:"amount"`
	Paid    money.Micro     `json:"paid" doc:"The day's fee of call tracking, net of discounts and bonuses"`
	Missed  int64           `json:"missed_numbers" doc:"Numbers of the pools that missed their promise"`
	Numbers int64           `json:"numbers" doc:"Of all pools"`
	Pools   []tracking.Miss `json:"pools"`
}

func promiseRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/promise-credit", id: "get-promise-credit", tag: chapterTracking, need: needPools,
		summary: "See credit for missed promises", text: "For days on which the whole interval of a pool's accuracy lay below its promise (Rule C-111).",
	}, func(ctx context.Context, in *struct{ Of }) (out PromiseCredit, err error) {
		return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
			out, err = promiseCredit(ctx, q, in.Of)
			return err
		})
	})
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/promise-credit", id: "set-promise-credit", tag: chapterTracking, need: needOperator, ownRecord: true,
		summary: "Give credit for missed promises, or no longer", text: "From today's usage day on (Rule C-111).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body struct {
			Given bool `json:"given"`
		}
	},
	) (PromiseCredit, error) {
		permit, err := a.asOperator(ctx)
		if err != nil {
			return PromiseCredit{}, err
		}
		if _, err := a.parts.Tracking.SetPromise(ctx, tx, permit, in.id(), in.Body.Given, a.now()); err != nil {
			return PromiseCredit{}, err
		}
		return promiseCredit(ctx, tx, in.Of)
	})
}

func promiseCredit(ctx context.Context, q store.Querier, of Of) (PromiseCredit, error) {
	promise, err := tracking.PromiseOf(ctx, q, of.id())
	if err != nil {
		return PromiseCredit{}, err
	}
	credits, err := tracking.Credits(ctx, q, of.id())
	out := PromiseCredit{Given: promise.Kept, Since: happened(promise.At), Days: make([]CreditDay, len(credits))}
	for i, c := range credits {
		out.Days[i] = CreditDay{c.Day.String(), number(c.Entry), c.Amount, c.Paid, c.Missed, c.Numbers, c.Pools}
	}
	return out, err
}
