package charging

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
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
	ExtendWithin int64        `json:"extend_within"` // seconds of talk within which to extend it
	MaxSeconds   int64        `json:"max_seconds"`   // seconds that all that is available now would pay for (Rule B-25)
	Free         bool         `json:"free"`          // it costs nothing, or minutes of a package
	Emergency    bool         `json:"emergency"`     // whatever happens: let it through
	Prefix       string       `json:"prefix,omitempty"`
	Zone         string       `json:"zone,omitempty"`
	PerMinute    money.Micro  `json:"per_minute"`
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
	return leg.authorisation(permit.ahead), nil
}

// authorisedBefore answers a repeated request.
func (r *round) authorisedBefore(c *customer, leg *Leg, a authorise) (any, error) {
	if leg.Hold == 0 || !leg.same(a.Kind, a.to.to, a.Number) {
		return nil, recordConflict(leg)
	}
	list, err := c.pricesOn(r.books, c.dayAt(leg.OpenedAt))
	if err != nil {
		return nil, err
	}
	return leg.authorisation(c.limits(list).ahead), nil
}

func (l *Leg) authorisation(ahead int64) Authorisation {
	return Authorisation{
		Hold: l.Hold, State: l.State, HoldSeconds: l.HoldSeconds, ExtendWithin: max(0, l.HoldSeconds-ahead), MaxSeconds: l.MaxSeconds,
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

// quote is how a leg is charged.
type quote struct {
	pricing.LegRate
	charge pricebook.LegCharge
	book   string
}

// quote finds the rate of a leg answered at an instant, by the book of that usage day.
func (r *round) quote(c *customer, leg *Leg, answeredAt time.Time, day civil.Date) (quote, error) {
	list, err := c.pricesOn(r.books, day)
	if err != nil {
		return quote{}, err
	}
	return quoteBy(list, leg, answeredAt)
}

func quoteBy(list *priceList, leg *Leg, answeredAt time.Time) (quote, error) {
	if leg.Charge == Emergency {
		return quote{charge: Emergency, book: list.ref}, nil // the zero rate prices nothing
	}
	rate, err := list.Leg(leg.pricing(answeredAt))
	return quote{LegRate: rate, charge: rate.Rule.Charge, book: list.ref}, err
}

// permit is what a leg that may be dialled gets.
type permit struct {
	quote
	held        money.Micro
	holdSeconds int64
	maxSeconds  int64
	ahead       int64
}

// permit refuses a leg or says what to hold for it.
func (r *round) permit(ctx context.Context, c *customer, leg *Leg, to destination) (permit, error) {
	list, err := c.pricesOn(r.books, leg.Day)
	if err != nil {
		return permit{}, err
	}
	caps := c.limits(list)
	p := permit{holdSeconds: longest, maxSeconds: longest, ahead: caps.ahead}
	if leg.Charge != Emergency && r.billing.Enforce && dials(leg.Kind) {
		if stopsDry(leg.Kind) {
			if err := c.standing.MayDial(); err != nil {
				return permit{}, err
			}
		}
		if err := caps.checkDestination(to, c.project.Country); err != nil {
			return permit{}, err
		}
	}
	if p.quote, err = quoteBy(list, leg, leg.OpenedAt); err != nil {
		return permit{}, err
	}
	if !r.billing.Enforce || p.charge == pricebook.ChargeFree || p.charge == Emergency {
		return p, nil
	}
	if dials(leg.Kind) {
		if err := p.checkCaps(caps, c.open); err != nil {
			return permit{}, err
		}
	}
	if p.Free() {
		return p, nil
	}
	b, err := r.budget(ctx, c, leg.Day, caps)
	if err != nil {
		return permit{}, err
	}
	return p, p.reserve(b, caps.quantum)
}

func (p *permit) checkCaps(caps limits, open int64) error {
	if err := caps.checkPrice(p.LegRate); err != nil {
		return err
	}
	return caps.checkConcurrent(open)
}

// reserve holds the price of the first quantum, or of as much as the budget pays for, but at least of the first second
// that costs anything.
func (p *permit) reserve(b budget, quantum int64) error {
	least, err := p.Price(min(p.Rate.Free+1, longest))
	if err != nil {
		return err
	}
	if least.Amount > b.least() {
		return b.refuse(least.Amount)
	}
	p.maxSeconds = p.LegRate.MaxSeconds(b.least())
	first, err := p.Price(min(quantum, p.maxSeconds))
	p.held, p.holdSeconds = first.Amount, p.LegRate.MaxSeconds(first.Amount)
	return err
}

// budget is what a customer may still spend.
type budget struct {
	c     *customer
	caps  limits
	funds money.Micro // available in the account
	used  money.Micro // of the day's cap, held included
}

func (r *round) budget(ctx context.Context, c *customer, day civil.Date, caps limits) (budget, error) {
	account, err := r.ledger.Account(ctx, c.project.ID)
	return budget{c: c, caps: caps, funds: account.Available(), used: c.spent[day] + c.held[day]}, err
}

// least is the amount that both the funds and the day's cap allow; never negative.
func (b budget) least() money.Micro { return max(0, min(b.funds, b.caps.perDay-b.used)) }

// refuse says which of them does not allow an amount, the day's cap first.
func (b budget) refuse(wanted money.Micro) error {
	if wanted > b.caps.perDay-b.used {
		return b.caps.dayLimit(b.used, wanted)
	}
	return noFunds(b.c, wanted, b.funds)
}

func recordConflict(leg *Leg) error {
	return errs.New(errs.Conflict, "charging.record_conflict", "leg %s was reported otherwise before", leg.ID).At("id").
		Try("send the first report again, or use a new id for another leg").With("state", string(leg.State))
}
