package app

import (
	"context"
	"errors"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/tracking"
)

// purgedTogether is about how many visits go in one transaction.
const purgedTogether = 5000

// ageVisits sums up the visits that are over, and removes those whose time is (Rules C-107, C-108).
func (a *App) ageVisits(ctx context.Context) {
	projects, err := tracking.Visited(ctx, a.Events)
	for _, id := range projects {
		err = errors.Join(err, a.ageVisitsOf(ctx, id, a.clock()))
	}
	if ctx.Err() == nil {
		a.complain("summing up visits", err)
	}
}

func (a *App) ageVisitsOf(ctx context.Context, id ident.ProjectID, at time.Time) error {
	for more := true; more; {
		hours, err := tracking.Roll(ctx, a.Events, id, at)
		if err != nil {
			return err
		}
		more = hours > 0
	}
	for more := a.Config.KeepVisits > 0; more; {
		gone, err := tracking.Purge(ctx, a.Events, id, at.Add(-a.Config.KeepVisits), purgedTogether)
		if err != nil {
			return err
		}
		more = gone > 0
	}
	return nil
}

// RescoreKind is the kind of jobs that score calls anew; their argument is a Rescoring, their subject the project, their result a Rescored.
const RescoreKind = "tracking_rescore"

// Rescoring is which calls are to be scored anew.
type Rescoring struct {
	Project ident.ProjectID `json:"project"`
	From    time.Time       `json:"from"`
	Until   time.Time       `json:"until"`
}

// Rescored is what came of it.
type Rescored struct {
	Calls   int64 `json:"calls"`   // that were looked at
	Changed int64 `json:"changed"` // that have a further receipt
}

// RescoreAll scores those calls of a period anew whose receipt is of an older version of the scorer (Rule C-102). Begun again, it goes on.
func (a *App) RescoreAll(ctx context.Context, r Rescoring, progress func(done, total int64)) (done Rescored, err error) {
	const page = 100
	after := ""
	for {
		calls, err := tracking.Stale(ctx, a.Events, r.Project, r.From, r.Until, after, page)
		if err != nil || len(calls) == 0 {
			return done, err
		}
		for _, text := range calls {
			after = text
			id, err := call.ParseID(text)
			if err != nil {
				continue // a receipt of no call of ours
			}
			changed, err := a.Rescore(ctx, call.Ref{Project: r.Project, ID: id})
			if err != nil {
				return done, err
			}
			if done.Calls++; changed {
				done.Changed++
			}
		}
		progress(done.Calls, 0)
	}
}

// rescoreJob is the handler of such jobs.
func (a *App) rescoreJob(ctx context.Context, j job.Job, progress func(done, total int64)) (any, error) {
	var r Rescoring
	if err := j.Read(&r, nil); err != nil {
		return nil, err
	}
	return a.RescoreAll(ctx, r, progress)
}
