package billing

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Bill is what will be charged as a project stands, if nothing else happens.
type Bill struct {
	Today     DayBill      // the close of today: everything held at a moment of it counts where the book says so (Rule B-08)
	Tomorrow  DayBill      // a whole day of it
	MonthEnd  DayBill      // on the last day of this calendar month: overage so far and minimums (Rules B-38, B-39)
	NextMonth DayBill      // in advance on the first of the next (Rule B-39)
	PaidUntil *civil.Date  // the first unpaid day of a prepaid term; nil without one
	FundsEnd  forecast.End // when funds are likely to end (Rule B-80)
}

// DayBill is what is charged on a usage day.
type DayBill struct {
	Day   civil.Date
	Lines []pricing.Line // in the order of Rule B-13; never nil
}

// biller computes the bill of a project by the code of the night: in the transaction what depends on it, after it what
// takes long. What it keeps of the database is values.
type biller struct {
	*Service
	project  *project.Project
	now      time.Time
	today    civil.Date
	held     holdings // that touch the month
	charged  advances // of this month and later ones
	account  ledger.Account
	standing *Standing
	days     []money.Micro            // what each of the PreviewDays days from tomorrow on comes to
	months   [PreviewDays]money.Micro // what the turn of a month adds to them: advances and minimums
	tariffs  []pricing.Tariff
}

// read computes what only the transaction knows.
func (b *biller) read(ctx context.Context, tx *store.Tx) (bill Bill, err error) {
	b.today = b.project.Calendar.DayAt(b.now)
	if b.account, err = ledger.GetAccount(ctx, tx, b.project.ID); err != nil {
		return Bill{}, err
	}
	if b.standing, err = GetStanding(ctx, tx, b.project.ID); err != nil {
		return Bill{}, err
	}
	if until, ok := pricing.PaidUntil(b.standing.Term); ok {
		bill.PaidUntil = &until
	}
	month := b.project.Calendar.Start(b.today.FirstOfMonth())
	if b.held, err = holdingsSince(ctx, tx, b.project.ID, month.UnixMicro()); err != nil {
		return Bill{}, err
	}
	if b.charged, err = advancesSince(ctx, tx, b.project.ID, b.today.FirstOfMonth()); err != nil {
		return Bill{}, err
	}
	if bill.Today, err = b.closeToday(ctx, tx); err != nil {
		return Bill{}, err
	}
	bill.MonthEnd, bill.NextMonth, err = b.turnOfMonth(ctx, tx)
	return bill, err
}

// lookAhead adds to the bill what follows from what read found: the days to come, and when funds end. The change may be
// undone by now: q is asked for what no change touches.
func (b *biller) lookAhead(ctx context.Context, q store.Querier, bill *Bill) (err error) {
	if bill.Tomorrow, err = b.daysAhead(); err != nil {
		return err
	}
	outlook := &outlook{
		Service: b.Service, q: q, project: b.project, standing: b.standing, funds: b.account.Balance() + b.account.Overdraft,
		reach: historyDays, fees: newFeeTable(), basis: &basis{b.held.open(), b.charged},
	}
	ahead, err := outlook.compute(ctx, b.now)
	if err != nil {
		return err
	}
	bill.FundsEnd = ahead.EndP50
	plan, err := outlook.plan(ctx, b.today)
	b.addMonth(bill.MonthEnd.Day, pricing.Sum(bill.MonthEnd.Lines))
	b.addMonth(bill.NextMonth.Day, pricing.Sum(bill.NextMonth.Lines))
	for _, charge := range plan.OneOff {
		if charge.Date > bill.NextMonth.Day {
			b.addMonth(charge.Date, -charge.Amount)
		}
	}
	return err
}

// addMonth adds what the turn of a month charges to the day ahead it is charged on.
func (b *biller) addMonth(day civil.Date, amount money.Micro) {
	if n := int64(day - b.today - 1); n >= 0 && n < PreviewDays {
		b.months[n] += amount
	}
}

// closeToday is what the close of today charges if it ends as it stands.
func (b *biller) closeToday(ctx context.Context, tx *store.Tx) (DayBill, error) {
	states, err := Transitions(ctx, tx, b.project.ID)
	if err != nil {
		return DayBill{}, err
	}
	start, end := b.project.Calendar.Start(b.today), b.project.Calendar.End(b.today)
	lines, err := b.lookAt(ctx, dayView{
		q: tx, enforce: b.asInLife(), project: b.project, date: b.today, start: start.UnixMicro(), end: end.UnixMicro(),
		held: b.held.since(start.UnixMicro()), states: states,
	})
	return DayBill{Day: b.today, Lines: append([]pricing.Line{}, lines...)}, err
}

// daysAhead computes the days from tomorrow on and keeps what they come to.
func (b *biller) daysAhead() (tomorrow DayBill, err error) {
	tomorrow.Day = b.today + 1
	for n := range civil.Date(PreviewDays) {
		tariff, err := b.project.Tariff(b.Books, tomorrow.Day+n)
		if err != nil {
			return DayBill{}, err
		}
		lines, err := tariff.Day(heldOn(b.held.open(), tomorrow.Day+n))
		if err != nil {
			return DayBill{}, err
		}
		if n == 0 {
			tomorrow.Lines = append([]pricing.Line{}, lines...)
		}
		b.days, b.tariffs = append(b.days, pricing.Sum(lines)), append(b.tariffs, tariff)
	}
	return tomorrow, nil
}

// turnOfMonth is what the close of the month's last day charges besides the day's fees. An agency's discount is left out:
// it is on all charges of the month.
func (b *biller) turnOfMonth(ctx context.Context, tx *store.Tx) (end, next DayBill, err error) {
	next.Day = b.today.FirstOfNextMonth()
	end.Day = next.Day - 1
	err = tx.Try(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := b.closingOf(ctx, tx, end.Day)
		if err != nil {
			return err
		}
		if err := c.monthEnd(ctx); err != nil {
			return err
		}
		tariff, err := b.project.Tariff(b.Books, next.Day)
		if err != nil {
			return err
		}
		lines, err := c.nextMonthLines(tariff)
		if err != nil {
			return err
		}
		if lines, err = c.claimMonth(ctx, next.Day, lines); err != nil {
			return err
		}
		pricing.SortLines(lines)
		end.Lines = append([]pricing.Line{}, slices.DeleteFunc(c.lines, func(line pricing.Line) bool { return line.Rule == "B-42" })...)
		next.Lines = append([]pricing.Line{}, lines...)
		return errUndone
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return end, next, err
}

// closingOf is the close of a day that is still to come, as if nothing happened until then.
func (b *biller) closingOf(ctx context.Context, tx *store.Tx, day civil.Date) (*closing, error) {
	start, end := b.project.Calendar.Start(day), b.project.Calendar.End(day)
	sc := &scene{Service: b.Service, tx: tx, project: b.project, at: end, day: day + 1, held: b.held.open()}
	c := &closing{
		scene: sc, date: day, start: start.UnixMicro(), end: end.UnixMicro(), held: b.held, turnovers: map[agencyMonth]money.Micro{},
		since: b.project.Calendar.Start(day.FirstOfMonth()).UnixMicro(),
	}
	var err error
	if c.states, err = Transitions(ctx, tx, b.project.ID); err != nil {
		return nil, err
	}
	c.tariff, err = b.project.Tariff(b.Books, day)
	return c, err
}

// costOf is what the days ahead would be cheaper without some products.
func (b *biller) costOf(products []string) (cost money.Micro, err error) {
	if len(products) == 0 {
		return 0, nil
	}
	for n, tariff := range b.tariffs {
		day := heldOn(b.held.open(), b.today+1+civil.Date(n))
		lines, err := tariff.Day(without(day, products, tariff.Book))
		if err != nil {
			return 0, err
		}
		cost += b.days[n] - pricing.Sum(lines)
	}
	return cost, nil
}

// onceKinds are the kinds of entries that a change of configuration makes at once.
var onceKinds = []pricing.Kind{pricing.ProductFee, pricing.NumberRent, pricing.Term, pricing.Credit}

// bookedSince are the lines of the day's entries of those kinds that came after the one numbered last.
func bookedSince(ctx context.Context, q store.Querier, id ident.ProjectID, day civil.Date, last int64) ([]pricing.Line, error) {
	lines := []pricing.Line{}
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: id, FromDay: day, ToDay: day, Kinds: onceKinds}) {
		if err != nil {
			return nil, err
		}
		if entry.Seq <= last {
			continue
		}
		line := pricing.Line{Kind: entry.Kind, Item: entry.Item, Quantity: entry.Quantity, UnitPrice: entry.UnitPrice, Amount: entry.Amount, Rule: entry.Rule}
		if err := json.Unmarshal(entry.Explain, &line.Explain); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	pricing.SortLines(lines)
	return lines, nil
}
