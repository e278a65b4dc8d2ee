package simulate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Options say what to simulate beyond the events.
type Options struct {
	File        string                                     // name of the event file, for messages
	Books       *pricebook.Library                         // the shipped books where nil
	OpenBook    func(path string) (*pricebook.Book, error) // reads the book an event names by its path; nil refuses paths
	Book        *pricebook.Book                            // overrides the book the events name, and their version moves
	BookVersion string                                     // overrides the version the project opens with, and its version moves
	From, To    string                                     // local days the report is limited to; empty for all
	Progress    func(done, total int)
}

// Run replays events on a scratch database and reports what came of them. Its errors carry the file and line of the event.
func Run(ctx context.Context, events []Event, options Options) (result *Result, err error) {
	w, err := newWorld(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	timeline := withAnswers(events)
	for i, event := range timeline {
		if err := w.apply(ctx, event); err != nil {
			return nil, at(options.File, event.Line, err)
		}
		if options.Progress != nil {
			options.Progress(i+1, len(timeline))
		}
	}
	return w.report(ctx, timeline[len(timeline)-1].At)
}

// withAnswers puts the moment at which each leg was answered into the order of events: a day is closed knowing which of
// its legs are still open, as it is in life (Rule B-16).
func withAnswers(events []Event) []Event {
	opened := events[0].At
	timeline := make([]Event, 0, 2*len(events))
	for _, event := range events {
		if event.Type == "call" && !event.Recorded && event.Seconds > 0 && event.answeredAt.After(opened) && event.answeredAt.Before(event.At) {
			answer := event
			answer.At, answer.opens = event.answeredAt, true
			timeline = append(timeline, answer)
		}
		timeline = append(timeline, event)
	}
	slices.SortStableFunc(timeline, func(a, b Event) int { return a.At.Compare(b.At) })
	return timeline
}

// world is an installation that lives for one run.
type world struct {
	options  Options
	folder   string
	db       *store.DB
	billing  *billing.Service
	charging *charging.Service
	night    *billing.Night
	project  ident.ProjectID
	left     []string // what could not be replayed, for people
}

func newWorld(ctx context.Context, options Options) (w *world, err error) {
	if options.Books == nil {
		options.Books = pricebook.Shipped()
	}
	if options.Book != nil {
		options.Books = &pricebook.Library{}
		if err := options.Books.Add(options.Book); err != nil {
			return nil, err
		}
	}
	folder, err := os.MkdirTemp("", "bellwether-simulate-")
	if err != nil {
		return nil, err
	}
	w = &world{options: options, folder: folder}
	w.db, err = store.Open(ctx, store.Options{DSN: "sqlite:" + filepath.Join(folder, "core.db"), Scratch: true})
	if err == nil {
		err = w.db.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.billing = billing.New(options.Books)
	w.billing.Enforce = false
	w.charging = charging.New(w.db, options.Books, w.billing, w.billing.Projects)
	w.night = &billing.Night{Billing: w.billing, DB: w.db}
	return w, nil
}

func (w *world) close() error {
	var err error
	if w.db != nil {
		err = w.db.Close()
	}
	return errors.Join(err, os.RemoveAll(w.folder))
}

// apply lets time pass to an event and does it.
func (w *world) apply(ctx context.Context, event Event) error {
	if event.Type != "project.open" {
		until := event.At
		if event.Type == "state" {
			until = until.Add(-time.Microsecond) // of two things due at one instant the change of state came first
		}
		if err := w.night.CatchUp(ctx, w.project, until); err != nil {
			return err
		}
		st, err := billing.GetStanding(ctx, w.db, w.project)
		if err != nil {
			return err
		}
		if st.Parked != "" {
			return errs.New(errs.Invalid, "simulate.parked", "%s cannot be closed: %s", st.NextDay, st.Parked).With("day", st.NextDay)
		}
	}
	switch event.Type {
	case "call", "call.open":
		return w.call(ctx, event)
	case "call.release":
		_, err := w.charging.Release(ctx, charging.ReleaseRequest{Project: w.project, LegID: event.ID, At: event.At})
		return err
	case "sms":
		_, err := w.charging.ChargeSMS(ctx, charging.SMSRecord{Project: w.project, ID: event.ID, To: event.To, Segments: event.Segments, At: event.At})
		return err
	}
	return w.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Freely(func() error { return w.change(ctx, tx, event) }) // the database is the simulation's own
	})
}

func (w *world) call(ctx context.Context, event Event) error {
	if event.opens || event.Type == "call.open" {
		_, err := w.charging.Authorise(ctx, charging.AuthoriseRequest{
			Project: w.project, LegID: event.ID, Kind: event.Leg, To: event.To, Number: event.Number, At: event.At,
		})
		if errs.CodeOf(err) == "charging.record_conflict" {
			return nil // the same id stands for another leg: its record will say so
		}
		return err
	}
	_, err := w.charging.Charge(ctx, charging.CallRecord{
		Project: w.project, ID: event.ID, Kind: event.Leg, To: event.To, Number: event.Number,
		AnsweredAt: event.answeredAt, Seconds: event.Seconds, At: event.At, Live: !event.Recorded,
	})
	return err
}

// change does an event that is not a communication, in one transaction.
func (w *world) change(ctx context.Context, tx *store.Tx, event Event) error {
	b := w.billing
	var err error
	switch event.Type {
	case "project.open":
		return w.open(ctx, tx, event)
	case "book.move":
		if w.options.Book == nil && w.options.BookVersion == "" {
			err = b.MoveBook(ctx, tx, w.project, event.BookVersion, event.Plan, event.At)
		}
	case "zone.change":
		err = b.ChangeZone(ctx, tx, w.project, event.TimeZone, event.At)
	case "payment":
		_, err = b.Pay(ctx, tx, w.project, billing.Payment{
			ID: event.ID, Amount: event.amount, Method: event.Method, Auto: event.Auto, PeriodDays: event.PeriodDays,
		}, event.At)
	case "product.on", "product.off":
		err = b.SwitchProduct(ctx, tx, w.project, event.Product, event.Type == "product.on", event.At)
	case "seats.set":
		err = b.SetSeats(ctx, tx, w.project, event.Product, event.Count, event.At)
	case "package.set":
		err = b.SetPackage(ctx, tx, w.project, event.Package, event.Minutes, event.At)
	case "number.rent":
		err = b.RentNumber(ctx, tx, w.project, pricing.Number{Number: event.Number, Owner: event.Owner, Kind: event.Kind, Use: event.Use}, event.At)
	case "number.release":
		err = b.ReleaseNumber(ctx, tx, w.project, event.Number, event.At)
	case "sessions":
		err = b.CountSessions(ctx, tx, w.project, event.Count, event.At)
	case "user.add", "user.unblock":
		add := b.AddUser
		if event.Difference {
			add = b.AddUserForDifference
		}
		_, err = add(ctx, tx, w.project, event.User, event.At)
	case "user.remove", "user.block":
		_, err = b.RemoveUser(ctx, tx, w.project, event.User, event.At)
	case "term.pay":
		_, err = b.PayTerm(ctx, tx, w.project, event.ID, event.Months, event.At)
	default:
		return w.correct(ctx, tx, event)
	}
	return err
}

func (w *world) open(ctx context.Context, tx *store.Tx, event Event) error {
	id, err := ident.ParseProjectID(event.Project)
	if err != nil {
		return errs.New(errs.Invalid, "project.bad_id", "%v", err).At("project")
	}
	opening := project.Opening{
		ID: id, Name: event.Project, Country: event.Country, Currency: event.Currency, TimeZone: event.TimeZone,
		Book: event.Book, Version: event.BookVersion, Plan: event.Plan,
	}
	if w.options.Book != nil {
		opening.Book, opening.Version = w.options.Book.Name, w.options.Book.Version
	}
	if w.options.BookVersion != "" {
		opening.Version = w.options.BookVersion
	}
	if err := w.readBook(&opening); err != nil {
		return err
	}
	p, err := w.billing.Open(ctx, tx, opening, 0, event.At)
	if err != nil {
		return err
	}
	w.project, w.billing.Told = p.ID, event.Told
	return nil
}

// readBook reads the book an event names by its path, and names it from then on.
func (w *world) readBook(opening *project.Opening) error {
	extension := filepath.Ext(opening.Book)
	if w.options.OpenBook == nil || extension != ".yaml" && extension != ".yml" {
		return nil
	}
	book, err := w.options.OpenBook(opening.Book)
	if err != nil {
		return err
	}
	opening.Book = book.Name
	if opening.Version == "" {
		opening.Version = book.Version
	}
	// The run's library is its own: a file may hold a version of a shipped book, and then it counts.
	books := &pricebook.Library{}
	if err := books.Add(book); err != nil {
		return err
	}
	w.options.Books, w.billing.Books = books, books
	w.charging = charging.New(w.db, books, w.billing, w.billing.Projects)
	return nil
}
