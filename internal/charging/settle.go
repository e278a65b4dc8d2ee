package charging

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// SettleRequest says how an authorised leg ended.
type SettleRequest struct {
	Project    ident.ProjectID
	LegID      string
	AnsweredAt time.Time // zero where nobody answered
	Seconds    int64     // of talk
	At         time.Time // when it ended; a repetition may carry another
	Cause      string    // of the hang-up, for people; a repetition may carry another

	// With writes, in the transaction in which the leg is charged, what has to be there with the charge or not at all: the record of the
	// leg (Rule T-35). Its error undoes the charge. It may run more than once, also for a repetition. Nil writes nothing.
	With func(ctx context.Context, tx *store.Tx, settled Leg) error
}

// follow is what is written with a request.
func (in SettleRequest) follow(ctx context.Context, tx *store.Tx, answer any) error {
	leg, ok := answer.(Leg)
	if in.With == nil || !ok {
		return nil
	}
	return broken(in.With(ctx, tx, leg))
}

// Settle charges a leg that ended, exactly and once, and gives back what was held beyond (Rule B-72): by the rate at the
// answer, on the usage day of the answer while that is not final, else as an adjustment on today (Rule B-11). A free leg
// and one counted in minutes of a package make no entry (Rule B-37). A leg nobody answered is released.
//
// The same report again gets the first answer. A leg that Recover gave back because nobody was known to have answered is
// charged when its true end comes after all, as a finished record would be. Errors: errs.NotFound `project.not_found`, `charging.no_leg`; errs.Conflict
// `charging.record_conflict` where the leg was reported to have ended otherwise, or Recover charged what its
// last heartbeat told; errs.Invalid `charging.bad_record`, `charging.bad_duration`, and `charging.before_project` where it was answered before the
// first day of the project.
func (s *Service) Settle(ctx context.Context, in SettleRequest) (Leg, error) {
	if err := checkID(in.LegID); err != nil {
		return Leg{}, err
	}
	if err := checkInstant("at", in.At); err != nil {
		return Leg{}, err
	}
	if err := checkTalk(in.AnsweredAt, in.Seconds, in.At); err != nil {
		return Leg{}, err
	}
	if err := checkCause(in.Cause); err != nil {
		return Leg{}, err
	}
	return do[Leg](ctx, s, in)
}

func (in SettleRequest) needs() needs {
	return needs{project: in.Project, leg: in.LegID, entry: entryKey(in.LegID)}
}

func (in SettleRequest) decide(ctx context.Context, r *round) (any, error) {
	c, err := r.customer(in.Project)
	if err != nil {
		return nil, err
	}
	leg := r.legs[key{in.Project, in.LegID}]
	switch {
	case leg == nil:
		return nil, noLeg(in.LegID)
	case leg.ended(in.AnsweredAt, in.Seconds):
		return *leg, nil
	case leg.State != Open && !leg.unheard():
		return nil, endedOtherwise(leg)
	}
	if err := leg.checkEnd(in.AnsweredAt, in.Seconds, in.At); err != nil {
		return nil, err
	}
	if err := c.checkOpened("answered_at", in.AnsweredAt); err != nil {
		return nil, err
	}
	return r.end(ctx, c, leg, ending{answeredAt: in.AnsweredAt, seconds: in.Seconds, at: in.At, cause: in.Cause, state: Settled})
}

// ReleaseRequest says that an authorised leg was not answered.
type ReleaseRequest struct {
	Project ident.ProjectID
	LegID   string
	At      time.Time
	Cause   string // why it ended, for people
}

// Release gives back what was held for a leg that nobody answered. It is Settle without an answer.
func (s *Service) Release(ctx context.Context, in ReleaseRequest) (Leg, error) {
	return s.Settle(ctx, SettleRequest{Project: in.Project, LegID: in.LegID, At: in.At, Cause: in.Cause})
}

// ending is how a leg ended.
type ending struct {
	answeredAt time.Time // zero where nobody answered
	seconds    int64
	at         time.Time
	cause      string
	state      LegState     // Settled, or Expired where its owner fell silent
	hold       ident.HoldID // what is pending for it; zero where nothing is
}

// end closes an open leg, a new one that comes as a finished record, or one that is no longer unheard: its hold was given
// back when it was recovered.
func (r *round) end(ctx context.Context, c *customer, leg *Leg, e ending) (any, error) {
	e.at, e.answeredAt = micros(e.at), micros(e.answeredAt)
	if leg.State == Open {
		e.hold = leg.Hold
	}
	if e.answeredAt.IsZero() {
		return r.release(ctx, c, leg, e)
	}
	quote, err := r.quoteAnswered(c, leg, e.answeredAt)
	if err != nil {
		return nil, err
	}
	charge, err := quote.Price(e.seconds)
	if err != nil {
		return nil, err
	}
	ended := *leg
	ended.close(e)
	ended.rated(quote)
	ended.Seconds, ended.Billable, ended.Minutes, ended.Amount = e.seconds, charge.Billable, charge.Minutes, charge.Amount
	if quote.charge == pricebook.ChargeRated {
		err = r.post(ctx, c, &ended, e.hold, quote, charge)
	} else {
		err = r.count(ctx, c, &ended, e)
	}
	if err != nil {
		return nil, err
	}
	if leg.State == Open {
		c.closed(leg)
	}
	*leg = ended
	leg.closeInOrder()
	r.write(leg)
	return *leg, nil
}

// close takes down how a leg ended.
func (l *Leg) close(e ending) {
	l.State, l.AnsweredAt, l.ClosedAt, l.Cause, l.Held = e.state, e.answeredAt, e.at, e.cause, 0
	if l.OpenedAt.IsZero() {
		l.OpenedAt = e.answeredAt
	}
	if e.at.After(l.HeartbeatAt) && e.state != Expired {
		l.HeartbeatAt = e.at
	}
}

// closeInOrder keeps the end of a leg from lying before its beginning, where a clock ahead of the one here told that. Money
// is booked by the clock here all the same.
func (l *Leg) closeInOrder() {
	for _, earlier := range []time.Time{l.OpenedAt, l.AnsweredAt} {
		if l.ClosedAt.Before(earlier) {
			l.ClosedAt = earlier
		}
	}
}

// release closes a leg that nobody answered.
func (r *round) release(ctx context.Context, c *customer, leg *Leg, e ending) (any, error) {
	if err := r.void(ctx, leg, e); err != nil {
		return nil, err
	}
	c.closed(leg)
	if e.state == Settled {
		e.state = Released
	}
	leg.close(e)
	if leg.OpenedAt.IsZero() {
		leg.OpenedAt, leg.Day = e.at, c.dayAt(e.at)
	}
	leg.Seconds = 0
	leg.closeInOrder()
	r.write(leg)
	return *leg, nil
}

// void gives back what is held for a leg that posts nothing.
func (r *round) void(ctx context.Context, leg *Leg, e ending) (err error) {
	switch {
	case e.hold == 0:
	case e.state == Expired:
		_, err = r.ledger.Expire(ctx, leg.Project, e.hold, e.at)
	default:
		_, err = r.ledger.Void(ctx, leg.Project, e.hold, e.at)
	}
	return err
}

// count closes a leg that makes no entry, and counts its minutes where it is one of a package.
func (r *round) count(ctx context.Context, c *customer, leg *Leg, e ending) error {
	if err := r.void(ctx, leg, e); err != nil {
		return err
	}
	leg.Day = c.dayAt(leg.AnsweredAt)
	if leg.Charge != pricebook.ChargePackage {
		return nil
	}
	if err := r.countMinutes(ctx, c, billing.Minutes{Day: leg.Day, Package: leg.Package, Count: leg.Minutes, Leg: leg.ID}, e.at); err != nil {
		return broken(err)
	}
	return r.reviewAfter(ctx, c, leg)
}

// post charges a rated leg, also where it comes to nothing: settling its hold where one is pending.
func (r *round) post(ctx context.Context, c *customer, leg *Leg, hold ident.HoldID, quote quote, charge pricing.LegCharge) error {
	day, late, err := r.chargeDay(ctx, c, leg.AnsweredAt, leg.ClosedAt)
	if err != nil {
		return err
	}
	own := c.dayAt(leg.AnsweredAt)
	leg.Day = day
	posting, err := leg.posting(quote, charge, own, late)
	if err != nil {
		return err
	}
	var entry ledger.Entry
	if hold != 0 {
		entry, err = r.ledger.Settle(ctx, leg.Project, hold, posting)
	} else {
		entry, _, err = r.ledger.Post(ctx, posting)
	}
	if err != nil {
		return err
	}
	leg.Entry = entry.ID
	r.meter(c, billing.Usage{Day: own, Calls: leg.Amount, CallCount: 1})
	return r.reviewAfter(ctx, c, leg)
}

func (r *round) reviewAfter(ctx context.Context, c *customer, leg *Leg) error {
	list, err := c.pricesOn(r.books, c.dayAt(leg.ClosedAt))
	if err != nil {
		return broken(err)
	}
	return broken(r.review(ctx, c, list, leg.ClosedAt))
}
