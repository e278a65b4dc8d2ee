package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/store"
)

// State is where a project stands and how it got there.
type State struct {
	State       billing.State        `json:"state" enum:"active,low,grace,suspended,unpaid,quarantine,released"`
	Since       time.Time            `json:"since"`
	NextDay     civil.Date           `json:"next_day" doc:"The first usage day that is not closed"`
	Parked      string               `json:"parked,omitempty" doc:"Why the close of next_day stopped"`
	Transitions []billing.Transition `json:"transitions" doc:"Oldest first"`
}

func stateRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/state", id: "get-state", tag: chapterProjects, need: needRead,
		summary: "The project's state and its changes", text: "A project that runs dry loses calls in an order, incoming ones last (Rule B-60).",
	}, func(ctx context.Context, in *struct{ Of }) (out State, err error) {
		return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
			st, err := billing.GetStanding(ctx, q, in.id())
			if err != nil {
				return err
			}
			transitions, err := billing.Transitions(ctx, q, in.id())
			out = State{
				State: st.State, Since: st.StateSince, NextDay: st.NextDay, Parked: st.Parked.String(),
				Transitions: append([]billing.Transition{}, transitions...),
			}
			return err
		})
	})
}
