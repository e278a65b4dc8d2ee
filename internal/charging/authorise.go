package charging

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// AuthoriseRequest asks whether a leg may be dialled.
type AuthoriseRequest struct {
	Project ident.ProjectID
	LegID   string    // made by the caller, best beginning with the time; names the leg from now on
	Kind    string    // one of pricing.LegKinds
	To      string    // E.164 with '+', the digits as dialled in the project's country, or sip:user@host
	Number  string    // the project's number the call came in on; empty where none
	At      time.Time //
}

// Authorisation is the permission to dial a leg.
type Authorisation struct {
	Hold         ident.HoldID `json:"hold"`
	State        LegState     `json:"state"`         // open, but in the repeated answer to a request whose leg has ended
	HoldSeconds  int64        `json:"hold_seconds"`  // seconds of talk that the hold pays for
	ExtendWithin int64        `json:"extend_within"` // seconds of talk within which to extend it; HeartbeatWithin at most
	// HeartbeatWithin is how many seconds may pass from one sign of life to the next, ringing included: the first is due
	// that long after this answer. A leg not heard of for three times as long is taken for lost (Rule B-73).
	HeartbeatWithin int64       `json:"heartbeat_within"`
	MaxSeconds      int64       `json:"max_seconds"` // seconds that all that is available now would pay for (Rule B-25)
	Free            bool        `json:"free"`        // it costs nothing, or minutes of a package
	Emergency       bool        `json:"emergency"`   // whatever happens: let it through
	Prefix          string      `json:"prefix,omitempty"`
	Zone            string      `json:"zone,omitempty"`
	PerMinute       money.Micro `json:"per_minute"`
}

// Authorise reserves funds for the first quantum of a leg before it is dialled, or what there is for less (Rule B-72). The
// same request again gets the first answer; another under the same id is errs.Conflict `charging.record_conflict`.
//
// Refusals, in this order: errs.NotFound `project.not_found`; errs.Invalid `charging.bad_destination`; errs.Unpaid
// `billing.suspended` for outgoing calls of a project whose funds have ended; errs.Denied `charging.country_forbidden` and
// `charging.premium_forbidden`; those of the book (`rating.unknown_destination`, `pricing.leg_not_sold`); errs.Denied
// `charging.too_expensive`, `charging.too_many_calls`, `charging.day_limit`; errs.Unpaid `charging.no_funds`. Inbound legs
// are not dialled: only the book and funds count for them. A free leg needs no funds. Emergency numbers pass all of these.
func (s *Service) Authorise(ctx context.Context, in AuthoriseRequest) (Authorisation, error) {
	if err := checkLeg(in.LegID, in.Kind, in.Number, in.At); err != nil {
		return Authorisation{}, err
	}
	a := authorise{AuthoriseRequest: in}
	a.to, a.malformed = readDestination(in.To)
	if s.billing.Enforce && a.malformed == nil && dials(in.Kind) {
		a.to = a.to.look()
	}
	return do[Authorisation](ctx, s, a)
}

type authorise struct {
	AuthoriseRequest
	to        destination
	malformed error
}

func (a authorise) needs() needs {
	return needs{
		project: a.Project, leg: a.LegID, hold: true, caps: true, at: a.At,
		number: billing.NumberAt{Project: a.Project, Number: a.Number, At: a.At},
	}
}

func (a authorise) decide(ctx context.Context, r *round) (any, error) {
	c, err := r.customer(a.Project)
	if err != nil {
		return nil, err
	}
	if a.malformed != nil {
		return nil, a.malformed
	}
	if a.to, err = a.to.from(c.project.Country); err != nil {
		return nil, err
	}
	if earlier := r.legs[key{a.Project, a.LegID}]; earlier != nil {
		return r.authorisedBefore(c, earlier, a)
	}
	leg := &Leg{
		Project: a.Project, ID: a.LegID, Kind: a.Kind, To: a.to.to, Number: a.Number, NumberOwner: r.owners[a.needs().number], State: Open,
		OpenedAt: micros(a.At), HeartbeatAt: micros(a.At), Day: c.dayAt(a.At),
	}
	if a.to.emergency {
		leg.Charge = Emergency
	}
	permit, err := r.permit(ctx, c, leg, a.to)
	if err != nil {
		return nil, err
	}
	hold, _, err := r.ledger.Hold(ctx, ledger.HoldRequest{Project: leg.Project, Key: leg.ID, Ref: leg.ID, Day: leg.Day, Amount: permit.held, At: a.At})
	if err != nil {
		return nil, err
	}
	leg.rated(permit.quote)
	leg.Hold, leg.Held, leg.HoldSeconds, leg.MaxSeconds = hold.ID, hold.Amount, permit.holdSeconds, permit.maxSeconds
	c.opened(leg)
	r.write(leg)
	return leg.authorisation(permit.ahead, r.heartbeat()), nil
}

// authorisedBefore answers a repeated request.
func (r *round) authorisedBefore(c *customer, leg *Leg, a authorise) (any, error) {
	if leg.Hold == 0 || !leg.same(a.Kind, a.to.to, a.Number) {
		return nil, recordConflict(leg)
	}
	if leg.Charge == Emergency {
		return leg.authorisation(0, r.heartbeat()), nil
	}
	list, err := c.pricesOn(r.books, c.dayAt(leg.OpenedAt))
	if err != nil {
		return nil, err
	}
	return leg.authorisation(c.limits(list).ahead, r.heartbeat()), nil
}

func (l *Leg) authorisation(ahead, heartbeat int64) Authorisation {
	return Authorisation{
		Hold: l.Hold, State: l.State, HoldSeconds: l.HoldSeconds, MaxSeconds: l.MaxSeconds,
		ExtendWithin: min(heartbeat, max(0, l.HoldSeconds-ahead)), HeartbeatWithin: heartbeat,
		Free: l.Charge != pricebook.ChargeRated, Emergency: l.Charge == Emergency, Prefix: l.Prefix, Zone: l.Zone, PerMinute: l.PerMinute,
	}
}

func (c *customer) opened(leg *Leg) {
	c.held[leg.Day] += leg.Held
	if leg.counts() {
		c.open++
	}
}

func (c *customer) closed(leg *Leg) {
	c.held[leg.Day] -= leg.Held
	if leg.counts() {
		c.open--
	}
}

func recordConflict(leg *Leg) error {
	return errs.New(errs.Conflict, "charging.record_conflict", "leg %s was reported otherwise before", leg.ID).At("id").
		Try("send the first report again, or use a new id for another leg").With("state", string(leg.State))
}

// endedOtherwise is the conflict of a report with how its leg ended.
func endedOtherwise(leg *Leg) error {
	if leg.State != Expired {
		return recordConflict(leg)
	}
	return errs.New(errs.Conflict, "charging.record_conflict", "leg %s fell silent and was closed after the %d s its last heartbeat reported, for %s: that stands", leg.ID, leg.Seconds, leg.Amount).
		At("id").Try("book an adjustment for the talk that followed").With("state", string(leg.State)).With("seconds", leg.Seconds).With("amount", leg.Amount)
}
