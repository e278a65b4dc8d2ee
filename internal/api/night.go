package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/store"
)

// ParkedDay is a day whose close stopped.
type ParkedDay struct {
	Project string     `json:"project"`
	Day     civil.Date `json:"day"`
	Reason  string     `json:"reason"`
	Repair  string     `json:"repair" doc:"Where to post the repair"`
}

// Night is how the closing of days stands.
type Night struct {
	DueDays     int64       `json:"due_days" doc:"Days that have ended and are not closed, of all projects, parked ones left out"`
	DueProjects int64       `json:"due_projects" doc:"How many projects they are of"`
	DueSince    *time.Time  `json:"due_since,omitempty" doc:"When the first of them ended"`
	Behind      int64       `json:"behind_seconds" doc:"How long ago that was; days are closed within minutes"`
	Parked      []ParkedDay `json:"parked" doc:"Days that could not be closed and wait for a repair"`
}

func nightRoutes(a *API) {
	const tag = chapterOperator
	read(a, route{
		method: http.MethodGet, path: "/v1/night", id: "get-night", tag: tag, need: needOperator,
		summary: "How far the closing of days is", text: "Which days are due, and which could not be closed: their projects wait; all others go on (Rule B-12).",
	}, a.getNight)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/repair", id: "repair-day", tag: tag, need: needOperator,
		summary: "Let the closing of a parked project go on", text: "The day is tried again; with skip it is recorded as closed with the entries it has and no others.",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body struct {
			Skip bool `json:"skip,omitempty"`
		}
	},
	) (Project, error) {
		if err := a.parts.Billing.Unpark(ctx, tx, in.id(), in.Body.Skip, a.now()); err != nil {
			return Project{}, err
		}
		return projectNow(ctx, tx, in.id(), a.now())
	})
}

func (a *API) getNight(ctx context.Context, _ *struct{}) (out Night, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		now := a.now()
		lag, err := billing.GetNightLag(ctx, q, now)
		if err != nil {
			return err
		}
		parked, err := billing.ParkedProjects(ctx, q)
		out = Night{
			DueDays: lag.Days, DueProjects: lag.Projects, DueSince: happened(lag.Since), Behind: int64(lag.Behind(now) / time.Second),
			Parked: make([]ParkedDay, len(parked)),
		}
		for i, st := range parked {
			out.Parked[i] = ParkedDay{
				Project: string(st.Project), Day: st.NextDay, Reason: st.Parked.String(), Repair: "/v1/projects/" + string(st.Project) + "/repair",
			}
		}
		return err
	})
}
