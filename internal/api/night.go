package api

import (
	"context"
	"net/http"

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

// ParkedDays are the days that wait for a repair.
type ParkedDays struct {
	Parked []ParkedDay `json:"parked"`
}

func nightRoutes(a *API) {
	const tag = chapterOperator
	read(a, route{
		method: http.MethodGet, path: "/v1/night", id: "get-night", tag: tag, need: needOperator,
		summary: "Which days could not be closed", text: "Their projects wait; all others go on (Rule B-12).",
	}, func(ctx context.Context, _ *struct{}) (out ParkedDays, err error) {
		parked, err := billing.ParkedProjects(ctx, a.parts.DB)
		out.Parked = make([]ParkedDay, len(parked))
		for i, st := range parked {
			out.Parked[i] = ParkedDay{
				Project: string(st.Project), Day: st.NextDay, Reason: st.Parked, Repair: "/v1/projects/" + string(st.Project) + "/repair",
			}
		}
		return out, err
	})
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
