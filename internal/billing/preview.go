package billing

import (
	"context"
	"errors"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// PreviewDays is how many days from tomorrow on a preview shows.
const PreviewDays = 30

// Effect is what a change does to the bill if nothing else happens: no call, no session, no payment. Amounts are in the
// project's currency, negative for a charge.
type Effect struct {
	Before, After Bill
	Days          []DayEffect    // the PreviewDays days from tomorrow on
	PerDay        money.Micro    // tomorrow's difference: negative where the day gets dearer
	Per30Days     money.Micro    // the difference over Days
	AtOnce        []pricing.Line // booked at the moment of the change, credits of a shortened term too
	Covered       bool           // the funds of now pay for AtOnce; where they do not, the change itself is refused (Rule B-39)
	Needs         []string       // products that must be switched on too; the effect has them on
	NeedsCost     money.Micro    // the part of Per30Days that is theirs
}

// DayEffect is what a day's fees come to, with the advances and minimums of a month on the day they are charged.
type DayEffect struct {
	Day           civil.Date
	Before, After money.Micro
}

// errUndone makes a savepoint undo what a preview did in it.
var errUndone = errors.New("billing: a preview is undone")

// Preview shows what a change would do from now on: it makes the change by the code that makes it for good, closes no day,
// and undoes it. Whatever that code refuses, the preview refuses with the same code, its place beginning with the part of
// the change ("rent[0].number"); what a part names and is not there is errs.Invalid. Only want of funds is no refusal
// here: the effect is shown as if there were enough, and Covered is false. A version may be one that is not in
// force yet: its prices then count from tomorrow on all the same. Whoever stands in the project may look; what they may see of it is asked
// before.
func (s *Service) Preview(ctx context.Context, db *store.DB, id ident.ProjectID, change Change, now time.Time) (effect Effect, err error) {
	var before, after *biller
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err = tx.May(ident.ProjectOrg(id)); err != nil {
			return err
		}
		return tx.Freely(func() error { // whatever it changes is undone
			if effect, before, after, err = s.rehearse(ctx, tx, id, change, now); err != nil {
				return err
			}
			return errUndone
		})
	})
	if !errors.Is(err, errUndone) {
		return Effect{}, err
	}
	err = db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if err := before.lookAhead(ctx, q, &effect.Before); err != nil {
			return err
		}
		return after.lookAhead(ctx, q, &effect.After)
	})
	if err != nil {
		return Effect{}, err
	}
	effect.compare(before, after)
	effect.NeedsCost, err = after.costOf(effect.Needs)
	return effect, err
}

// rehearse makes the change and reads the bills before and after it.
func (s *Service) rehearse(
	ctx context.Context, tx *store.Tx, id ident.ProjectID, change Change, now time.Time,
) (effect Effect, before, after *biller, err error) {
	fail := func(err error) (Effect, *biller, *biller, error) { return Effect{}, nil, nil, err }
	p, err := project.Get(ctx, tx, id)
	if err != nil {
		return fail(err)
	}
	before = &biller{Service: s, project: p, now: now}
	after = &biller{Service: s, now: now}
	if after.project, err = s.moved(p, change, p.Calendar.DayAt(now)+1); err != nil {
		return fail(err)
	}
	if effect.Before, err = before.read(ctx, tx); err != nil {
		return fail(err)
	}
	if change.Products, effect.Needs, err = s.withNeeds(ctx, tx, p, change.Products, now); err != nil {
		return fail(err)
	}
	if effect.Covered, err = s.applyWithoutFunds(ctx, tx, id, change, now); err != nil {
		return fail(err)
	}
	if effect.After, err = after.read(ctx, tx); err != nil {
		return fail(err)
	}
	effect.AtOnce, err = bookedSince(ctx, tx, id, before.today, before.account.Seq)
	return effect, before, after, err
}

// compare sums up the days of two bills.
func (e *Effect) compare(before, after *biller) {
	e.Days = make([]DayEffect, PreviewDays)
	for n := range e.Days {
		e.Days[n] = DayEffect{Day: e.Before.Tomorrow.Day + civil.Date(n), Before: before.days[n] + before.months[n], After: after.days[n] + after.months[n]}
		e.Per30Days += e.Days[n].After - e.Days[n].Before
	}
	e.PerDay = after.days[0] - before.days[0]
}
