package demo

import (
	"context"
	"errors"
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/number"
	"bellwether/internal/pbx"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Parts are the services the story is lived through.
type Parts struct {
	DB       *store.DB
	Billing  *billing.Service
	Charging *charging.Service
	Numbers  *number.Service

	// The telephony and the call log of the story; where Files is nil, it has neither.
	Files   *call.Files // of recordings
	Staff   *staff.Service
	Routing *routing.Service

	// The call tracking of the story, which needs its telephony; where Collector is nil, it has none, and sessions are counted without visits.
	Events    *store.DB
	Tracking  *tracking.Service
	Collector *tracking.Collector
	Tally     *tracking.Tally
	Origin    func(ctx context.Context, asked pbx.Asked) (call.Origin, error) // where a call came from
}

// PartsOf are the services of a node.
func PartsOf(a *app.App) Parts {
	return Parts{
		DB: a.DB, Billing: a.Billing, Charging: a.Charging, Numbers: a.Numbers, Files: &a.Files, Staff: a.Staff, Routing: a.Routing,
		Events: a.Events, Tracking: a.Tracking, Collector: a.Collector, Tally: &tracking.Tally{Core: a.DB, Events: a.Events, Billing: a.Billing}, Origin: a.OriginOf,
	}
}

// Options choose the story.
type Options struct {
	Seed     uint64
	Now      time.Time               // when it ends
	Progress func(done, total int64) // hears of every step; may be nil
}

// Loaded says what was loaded and what is worth a look.
type Loaded struct {
	Project *project.Project
	Calls   int64 // legs charged
	SMS     int64
	Today   civil.Date
	CallID  string     // a call of the last days that cost something, to be explained
	FeeDay  civil.Date // the last closed day
}

// Load lives through the story in an empty database and closes its days. A story that ended midway, with its process, is removed and
// begun again: nobody else may be living through it meanwhile. A database that has the shop already is
// errs.Conflict `project.exists`; one in which a customer has its name, `demo.no_demo`.
func Load(ctx context.Context, parts Parts, options Options) (Loaded, error) {
	zone, err := civil.LoadZone(Zone)
	if err != nil {
		return Loaded{}, err
	}
	l := &life{
		Parts: parts, options: options, zone: zone, events: plan(options.Seed, options.Now, zone), night: &billing.Night{Billing: parts.Billing, DB: parts.DB},
		gate: access.NewGate(parts.DB), dialled: map[string]outcall{}, spoken: map[line][]int16{},
	}
	if err := makeRoom(ctx, parts, options.Now); err != nil {
		return Loaded{}, err
	}
	if err := l.open(ctx, clock(civil.DateIn(options.Now, zone)-Days, zone, 9, 12)); err != nil {
		return Loaded{}, err
	}
	if err := l.hire(ctx, clock(civil.DateIn(options.Now, zone)-Days, zone, 8, 15)); err != nil {
		return Loaded{}, err
	}
	for l.done < len(l.events) {
		if err := l.step(ctx); err != nil {
			return Loaded{}, err
		}
		l.progress()
	}
	if err := l.see(ctx); err != nil {
		return Loaded{}, err
	}
	if err := l.present(ctx); err != nil {
		return Loaded{}, err
	}
	if err := l.lastly(ctx); err != nil {
		return Loaded{}, err
	}
	loaded, err := l.finish(ctx)
	if err != nil {
		return Loaded{}, err
	}
	return loaded, parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return project.CompleteDemo(ctx, tx, Project) })
}

// makeRoom removes what a story that ended midway left, and refuses where the shop's name is taken otherwise.
func makeRoom(ctx context.Context, parts Parts, at time.Time) error {
	db := parts.DB
	_, err := project.Get(ctx, db, Project)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	mark, err := project.GetDemo(ctx, db, Project)
	if err != nil || !mark.Marked {
		return orNoDemo(err)
	}
	if !mark.Complete {
		return Remove(ctx, parts, audit.Program("demo"), at)
	}
	return errs.New(errs.Conflict, "project.exists", "project %s exists", Project).At("project")
}

// Resume finds a story that was loaded before, closes the days that have ended since, and seals what was booked.
func Resume(ctx context.Context, parts Parts, now time.Time) (Loaded, error) {
	l := &life{Parts: parts, options: Options{Now: now}, night: &billing.Night{Billing: parts.Billing, DB: parts.DB}}
	return l.finish(ctx)
}

// life is a story being lived through.
type life struct {
	Parts
	options Options
	events  []event
	done    int
	night   *billing.Night
	loaded  Loaded
	permit  access.Permit
	users   map[string]account.UserID // by address

	// Of its telephony.
	zone     *time.Location
	gate     *access.Gate
	acting   access.Permit // of the owner, who sets it up
	cast     cast
	prompts  map[string]string      // ids, by name
	schemes  map[string]call.Scheme // as they count now, by name
	dialled  map[string]outcall     // by the employee's id
	spoken   map[line][]int16       // what was said once
	recorded int                    // talks with a recording so far

	// Of its call tracking.
	site            tracking.Site
	adverts, search tracking.PoolID
}

func (l *life) progress() {
	if l.options.Progress != nil {
		l.options.Progress(int64(l.done), int64(len(l.events)))
	}
}

func (l *life) open(ctx context.Context, at time.Time) error {
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: Project, Name: Name, Country: Country, Currency: Currency, TimeZone: Zone, Book: Book, Version: oldVersion}
		if _, err := l.Billing.Open(ctx, tx, opening, 0, at); err != nil {
			return err
		}
		if err := project.MarkDemo(ctx, tx, Project); err != nil {
			return err
		}
		return l.Numbers.Add(ctx, tx, stock(), who, at)
	})
}

// step lets time pass to the next events and does them: all changes up to the next communication in one transaction, or
// all communications up to the next change or midnight at once.
func (l *life) step(ctx context.Context) error {
	first := l.events[l.done]
	if err := l.night.CatchUp(ctx, Project, first.at); err != nil {
		return err
	}
	switch {
	case first.stage > 0:
		l.done++
		return l.fit(ctx, first.stage, first.at)
	case first.sessions > 0:
		l.done++
		return l.tally(ctx, first)
	}
	end := l.done + 1
	for end < len(l.events) && l.events[end].communication() == first.communication() && l.events[end].stage == 0 && l.events[end].sessions == 0 && sameDay(first, l.events[end]) {
		end++
	}
	events := l.events[l.done:end]
	l.done = end
	if first.communication() {
		return l.communicate(ctx, events)
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, e := range events {
			if err := l.change(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e event) communication() bool {
	return e.leg != nil || e.sms != nil || e.quiet != nil || e.hit != nil
}

// sameDay compares dates in the zone the events were made in.
func sameDay(a, b event) bool { return a.at.YearDay() == b.at.YearDay() }

// communicate charges the legs as one file of records, and the messages as they come: all at once.
func (l *life) communicate(ctx context.Context, events []event) error {
	if err := l.visits(ctx, events); err != nil {
		return err
	}
	var legs []charging.CallRecord
	var messages []charging.SMSRecord
	for _, e := range events {
		if e.quiet != nil || e.hit != nil {
			continue
		}
		if e.sms != nil {
			messages = append(messages, charging.SMSRecord{Project: Project, ID: e.sms.id, To: e.sms.to, Segments: e.sms.segments, At: e.at})
			continue
		}
		legs = append(legs, charging.CallRecord{
			Project: Project, ID: e.leg.id, Kind: e.leg.kind, To: e.leg.to, Number: e.leg.number,
			AnsweredAt: e.leg.answeredAt, Seconds: e.leg.seconds, At: e.at,
		})
	}
	l.loaded.Calls += int64(len(legs))
	l.loaded.SMS += int64(len(messages))
	if _, err := l.Charging.ChargeAll(ctx, legs); err != nil {
		return err
	}
	var sent sync.WaitGroup
	failed := make([]error, len(messages))
	for i, message := range messages {
		sent.Go(func() { _, failed[i] = l.Charging.ChargeSMS(ctx, message) })
	}
	sent.Wait()
	return errors.Join(errors.Join(failed...), l.logCalls(ctx, events))
}

// change does what is not a communication.
func (l *life) change(ctx context.Context, tx *store.Tx, e event) error {
	b := l.Billing
	switch {
	case e.product != "":
		return b.SwitchProduct(ctx, tx, Project, e.product, true, e.at)
	case e.rent != nil:
		_, err := l.Numbers.Rent(ctx, tx, Project, *e.rent, who, e.at)
		return err
	case e.release != "":
		return l.Numbers.Release(ctx, tx, Project, e.release, who, e.at)
	case e.move != "":
		return b.MoveBook(ctx, tx, Project, e.move, "", e.at)
	case e.payment != nil:
		_, err := b.Pay(ctx, tx, Project, billing.Payment{
			ID: e.payment.id, Amount: e.payment.amount, Method: e.payment.method, Auto: e.payment.auto, PeriodDays: e.payment.periodDays,
		}, e.at)
		return err
	}
	return l.reseat(ctx, tx, e)
}

// finish closes the days that have ended and seals what was booked.
func (l *life) finish(ctx context.Context) (Loaded, error) {
	if err := l.night.CatchUp(ctx, Project, l.options.Now); err != nil {
		return Loaded{}, err
	}
	if _, err := ledger.NewSealer(l.DB).Seal(ctx); err != nil {
		return Loaded{}, err
	}
	return l.summary(ctx)
}

// summary finds what is worth a look: the dearest call of the last closed day.
func (l *life) summary(ctx context.Context) (Loaded, error) {
	p, err := project.Get(ctx, l.DB, Project)
	if err != nil {
		return Loaded{}, err
	}
	loaded := l.loaded
	loaded.Project, loaded.Today = p, p.Calendar.DayAt(l.options.Now)
	loaded.FeeDay = loaded.Today - 1
	entries, err := ledger.Entries(ctx, l.DB, ledger.Filter{Project: Project, FromDay: loaded.FeeDay, Kinds: []pricing.Kind{pricing.Call}, Limit: 1000})
	var dearest ledger.Entry
	for _, entry := range entries {
		if entry.Amount < dearest.Amount {
			dearest = entry
		}
	}
	loaded.CallID = dearest.Ref
	return loaded, err
}
