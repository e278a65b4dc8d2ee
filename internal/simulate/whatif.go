package simulate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// WhatIfDays is how many full days a what-if covers where no period is asked for.
const WhatIfDays = 90

// WhatIf is what a period of a project's life would have cost under another version of its book. A is the period as it was,
// B the same under the other version. Amounts are exact, negative for a charge; More is B - A, negative where B charges
// more.
type WhatIf struct {
	Project     ident.ProjectID  `json:"project"`
	Currency    string           `json:"currency" doc:"ISO 4217"`
	From        civil.Date       `json:"from" doc:"First usage day"`
	To          civil.Date       `json:"to" doc:"Last usage day"`
	A           string           `json:"a" doc:"The versions in force in the period, as it was" example:"ringostat@2021-01-01"`
	B           string           `json:"b" doc:"The version in force throughout it in the other run"`
	Charges     Sides            `json:"charges" doc:"Fees, calls, messages and discounts, those that came late or were undone too; not payments, bonuses and credits, nor corrections"`
	Corrections Sides            `json:"corrections" doc:"Adjustments by the operator, and payments and bonuses that were undone: part of no charge"`
	Kinds       []KindDifference `json:"kinds" doc:"In the order of kinds"`
	Items       []ItemDifference `json:"items" doc:"In the order of kinds, then items"`
	Days        []DayDifference  `json:"days" doc:"Charges of each usage day of the period"`
	Drift       []Drift          `json:"drift" doc:"Where the replay under the project's own versions comes to something else than its ledger has: what the replay cannot know, such as an agency's discount. Empty is right"`
	Left        []string         `json:"left_out" doc:"What could not be replayed under one of the versions"`
}

// Sides are an amount in both runs.
type Sides struct {
	A    money.Micro `json:"a"`
	B    money.Micro `json:"b"`
	More money.Micro `json:"more" doc:"b - a: negative where b charges more"`
}

// KindDifference compares the entries of a kind.
type KindDifference struct {
	Kind pricing.Kind `json:"kind"`
	Sides
}

// ItemDifference compares the entries of a kind and an item.
type ItemDifference struct {
	Kind pricing.Kind `json:"kind"`
	Item string       `json:"item"`
	Sides
}

// DayDifference compares the charges of a usage day.
type DayDifference struct {
	Day civil.Date `json:"day"`
	Sides
}

// Drift is a sum of a day that a replay does not reproduce.
type Drift struct {
	Day    civil.Date   `json:"day"`
	Kind   pricing.Kind `json:"kind"`
	Item   string       `json:"item"`
	Ledger money.Micro  `json:"ledger"`
	Replay money.Micro  `json:"replay"`
}

// Question says what to compare.
type Question struct {
	Project  ident.ProjectID
	Version  string     // of the project's book
	From, To civil.Date // usage days, today at most; zero for the last closed ones
	Days     int64      // how many where From is zero; WhatIfDays where this is zero too
}

// Ask replays a project's history on two scratch databases at once, under its own versions and with the question's version
// in force from the period's first day on, and compares the period. Nothing is written to db. Errors: errs.NotFound
// `project.not_found`; errs.Invalid `simulate.bad_period`; those of the book; `simulate.not_under` where the version cannot
// charge what the project did.
func Ask(ctx context.Context, db *store.DB, books *pricebook.Library, question Question, now time.Time) (*WhatIf, error) {
	return ask(ctx, db, books, question, now, func(_, _ int) {})
}

// ask is Ask that tells how many days are replayed.
func ask(ctx context.Context, db *store.DB, books *pricebook.Library, question Question, now time.Time, tell func(done, total int)) (answer *WhatIf, err error) {
	period, err := question.period(ctx, db, now)
	if err != nil {
		return nil, err
	}
	history, err := ReadHistory(ctx, db, question.Project, period, now)
	if err != nil {
		return nil, err
	}
	book := history.Project.BookAt(period.To).Book
	if _, err := books.Get(book, question.Version); err != nil {
		return nil, unknownVersion(err)
	}
	own, err := newWorld(ctx, Options{Books: books})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	other, err := newWorld(ctx, Options{Books: books})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.close()) }()
	if err := replayBoth(ctx, own, other, history, question, period, tell); err != nil {
		return nil, err
	}
	answer = &WhatIf{
		Project: question.Project, Currency: string(history.Project.Currency), From: period.From, To: period.To,
		A: history.inForce(period), B: book + "@" + question.Version, Left: append(append([]string{}, own.left...), other.left...),
	}
	slices.Sort(answer.Left)
	answer.Left = slices.Compact(answer.Left)
	return answer, answer.compare(ctx, db, own.db, other.db)
}

// unknownVersion makes a version that is not there a mistake of the question: it is not the answer that was not found.
func unknownVersion(err error) error {
	var known *errs.Error
	if !errors.As(err, &known) || known.Kind != errs.NotFound {
		return err
	}
	invalid := *known
	invalid.Kind, invalid.Where = errs.Invalid, "book_version"
	return &invalid
}

// period fills in the question's: the last full days, or today where there is none yet.
func (q Question) period(ctx context.Context, db *store.DB, now time.Time) (Period, error) {
	st, err := billing.GetStanding(ctx, db, q.Project)
	if err != nil {
		return Period{}, err
	}
	live, err := project.Get(ctx, db, q.Project)
	if err != nil {
		return Period{}, err
	}
	first, today := live.Calendar.First(), live.Calendar.DayAt(now)
	p := Period{From: q.From, To: q.To}
	if p.To == 0 {
		if p.To = min(st.NextDay-1, today); p.To < first {
			p.To = today
		}
	}
	if p.From == 0 {
		p.From = max(p.To-civil.Date(cmp.Or(q.Days, WhatIfDays))+1, first)
	}
	switch {
	case p.To > today:
		return p, errs.New(errs.Invalid, "simulate.bad_period", "%s has not begun", p.To).At("to").Try("end the period with " + today.String() + " or before")
	case p.From < first:
		return p, errs.New(errs.Invalid, "simulate.bad_period", "the project begins on %s", first).At("from").Try("begin the period then")
	case p.From > p.To:
		return p, errs.New(errs.Invalid, "simulate.bad_period", "%s is after %s", p.From, p.To).At("from").Try("write the earlier day as from")
	}
	return p, nil
}

// replayBoth feeds every event to both runs, and tells of each day whose calls are done.
func replayBoth(ctx context.Context, own, other *world, h *History, question Question, period Period, tell func(done, total int)) error {
	moved := newMoved(h, question.Version, period.From)
	told, total := 0, int(h.to-h.legs)+1
	tell(told, total)
	for event, err := range h.Events(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if done := min(int(h.Project.Calendar.DayAt(event.At)-h.legs), total); done > told {
			told = done
			tell(told, total)
		}
		if err := own.apply(ctx, event); err != nil {
			return errs.New(errs.Internal, "simulate.not_replayed", "the history cannot be replayed at %s (%s): %v", event.At.Format(time.RFC3339), event.Type, err)
		}
		for _, event := range moved.events(event) {
			if err := other.apply(ctx, event); err != nil {
				return notUnder(question.Version, event, err)
			}
		}
	}
	return nil
}

// notUnder says that a version cannot charge what a project did; a fault of the machine stays what it is.
func notUnder(version string, event Event, err error) error {
	var known *errs.Error
	if !errors.As(err, &known) || known.Kind == errs.Internal || known.Kind == errs.Unavailable {
		return err
	}
	return errs.New(errs.Invalid, "simulate.not_under", "version %s cannot charge what the project did on %s (%s): %s",
		version, event.At.Format(time.DateOnly), event.Type, known.Message).At("book_version").Try("choose a version that sells what the project has").
		With("reason", known.Code).With("day", civil.DateIn(event.At, time.UTC))
}

// moved puts a version in force from a day on into a history.
type moved struct {
	version string
	at      time.Time // the move is made then, on the eve of the day; zero where the project opens with it
	done    bool
}

func newMoved(h *History, version string, from civil.Date) *moved {
	m := &moved{version: version}
	if from > h.Project.Calendar.First() {
		m.at = h.Project.Calendar.Start(from).Add(-time.Microsecond)
	}
	return m
}

// events are what becomes of an event: later moves change the plan only, and the version's own comes before what follows it.
func (m *moved) events(event Event) []Event {
	if event.Type == "project.open" {
		if m.at.IsZero() {
			event.BookVersion, m.done = m.version, true
		}
		return []Event{event}
	}
	var before []Event
	if !m.done && event.At.After(m.at) {
		m.done = true
		before = []Event{{At: m.at, Type: "book.move", BookVersion: m.version, Line: event.Line}}
	}
	if m.done && event.Type == "book.move" {
		event.BookVersion = m.version
	}
	return append(before, event)
}

// inForce names the versions of the period, oldest first.
func (h *History) inForce(period Period) string {
	var refs []string
	for i, book := range h.Project.Books {
		next := period.To + 1
		if i+1 < len(h.Project.Books) {
			next = h.Project.Books[i+1].From
		}
		if book.From <= period.To && next > period.From {
			refs = append(refs, book.Book+"@"+book.Version)
		}
	}
	return strings.Join(slices.Compact(refs), ", ")
}
