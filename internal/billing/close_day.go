package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
)

// maxLines is how many charge lines an item may have on a day; more park the day (Rule B-12).
const maxLines = 15

// closing is the close of one usage day. Its scene stands at the first instant after the day; all lines are booked then.
type closing struct {
	*scene
	date       civil.Date
	tariff     pricing.Tariff // of the day
	start, end int64          // microseconds
	since      int64          // from when it must know what was held: the day's start, at a month's end the month's
	held       holdings       // those that touch the time since
	states     stateHistory
	counts     map[ledger.Counted]int // charge lines the day has
	used       Usage                  // what was used on the day
	usage      Usage                  // what the close adds to it
	most       money.Micro            // the most that was used on a recent day
	lines      []pricing.Line
	postings   []ledger.Posting
	amount     money.Micro
	turnovers  map[agencyMonth]money.Micro // of the round
}

// newClosing opens the close of the project's first open day.
func newClosing(sc *scene) (*closing, error) {
	day := sc.standing.NextDay
	c := &closing{scene: sc, date: day, start: sc.project.Calendar.Start(day).UnixMicro(), end: sc.at.UnixMicro()}
	c.since = c.start
	if c.monthEnds() {
		c.since = sc.project.Calendar.Start(day.FirstOfMonth()).UnixMicro()
	}
	var err error
	c.tariff, err = sc.project.Tariff(sc.Books, day)
	return c, err
}

// charge computes the day's lines and the postings they make (Rule B-10): its fees, and at a month's end the month's
// overage and minimum. A date the zone never had has none (Rule B-09).
func (c *closing) charge(ctx context.Context) error {
	if !c.project.Calendar.Exists(c.date) {
		return nil
	}
	if err := c.fees(ctx); err != nil {
		return err
	}
	if c.monthEnds() {
		if err := c.monthEnd(ctx); err != nil {
			return err
		}
	}
	if err := c.checkLines(); err != nil {
		return err
	}
	c.postings = make([]ledger.Posting, len(c.lines))
	for i, line := range c.lines {
		c.postings[i] = c.posting(line, c.tariff.Book, c.date, c.at)
	}
	return nil
}

// finish posts the lines, marks the day closed, charges the next month in advance on its eve and lets the state follow.
func (c *closing) finish(ctx context.Context) error {
	if err := c.post(ctx); err != nil {
		return err
	}
	if err := c.record(ctx); err != nil {
		return err
	}
	tariff, err := c.project.Tariff(c.Books, c.date+1)
	if err != nil {
		return err
	}
	if err := c.nextMonth(ctx, tariff); err != nil {
		return err
	}
	if err := c.reviewState(ctx, tariff.Book); err != nil {
		return err
	}
	if err := c.reviewLow(ctx, tariff, c.most); err != nil {
		return err
	}
	return c.standing.save(ctx, c.tx)
}

func (c *closing) monthEnds() bool { return c.date+1 == c.date.FirstOfNextMonth() }

// fees computes the day's lines from what was held and counted on it.
func (c *closing) fees(ctx context.Context) error {
	view := dayView{
		q: c.tx, enforce: c.asInLife(), project: c.project, tariff: c.tariff, date: c.date, start: c.start, end: c.end,
		held: c.held, used: c.used, states: c.states,
	}
	day, counted, err := view.measure(ctx)
	if err != nil {
		return err
	}
	if c.lines, err = c.tariff.Day(day); err != nil {
		return err
	}
	c.usage = Usage{Project: c.project.ID, Day: c.date, counted: counted}
	for _, line := range c.lines {
		if line.Kind == pricing.SessionFee {
			c.usage.SessionFee -= line.Amount
		}
	}
	return nil
}

// monthEnd adds the month's overage and minimum to the lines of its last day (Rules B-38, B-39).
func (c *closing) monthEnd(ctx context.Context) error {
	month := pricing.Month{Larger: c.held.largerPackages(c.tariff.Book, c.since, c.end)}
	if !c.stopped(Suspended) {
		month.Numbers = c.held.numbers(pricebook.MeasurePeak, c.since, c.end)
	}
	var err error
	if month.Advance, err = c.advanceOf(ctx, c.date.FirstOfMonth()); err != nil {
		return err
	}
	if month.Minutes, err = MinutesOf(ctx, c.tx, c.project.ID, c.date); err != nil {
		return err
	}
	lines, err := c.tariff.MonthEnd(month)
	if err != nil {
		return err
	}
	c.lines = append(c.lines, lines...)
	discount, err := c.agencyDiscount(ctx)
	if err != nil {
		return err
	}
	if discount.Amount > 0 {
		c.lines = append(c.lines, discount)
	}
	pricing.SortLines(c.lines)
	return nil
}

// stopped reports whether a project is so dry, when the day has ended, that it is no longer charged what that state stops
// (Rule B-60): from suspension on product fees and minimums, from quarantine on rent.
func (c *closing) stopped(state State) bool { return c.asInLife() && c.states.at(c.end).atLeast(state) }

// largerPackages are the larger minute packages held between two instants, as far as the book still sells them.
func (h holdings) largerPackages(book *pricebook.Book, start, end int64) map[string]int64 {
	held := h.measured(holdPackage, pricebook.MeasurePeak, start, end)
	for name, minutes := range held {
		pack, ok := book.Package(name)
		if _, sold := largerPackage(pack, minutes); !ok || !sold {
			delete(held, name)
		}
	}
	return held
}

// agencyDiscount reduces what the project was charged in the month by the tier that all the agency's projects reached in
// the month before (Rule B-42): that turnover is settled in every time zone when this month ends.
func (c *closing) agencyDiscount(ctx context.Context) (pricing.Line, error) {
	if c.project.Agency == "" || len(c.tariff.Book.Agency) == 0 {
		return pricing.Line{}, nil
	}
	first := c.date.FirstOfMonth()
	turnover, err := c.turnover(ctx, (first - 1).FirstOfMonth())
	if err != nil {
		return pricing.Line{}, err
	}
	charged, err := ledger.Charges(ctx, c.tx, []ident.ProjectID{c.project.ID}, first, c.date)
	if err != nil {
		return pricing.Line{}, err
	}
	return c.tariff.AgencyDiscount(turnover, charged-pricing.Sum(c.lines))
}

// turnover is what the projects of the closing's agency were charged in a month, in its currency; asked once a round.
func (c *closing) turnover(ctx context.Context, month civil.Date) (money.Micro, error) {
	key := agencyMonth{c.project.Agency, c.project.Currency, month}
	if known, ok := c.turnovers[key]; ok {
		return known, nil
	}
	projects, err := project.OfAgency(ctx, c.tx, c.project.Agency, c.project.Currency)
	if err != nil {
		return 0, err
	}
	turnover, err := ledger.Charges(ctx, c.tx, projects, month, month.FirstOfNextMonth()-1)
	c.turnovers[key] = turnover
	return turnover, err
}

type agencyMonth struct {
	agency   string
	currency money.Currency
	month    civil.Date
}

// checkLines parks a day on which an item has more lines than a sane day can have (Rule B-12).
func (c *closing) checkLines() error {
	counts := map[ledger.Counted]int{}
	for _, line := range c.lines {
		what := ledger.Counted{Kind: line.Kind, Item: line.Item}
		if counts[what] == 0 {
			counts[what] = c.counts[what]
		}
		counts[what]++
		if counts[what] > maxLines {
			return errs.New(errs.Conflict, "billing.too_many_lines", "%d charge lines (%s) for %s on %s", counts[what], what.Kind, what.Item, c.date).
				At("day " + c.date.String()).Try("look at the day's entries, then run `bellwether repair`")
		}
	}
	return nil
}

// post posts the lines. The discount goes back to the funds that paid the product fees, so that it never turns bonus
// into cash.
func (c *closing) post(ctx context.Context) error {
	var paid ledger.Split
	for i, line := range c.lines {
		posting := c.postings[i]
		switch {
		case line.Rule == "B-42":
			posting.Into = ledger.Credit // it is on a whole month, whose payers are not known here
		case line.Kind == pricing.Discount:
			posting.Into, posting.Split = ledger.Divided, paid.Return(line.Amount)
		}
		entry, _, err := c.batch.Post(ctx, posting)
		if err != nil {
			return err
		}
		if line.Kind == pricing.ProductFee {
			paid = paid.Plus(entry.Paid())
		}
		c.amount += line.Amount
	}
	return nil
}

// record counts the day as closed.
func (c *closing) record(ctx context.Context) error {
	if c.usage.counted {
		if err := AddUsage(ctx, c.tx, []Usage{c.usage}); err != nil {
			return err
		}
	}
	c.standing.NextDay = c.date + 1
	c.standing.nextCloseAt = c.project.Calendar.End(c.date + 1).UnixMicro()
	return c.emit(ctx, "billing.day_closed", map[string]any{"day": c.date, "amount": c.amount, "lines": len(c.lines)})
}

var dayColumns = []string{"project_id", "day", "starts_at", "ends_at", "closed_at", "lines", "amount", "book"}

// row is the day as billing_day stores it; a second close of the day fails on its key.
func (c *closing) row(now time.Time) []any {
	period := c.project.BookAt(c.date)
	return []any{
		string(c.project.ID), int64(c.date), c.start, c.end, now.UnixMicro(), int64(len(c.lines)), int64(c.amount), period.Book + "@" + period.Version,
	}
}

// nextMonth charges in advance what is held when a month begins (Rule B-39). It was bought before: lack of funds refuses
// nothing here, the project gets dry (Rule B-60).
func (c *closing) nextMonth(ctx context.Context, tariff pricing.Tariff) error {
	if !c.monthEnds() {
		return nil
	}
	lines, err := c.nextMonthLines(tariff)
	if err != nil {
		return err
	}
	return c.postAdvance(ctx, tariff, c.date+1, lines, false)
}

// nextMonthLines are what the holdings at the month's end cost for the next month; an item may stand there twice.
func (c *closing) nextMonthLines(tariff pricing.Tariff) ([]pricing.Line, error) {
	var all []pricing.Line
	for _, h := range c.held {
		if h.from > c.end || h.until <= c.end {
			continue // came later, while days were being caught up, and was charged then; or was gone by now
		}
		lines, err := advanceLines(tariff, h)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(lines, func(line pricing.Line) bool {
			return c.stopped(Suspended) && line.Kind == pricing.ProductFee || c.stopped(Quarantine) && line.Kind == pricing.NumberRent
		})...)
	}
	return all, nil
}

func advanceLines(tariff pricing.Tariff, h holding) ([]pricing.Line, error) {
	switch h.kind {
	case holdNumber:
		return tariff.Advance(h.number)
	case holdPackage:
		pack, ok := tariff.Book.Package(h.item)
		larger, sold := largerPackage(pack, h.quantity)
		if !ok || !sold {
			return nil, nil // the new version no longer sells it: the included minutes apply
		}
		line, err := tariff.LargerPackage(pack, larger)
		return []pricing.Line{line}, err
	}
	return nil, nil
}
