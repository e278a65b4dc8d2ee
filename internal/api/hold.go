package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Hold is a reservation of funds.
type Hold struct {
	ID          string           `json:"id" doc:"A number, as a string"`
	Ref         string           `json:"ref" doc:"What it is for: a leg's id"`
	Day         civil.Date       `json:"day" doc:"Usage day"`
	Amount      money.Micro      `json:"amount"`
	State       ledger.HoldState `json:"state" enum:"pending,posted,voided,expired"`
	OpenedAt    time.Time        `json:"opened_at"`
	HeartbeatAt time.Time        `json:"heartbeat_at" doc:"When its owner was last known to be alive"`
	ClosedAt    *time.Time       `json:"closed_at,omitempty"`
	Entry       string           `json:"entry,omitempty" doc:"The ledger entry that settled it"`
}

func viewHold(h ledger.Hold) Hold {
	return Hold{
		ID: number(h.ID), Ref: h.Ref, Day: h.Day, Amount: h.Amount, State: h.State, OpenedAt: h.OpenedAt.UTC(), HeartbeatAt: h.HeartbeatAt.UTC(),
		ClosedAt: happened(h.ClosedAt), Entry: number(h.Entry),
	}
}

func holdRoutes(a *API) {
	const tag = chapterLegs
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/holds", id: "list-holds", tag: tag, need: needRead,
		summary: "List what is reserved", text: "The pending holds, oldest first: together they are what funds.held of the project says (Rule B-05).",
	}, a.listHolds)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/holds/{hold}", id: "get-hold", tag: tag, need: needRead,
		summary: "See what became of a hold",
	}, a.getHold)
}

func (a *API) listHolds(ctx context.Context, in *struct {
	Of
	Paging
},
) (page Page[Hold], err error) {
	const list = "holds"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if _, err := project.Get(ctx, q, in.id()); err != nil {
			return err
		}
		found, err := ledger.PendingHolds(ctx, q, in.id(), ident.HoldID(after), in.Limit+1)
		page = newPage(list, in.Limit, found, viewHold, func(h ledger.Hold) string { return number(h.ID) })
		return err
	})
}

func (a *API) getHold(ctx context.Context, in *struct {
	Of
	Hold string `path:"hold" maxLength:"20"`
},
) (Hold, error) {
	id, err := strconv.ParseInt(in.Hold, 10, 64)
	if err != nil {
		return Hold{}, errs.New(errs.NotFound, "ledger.no_hold", "the project has no such hold").At("hold")
	}
	found, err := ledger.GetHold(ctx, a.parts.DB, in.id(), ident.HoldID(id))
	return viewHold(found), err
}
