package charging

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CallRecord is a leg that has ended, as a PBX or an export reports it.
type CallRecord struct {
	Project    ident.ProjectID
	ID         string    // names the leg, best beginning with the time
	Kind       string    // one of pricing.LegKinds
	To         string    // as in AuthoriseRequest; anything at all where nobody answered
	Number     string    // the project's number the call came in on; empty where none
	AnsweredAt time.Time // zero where nobody answered
	Seconds    int64     // of talk
	At         time.Time // when the record came; a repetition may carry another
	Live       bool      // told as the leg ended, not read from a file: its end may not lie in the future (Rule B-72)
}

// Charge charges a finished leg at once. It has happened: neither funds nor caps refuse it, only what cannot be priced. A
// leg that was authorised under the same id is settled, also one that Recover gave back unheard. The same record again gets the first answer, another one under
// the same id errs.Conflict `charging.record_conflict`. Other errors: errs.NotFound `project.not_found`; errs.Invalid
// `charging.bad_record`, of what is Live `charging.bad_duration`, `charging.bad_destination` and `charging.before_project`; those of the book, such as `rating.unknown_destination`.
func (s *Service) Charge(ctx context.Context, in CallRecord) (Leg, error) {
	c, err := checkRecord(in)
	if err != nil {
		return Leg{}, err
	}
	return do[Leg](ctx, s, c)
}

// ChargeAll charges finished legs in one transaction: all of them, or where one is refused, none. The error then tells
// which: its place begins with "record N", from 1.
func (s *Service) ChargeAll(ctx context.Context, records []CallRecord) ([]Leg, error) {
	in := make([]request, len(records))
	for i, record := range records {
		c, err := checkRecord(record)
		if err != nil {
			return nil, atRecord(i, err)
		}
		in[i] = c
	}
	legs := make([]Leg, 0, len(records))
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		legs = legs[:0]
		for first := 0; first < len(in); first += mostInRound {
			out, err := s.decide(ctx, tx, in[first:min(first+mostInRound, len(in))])
			if err != nil {
				return err
			}
			for i, outcome := range out {
				if outcome.Err != nil {
					return atRecord(first+i, outcome.Err)
				}
				leg, _ := outcome.Value.(Leg)
				legs = append(legs, leg)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return legs, nil
}

// atRecord adds the record's number to the place of an error.
func atRecord(i int, err error) error {
	place := fmt.Sprintf("record %d", i+1)
	var known *errs.Error
	if !errors.As(err, &known) {
		return fmt.Errorf("%s: %w", place, err)
	}
	located := *known
	located.Where = strings.TrimSuffix(place+": "+known.Where, ": ")
	return &located
}

// finished is a record as it was read.
type finished struct {
	CallRecord
	to        destination
	malformed error // of a destination that need not be one where nobody answered
}

// checkRecord reads a record.
func checkRecord(in CallRecord) (finished, error) {
	c := finished{CallRecord: in}
	if err := checkLeg(in.ID, in.Kind, in.Number, in.At); err != nil {
		return c, err
	}
	if err := checkTalk(in.AnsweredAt, in.Seconds, in.At); err != nil {
		return c, err
	}
	c.to, c.malformed = readDestination(in.To)
	if in.AnsweredAt.IsZero() && c.malformed != nil {
		if len(in.To) > longestDialed || !isPlain(in.To) {
			return c, c.malformed
		}
	}
	return c, nil
}

func (in finished) needs() needs {
	at := in.AnsweredAt
	if at.IsZero() {
		at = in.At
	}
	return needs{
		project: in.Project, leg: in.ID, entry: entryKey(in.ID),
		number: billing.NumberAt{Project: in.Project, Number: in.Number, At: at},
	}
}

func (in finished) decide(ctx context.Context, r *round) (any, error) {
	c, err := r.customer(in.Project)
	if err != nil {
		return nil, err
	}
	if in.to, err = in.destination(c.project.Country); err != nil {
		return nil, err
	}
	leg := r.legs[key{in.Project, in.ID}]
	switch {
	case leg == nil:
		leg = &Leg{Project: in.Project, ID: in.ID, Kind: in.Kind, To: in.to.to, Number: in.Number, NumberOwner: r.owners[in.needs().number]}
		if in.to.emergency {
			leg.Charge = Emergency
		}
	case !leg.same(in.Kind, in.to.to, in.Number):
		return nil, recordConflict(leg)
	case leg.ended(in.AnsweredAt, in.Seconds):
		return *leg, nil
	case leg.State != Open && !leg.unheard():
		return nil, endedOtherwise(leg)
	}
	if in.Live {
		if err := leg.checkEnd(in.AnsweredAt, in.Seconds, in.At); err != nil {
			return nil, err
		}
	}
	if err := c.checkOpened("answered_at", in.AnsweredAt); err != nil {
		return nil, err
	}
	return r.end(ctx, c, leg, ending{answeredAt: in.AnsweredAt, seconds: in.Seconds, at: in.At, state: Settled})
}

// destination is where the leg went. A leg nobody answered costs nothing: what was dialled stays as it was written where
// it cannot be read.
func (in finished) destination(country string) (destination, error) {
	if in.malformed == nil {
		to, err := in.to.from(country)
		if err == nil {
			return to, nil
		}
		in.malformed = err
	}
	if in.AnsweredAt.IsZero() {
		return destination{to: in.To}, nil
	}
	return destination{}, in.malformed
}
