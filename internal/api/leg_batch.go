package api

import (
	"context"
	"net/http"
	"sync"

	"bellwether/internal/charging"
	"bellwether/internal/errs"
)

// LegBatch is a number of legs that have ended.
type LegBatch struct {
	Records   []LegRecord `json:"records" minItems:"1" maxItems:"1000"`
	AllOrNone bool        `json:"all_or_none,omitempty" doc:"Charge all or none; the error names the first record that is refused"`
}

// LegOutcomes answer a batch.
type LegOutcomes struct {
	Charged  int          `json:"charged"`
	Refused  int          `json:"refused"`
	Outcomes []LegOutcome `json:"outcomes" doc:"One for each record, in their order"`
}

// LegOutcome is a leg or why it was refused.
type LegOutcome struct {
	ID      string   `json:"id"`
	Leg     *Leg     `json:"leg,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

func (a *API) recordLegs(ctx context.Context, in *struct {
	Of
	Body LegBatch
},
) (LegOutcomes, error) {
	now := a.now()
	records := make([]charging.CallRecord, len(in.Body.Records))
	for i, r := range in.Body.Records {
		if r.ID == "" {
			return LegOutcomes{}, errs.New(errs.Invalid, "api.record_without_id", "a record of a batch needs an id").At("body.records").With("record", i+1)
		}
		records[i] = r.domain(in.Of, r.ID, now)
	}
	if !in.Body.AllOrNone {
		return a.chargeEach(ctx, records)
	}
	legs, err := a.parts.Charging.ChargeAll(ctx, records)
	out := LegOutcomes{Charged: len(legs), Outcomes: make([]LegOutcome, len(legs))}
	for i, leg := range legs {
		out.Outcomes[i] = LegOutcome{ID: leg.ID, Leg: pointer(viewLeg(leg))}
	}
	return out, err
}

// mostAtOnce is how many records of a batch wait for the store together, so that they share its commits.
const mostAtOnce = 64

// chargeEach charges records by themselves. What is no record's fault ends all of it, so that it is not kept as the answer:
// the repetition goes on where it ended, for each leg is charged once.
func (a *API) chargeEach(ctx context.Context, records []charging.CallRecord) (LegOutcomes, error) {
	out := LegOutcomes{Outcomes: make([]LegOutcome, len(records))}
	failed := make([]error, len(records))
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(mostAtOnce, len(records)) {
		workers.Go(func() {
			for i := range next {
				out.Outcomes[i], failed[i] = a.chargeOne(ctx, records[i])
			}
		})
	}
	for i := range records {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, err := range failed {
		if err == nil {
			out.Charged++
			continue
		}
		problem := problemOf(err, noteOf(ctx).id)
		if problem.Status >= http.StatusInternalServerError {
			return LegOutcomes{}, err
		}
		out.Outcomes[i].Problem = problem
		out.Refused++
	}
	return out, nil
}

func (a *API) chargeOne(ctx context.Context, record charging.CallRecord) (LegOutcome, error) {
	leg, err := a.parts.Charging.Charge(ctx, record)
	if err != nil {
		return LegOutcome{ID: record.ID}, err
	}
	return LegOutcome{ID: record.ID, Leg: pointer(viewLeg(leg))}, nil
}
