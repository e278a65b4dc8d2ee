package charging

import (
	"context"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
)

// ExtendRequest says that a leg goes on, ringing or talking. It is sent every HeartbeatWithin seconds at the latest: after a
// crash a leg is charged up to the last one (Rule B-73).
type ExtendRequest struct {
	Project    ident.ProjectID
	LegID      string
	AnsweredAt time.Time // zero while it rings, and where At less Elapsed will do
	Elapsed    int64     // whole seconds of talk, by a clock that does not step; 0 while it rings
	At         time.Time
	Heartbeat  bool // only say so: the hold is not to grow
}

// Extension says how long a leg may go on.
type Extension struct {
	Covered int64 `json:"covered"` // seconds of talk that are paid for
	Within  int64 `json:"within"`  // seconds of talk within which to extend again; HeartbeatWithin beyond those reported at most
	Last    bool  `json:"last"`    // funds or the day's cap allow no more now: warn, then hang up at Covered unless an extension succeeds
	WarnAt  int64 `json:"warn_at"` // second of talk at which to play the warning tone, where Last
	// HeartbeatWithin is within how many seconds the next sign of life is due, as in Authorisation.
	HeartbeatWithin int64 `json:"heartbeat_within"`
}

// warning is how long before the end the tone is played, in seconds.
const warning = 60

// Extend records that a leg is alive and sees to it that its hold covers the next minute: where less is left, it grows to
// what was talked and one quantum more (Rule B-72). Lack of funds is not an error but an answer: Last. Reports may arrive
// twice or out of order; the longest counts. Errors: errs.NotFound `project.not_found`, `charging.no_leg`; errs.Conflict
// `charging.leg_closed`: then hang up; errs.Invalid `charging.bad_record`, `charging.before_project`, and
// `charging.bad_duration` where the talk grows faster than time passes.
func (s *Service) Extend(ctx context.Context, in ExtendRequest) (Extension, error) {
	if err := checkID(in.LegID); err != nil {
		return Extension{}, err
	}
	if err := checkInstant("at", in.At); err != nil {
		return Extension{}, err
	}
	if err := checkTalk(in.answeredAt(), in.Elapsed, in.At); err != nil {
		return Extension{}, err
	}
	return do[Extension](ctx, s, in)
}

// answeredAt is when the leg was answered: as told, or reckoned back from the talk.
func (in ExtendRequest) answeredAt() time.Time {
	if in.AnsweredAt.IsZero() && in.Elapsed > 0 && in.Elapsed <= longest {
		return in.At.Add(-time.Duration(in.Elapsed) * time.Second)
	}
	return in.AnsweredAt
}

func (in ExtendRequest) needs() needs {
	return needs{project: in.Project, leg: in.LegID, caps: !in.Heartbeat}
}

func (in ExtendRequest) decide(ctx context.Context, r *round) (any, error) {
	c, leg, err := r.openLeg(in.Project, in.LegID)
	if err != nil {
		return nil, err
	}
	if err := leg.checkGrowth(in.AnsweredAt, in.Elapsed, in.At); err != nil {
		return nil, err
	}
	if err := c.checkOpened("answered_at", in.answeredAt()); err != nil {
		return nil, err
	}
	grown := *leg
	if grown.AnsweredAt.IsZero() {
		grown.AnsweredAt = micros(in.answeredAt())
	}
	grown.Seconds = max(grown.Seconds, in.Elapsed)
	if at := micros(in.At); at.After(grown.HeartbeatAt) {
		grown.HeartbeatAt = at
	}
	extension, err := r.cover(ctx, c, &grown, !in.Heartbeat)
	if err != nil {
		return nil, err
	}
	if _, err := r.ledger.ExtendHold(ctx, leg.Project, leg.Hold, grown.Held, in.At); err != nil {
		return nil, err
	}
	c.held[leg.Day] += grown.Held - leg.Held
	*leg = grown
	r.write(leg)
	return extension, nil
}

// cover says how long the hold of a leg lasts, and where it is to grow and must, raises leg.Held.
func (r *round) cover(ctx context.Context, c *customer, leg *Leg, grow bool) (Extension, error) {
	heartbeat := r.heartbeat()
	alive := min(leg.Seconds+heartbeat, longest)
	if leg.Charge != pricebook.ChargeRated || !r.billing.Enforce {
		return Extension{Covered: longest, Within: alive, HeartbeatWithin: heartbeat}, nil
	}
	answeredAt := leg.AnsweredAt
	if answeredAt.IsZero() {
		answeredAt = leg.OpenedAt
	}
	quote, err := r.quoteAnswered(c, leg, answeredAt)
	if err != nil {
		return Extension{}, err
	}
	list, err := c.pricesOn(r.books, c.dayAt(answeredAt))
	if err != nil {
		return Extension{}, err
	}
	caps := c.limits(list)
	enough := min(leg.Seconds+caps.ahead, longest)
	if covered := quote.MaxSeconds(leg.Held); grow && covered < enough {
		if err := r.grow(ctx, c, leg, quote, caps); err != nil {
			return Extension{}, err
		}
	}
	covered := quote.MaxSeconds(leg.Held)
	e := Extension{Covered: covered, Within: min(alive, max(0, covered-caps.ahead)), HeartbeatWithin: heartbeat}
	if grow && covered < enough {
		e.Last, e.WarnAt = true, max(0, covered-warning)
	}
	return e, nil
}

// grow raises what is held to cover one quantum more, or as much of it as the budget pays for.
func (r *round) grow(ctx context.Context, c *customer, leg *Leg, quote quote, caps limits) error {
	b, err := r.budget(ctx, c, leg.Day, caps)
	if err != nil {
		return err
	}
	affordable := quote.MaxSeconds(leg.Held + b.least())
	charge, err := quote.Price(min(leg.Seconds+caps.quantum, affordable))
	leg.Held = max(leg.Held, charge.Amount)
	return err
}

// openLeg finds a leg that has not ended.
func (r *round) openLeg(project ident.ProjectID, id string) (*customer, *Leg, error) {
	c, err := r.customer(project)
	if err != nil {
		return nil, nil, err
	}
	leg := r.legs[key{project, id}]
	if leg == nil {
		return nil, nil, noLeg(id)
	}
	if leg.State != Open {
		return nil, nil, legClosed(leg)
	}
	return c, leg, nil
}

func noLeg(id string) error {
	return errs.New(errs.NotFound, "charging.no_leg", "the project has no leg %q", id).At("id")
}

func legClosed(leg *Leg) error {
	return errs.New(errs.Conflict, "charging.leg_closed", "leg %s is %s", leg.ID, leg.State).At("id").
		With("state", string(leg.State)).With("seconds", leg.Seconds).With("amount", leg.Amount)
}
