package simulate

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// History is the life of a project as its store knows it, to be streamed as events.
type History struct {
	Books   []project.Move
	Project *project.Project
	zones   []project.Move
	db      *store.DB
	legs    civil.Date // the first day whose calls and messages are events of their own
	to      civil.Date
	until   time.Time
	settled bool // until is in the past: what came later is none of the period's
	config  []moment
}

// Period bounds a history. Configuration, payments and states are told from the first day of the project, whatever it is;
// calls and messages of calendar months before From are carried as one sum a day.
type Period struct {
	From civil.Date // zero for the project's first day
	To   civil.Date // zero for today: the last day whose calls and messages are told
}

// settling is how long after a day its records still come: the day's close and its late records are part of its history.
const settling = 48 * time.Hour

// ReadHistory reads what a project was and held up to now; errs.NotFound
// `project.not_found`, errs.Invalid `simulate.bad_period`. Its calls and messages are
// read while they are streamed.
func ReadHistory(ctx context.Context, db *store.DB, id ident.ProjectID, period Period, now time.Time) (*History, error) {
	if period.From != 0 && period.To != 0 && period.From > period.To {
		return nil, errs.New(errs.Invalid, "simulate.bad_period", "%s is after %s", period.From, period.To).At("from").Try("write the earlier day as from")
	}
	h := &History{db: db, until: now}
	return h, db.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		if h.Project, err = project.Get(ctx, q, id); err != nil {
			return err
		}
		if h.Books, h.zones, err = project.Moves(ctx, q, id); err != nil {
			return err
		}
		first, today := h.Project.Calendar.First(), h.Project.Calendar.DayAt(now)
		if h.legs, h.to = first, today; period.From != 0 {
			h.legs = max(first, period.From.FirstOfMonth())
		}
		if period.To != 0 && period.To < today {
			h.to = period.To
			if settled := h.Project.Calendar.End(h.to).Add(settling); settled.Before(now) {
				h.until, h.settled = settled, true
			}
		}
		return h.configure(ctx, q)
	})
}

// moment is an event in its place among others of the same instant.
type moment struct {
	Event
	rank int
}

// The order of what happened at one instant: things end before others of their kind begin, and what was held for no time
// at all ends last.
const (
	rankMoved = iota
	rankEnded
	rankBegun
	rankAsked
	rankEndedAtOnce
	rankTalked
	rankCounted
)

func (h *History) add(at time.Time, rank int, event Event) {
	if at.After(h.until) {
		return
	}
	event.At = at
	h.config = append(h.config, moment{event, rank})
}

// inTime orders moments; those equal in instant and rank keep their order.
func inTime(moments []moment) {
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.rank, b.rank)) })
}

// configure gathers everything but calls and messages: a few events a day at most.
func (h *History) configure(ctx context.Context, q store.Querier) error {
	for _, m := range h.Books[1:] {
		h.add(m.At, rankMoved, Event{Type: "book.move", BookVersion: m.Book.Version, Plan: m.Book.Plan})
	}
	for _, m := range h.zones[1:] {
		h.add(m.At, rankMoved, Event{Type: "zone.change", TimeZone: m.Zone})
	}
	held, err := billing.History(ctx, q, h.Project.ID)
	if err != nil {
		return err
	}
	h.holdings(held)
	purchases, err := billing.Purchases(ctx, q, h.Project.ID)
	if err != nil {
		return err
	}
	for _, p := range purchases {
		if !p.At.Equal(h.Project.Calendar.Start(p.Day)) && !slices.ContainsFunc(held, func(x billing.Held) bool { return x.Kind == "package" && x.From.Equal(p.At) }) {
			h.add(p.At, rankAsked, Event{Type: "package.set", Package: p.Package, Minutes: p.Minutes})
		}
	}
	transitions, err := billing.Transitions(ctx, q, h.Project.ID)
	if err != nil {
		return err
	}
	for _, t := range transitions {
		h.add(t.At, rankMoved, Event{Type: "state", To: string(t.To)})
	}
	requests, err := billing.Requests(ctx, q, h.Project.ID)
	if err != nil {
		return err
	}
	for _, r := range requests {
		h.add(r.At, rankAsked, requested(r))
	}
	if err := h.usage(ctx, q); err != nil {
		return err
	}
	inTime(h.config)
	return nil
}

// open is the first event.
func (h *History) open() Event {
	p, book := h.Project, h.Books[0].Book
	return Event{
		At: p.OpenedAt, Type: "project.open", Project: string(p.ID), Country: p.Country, Currency: p.Currency, TimeZone: h.zones[0].Zone,
		Book: book.Book, BookVersion: book.Version, Plan: book.Plan, Told: true,
	}
}

// holdings tells what began and ended. A quantity that another follows at once was changed, not ended.
func (h *History) holdings(held []billing.Held) {
	type item struct {
		kind, item string
		at         time.Time
	}
	begun := map[item]bool{}
	for _, x := range held {
		begun[item{x.Kind, x.Item, x.From}] = true
	}
	for _, x := range held {
		on, off := configured(x)
		h.add(x.From, rankBegun, on)
		changes := x.Kind == "seats" || x.Kind == "package"
		switch {
		case x.Until.IsZero(), changes && x.Until.After(x.From) && begun[item{x.Kind, x.Item, x.Until}]:
		case x.Until.Equal(x.From):
			h.add(x.Until, rankEndedAtOnce, off)
		default:
			h.add(x.Until, rankEnded, off)
		}
	}
}

// configured are the events that begin and end a holding.
func configured(x billing.Held) (on, off Event) {
	switch x.Kind {
	case "product":
		return Event{Type: "product.on", Product: x.Item}, Event{Type: "product.off", Product: x.Item}
	case "seats":
		return Event{Type: "seats.set", Product: x.Item, Count: x.Quantity}, Event{Type: "seats.set", Product: x.Item}
	case "package":
		return Event{Type: "package.set", Package: x.Item, Minutes: x.Quantity}, Event{Type: "package.set", Package: x.Item}
	case "user":
		return Event{Type: "user.add", User: x.Item, Difference: x.Difference}, Event{Type: "user.remove", User: x.Item}
	}
	n := x.Number
	return Event{Type: "number.rent", Number: n.Number, Owner: n.Owner, Kind: n.Kind, Use: n.Use}, Event{Type: "number.release", Number: n.Number}
}

func requested(r billing.Request) Event {
	switch {
	case r.Payment != nil:
		p := r.Payment
		return Event{Type: "payment", ID: p.ID, Amount: p.Amount.String(), amount: p.Amount, Method: p.Method, Auto: p.Auto, PeriodDays: p.PeriodDays}
	case r.Term != nil:
		return Event{Type: "term.pay", ID: r.Term.ID, Months: r.Term.Months}
	case r.Adjustment != nil:
		a := r.Adjustment
		return Event{Type: "adjustment", ID: a.ID, Amount: a.Amount.String(), amount: a.Amount, Reason: a.Reason, WriteOff: a.WriteOff}
	case r.Reversal != nil:
		return Event{Type: "reversal", Key: r.Reversal.Key, Reason: r.Reversal.Reason}
	}
	return Event{Type: "unsubscribe"}
}

// usage tells the sessions of each day at its end, and the sums of the days whose calls are not told.
func (h *History) usage(ctx context.Context, q store.Querier) error {
	usages, err := billing.UsageBetween(ctx, q, h.Project.ID, h.Project.Calendar.First(), h.to)
	if err != nil {
		return err
	}
	for _, u := range usages {
		at := h.Project.Calendar.End(u.Day).Add(-time.Microsecond)
		if at.After(h.until) {
			at = h.until
		}
		if u.Sessions > 0 {
			h.add(at, rankCounted, Event{Type: "sessions", Count: u.Sessions})
		}
		if u.Day < h.legs && u.CallCount+u.SMSCount > 0 {
			h.add(at, rankCounted, Event{
				Type: "usage", Calls: u.Calls.String(), calls: u.Calls, CallCount: u.CallCount, SMS: u.SMS.String(), sms: u.SMS, SMSCount: u.SMSCount,
			})
		}
	}
	return nil
}

// Events streams the history in order: project.open first, end last. A day and a half of calls is in memory at a time.
func (h *History) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		last, line := h.Project.OpenedAt, 0
		tell := func(event Event) bool {
			if event.At.Before(last) {
				event.At = last // a clock was set back
			}
			line++
			last, event.Line = event.At, line
			return yield(event, nil)
		}
		if !tell(h.open()) {
			return
		}
		pending := slices.Clone(h.config)
		for day := h.legs; day <= h.to; day++ {
			talks, err := h.talks(ctx, day)
			if err != nil {
				yield(Event{}, err)
				return
			}
			pending = append(pending, talks...)
			inTime(pending)
			told := 0
			for begins := h.Project.Calendar.Start(day); told < len(pending) && pending[told].At.Before(begins); told++ {
				if !tell(pending[told].Event) {
					return
				}
			}
			pending = pending[told:]
		}
		for _, m := range pending {
			if !tell(m.Event) {
				return
			}
		}
		tell(Event{At: h.until, Type: "end"})
	}
}

// talks are the calls and messages charged on a day. None begins before the day before it: a leg that was opened earlier,
// or is charged late, came as a record, whatever was open then is forgotten (Rule B-16).
func (h *History) talks(ctx context.Context, day civil.Date) ([]moment, error) {
	var talks []moment
	since := h.Project.Calendar.Start(day - 1)
	add := func(at time.Time, event Event) {
		if !h.settled || !at.After(h.until) { // a clock ahead of the one here may have told it
			event.At = at
			talks = append(talks, moment{event, rankTalked})
		}
	}
	for leg, err := range charging.LegsOf(ctx, h.db, h.Project.ID, day) {
		if err != nil {
			return nil, err
		}
		own := leg.AnsweredAt.IsZero() || h.Project.Calendar.DayAt(leg.AnsweredAt) == leg.Day
		opened := leg.Hold != 0 && own && !leg.OpenedAt.Before(since)
		if opened {
			add(leg.OpenedAt, Event{Type: "call.open", ID: leg.ID, Leg: leg.Kind, To: leg.To, Number: leg.Number})
		}
		switch {
		case leg.State == charging.Open:
		case !leg.AnsweredAt.IsZero():
			ended := leg.ClosedAt
			if ended.Before(leg.AnsweredAt) {
				ended = leg.AnsweredAt // answered by a clock ahead of the one here
			}
			add(ended, Event{
				Type: "call", ID: leg.ID, Leg: leg.Kind, To: leg.To, Number: leg.Number, Recorded: true,
				AnsweredAt: leg.AnsweredAt.Format(time.RFC3339Nano), answeredAt: leg.AnsweredAt, Seconds: leg.Seconds,
			})
		case opened:
			add(leg.ClosedAt, Event{Type: "call.release", ID: leg.ID})
		}
	}
	messages, err := charging.MessagesOf(ctx, h.db, h.Project.ID, day)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		add(m.SentAt, Event{Type: "sms", ID: m.ID, To: m.To, Segments: m.Segments})
	}
	return talks, nil
}
