package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/tracking"
)

// Rescoring is which calls are to be scored anew.
type Rescoring struct {
	From  time.Time `json:"from" doc:"Of the calls' beginning"`
	Until time.Time `json:"until"`
	After string    `json:"after,omitempty" maxLength:"20" doc:"What the request before gave as next"`
}

// Rescored is what came of it.
type Rescored struct {
	Calls   int64  `json:"calls" doc:"Looked at"`
	Changed int64  `json:"changed" doc:"That have a further receipt"`
	Next    string `json:"next,omitempty" doc:"There are more: hand it back as after"`
}

// rescoredTogether is how many calls one request scores anew.
const rescoredTogether = 100

func rescoringRoutes(a *API) {
	apart(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/rescorings", id: "rescore-calls", tag: chapterTracking, need: needCallsWrite, ownRecord: true,
		summary: "Score anew where the calls of a period came from",
		text:    "Those whose latest receipt is older than what the project's scorer has learnt since (Rule C-102), a hundred at a time: ask again with `next` until there is none.",
	}, a.rescoreCalls)
}

func (a *API) rescoreCalls(ctx context.Context, in *struct {
	Of
	Body Rescoring
},
) (out Rescored, err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	if _, err := call.Look(p, access.Edit); err != nil {
		return out, err
	}
	stale, err := tracking.Stale(ctx, a.parts.Events, in.id(), in.Body.From, in.Body.Until, in.Body.After, rescoredTogether)
	if err != nil {
		return out, err
	}
	for _, text := range stale {
		id, err := call.ParseID(text)
		if err != nil {
			continue // a receipt of no call of ours
		}
		changed, err := a.parts.Rescore(ctx, p, id)
		if err != nil {
			return out, err
		}
		if out.Calls++; changed {
			out.Changed++
		}
	}
	if len(stale) == rescoredTogether {
		out.Next = stale[len(stale)-1]
	}
	return out, nil
}
