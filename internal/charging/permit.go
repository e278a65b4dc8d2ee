package charging

import (
	"context"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
)

// quote is how a leg is charged.
type quote struct {
	pricing.LegRate
	charge pricebook.LegCharge
	book   string
}

// quote finds the rate of a leg answered at an instant, by the book of that usage day.
func (r *round) quote(c *customer, leg *Leg, answeredAt time.Time, day civil.Date) (quote, error) {
	if leg.Charge == Emergency {
		return c.emergency(day), nil
	}
	list, err := c.pricesOn(r.books, day)
	if err != nil {
		return quote{}, err
	}
	return quoteBy(list, leg, answeredAt)
}

// emergency is how a call to an emergency number is charged: the zero rate prices nothing. Nothing is looked up that could
// be missing, not even the book it names (Rule B-71).
func (c *customer) emergency(day civil.Date) quote {
	period := c.project.BookAt(day)
	return quote{charge: Emergency, book: period.Book + "@" + period.Version}
}

func quoteBy(list *priceList, leg *Leg, answeredAt time.Time) (quote, error) {
	rate, err := list.Leg(leg.pricing(answeredAt))
	return quote{LegRate: rate, charge: rate.Rule.Charge, book: list.ref}, err
}

// quoteAnswered finds the rate of a leg that was answered. Where the book was moved meanwhile to one that does not serve
// the destination, the one it was authorised by counts.
func (r *round) quoteAnswered(c *customer, leg *Leg, answeredAt time.Time) (quote, error) {
	found, err := r.quote(c, leg, answeredAt, c.dayAt(answeredAt))
	if err != nil && leg.Hold != 0 && errs.KindOf(err) != errs.Internal {
		return r.quote(c, leg, answeredAt, c.dayAt(leg.OpenedAt))
	}
	return found, err
}

// permit is what a leg that may be dialled gets.
type permit struct {
	quote
	held        money.Micro
	holdSeconds int64
	maxSeconds  int64
	ahead       int64
}

// permit refuses a leg or says what to hold for it. Emergency calls come before all that could fail.
func (r *round) permit(ctx context.Context, c *customer, leg *Leg, to destination) (permit, error) {
	if leg.Charge == Emergency {
		return permit{quote: c.emergency(leg.Day), holdSeconds: longest, maxSeconds: longest}, nil
	}
	list, err := c.pricesOn(r.books, leg.Day)
	if err != nil {
		return permit{}, err
	}
	caps := c.limits(list)
	p := permit{holdSeconds: longest, maxSeconds: longest, ahead: caps.ahead}
	if r.billing.Enforce && dials(leg.Kind) {
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
	if !r.billing.Enforce || p.charge == pricebook.ChargeFree {
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
