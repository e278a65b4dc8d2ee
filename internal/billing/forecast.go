package billing

import (
	"context"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// historyDays is how far back usage is looked at.
const historyDays = forecast.Memory

// Forecast says what the project will spend and when its funds end, and how wrong such forecasts were (Rule B-80). The
// second costs several times the first: it is for readers, not for changes.
func (s *Service) Forecast(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (forecast.Forecast, forecast.Errors, error) {
	o, err := s.readerOutlook(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	result, err := o.compute(ctx, now)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	past, err := o.past(ctx)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	return result, forecast.Backtest(past), o.fees.err
}

// Outlook is the forecast alone, for the many places that show how long funds last.
func (s *Service) Outlook(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (forecast.Forecast, error) {
	o, err := s.readerOutlook(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, err
	}
	o.reach = historyDays
	return o.compute(ctx, now)
}

// outlook gathers what a forecast starts from.
type outlook struct {
	*Service
	q         store.Querier
	project   *project.Project
	standing  *Standing
	funds     money.Micro
	overdraft money.Micro // part of funds
	reach     civil.Date  // how many days of the past are read
	fees      *feeTable
	basis     *basis // what the days ahead follow from; what q has where nil
	reader    bool   // somebody reads it: today's fee is then computed as the night will

	// What load reads.
	from  civil.Date          // the first day read
	usage []forecast.Day      // usage of the days before today; days of none are left out
	dry   map[civil.Date]bool // days on which funds had ended
}

// readerOutlook is that of a reader, who is shown past errors too: of Tested days, whose forecasts knew historyDays before them.
func (s *Service) readerOutlook(ctx context.Context, q store.Querier, id ident.ProjectID) (*outlook, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	st, err := GetStanding(ctx, q, id)
	if err != nil {
		return nil, err
	}
	account, err := ledger.GetAccount(ctx, q, id)
	return &outlook{
		Service: s, q: q, project: p, standing: st, funds: account.Balance() + account.Overdraft, overdraft: account.Overdraft,
		reach: forecast.Tested + historyDays, fees: newFeeTable(), reader: true,
	}, err
}

func (o *outlook) compute(ctx context.Context, now time.Time) (forecast.Forecast, error) {
	today := max(o.project.Calendar.DayAt(now), o.standing.NextDay)
	used, err := o.load(ctx, today)
	if err != nil {
		return forecast.Forecast{}, err
	}
	plan, err := o.plan(ctx, today)
	if err != nil {
		return forecast.Forecast{}, err
	}
	if o.reader {
		if err := o.feeOfToday(ctx, &plan, today, now); err != nil {
			return forecast.Forecast{}, err
		}
	}
	history := forecast.NewHistory(o.from, today-1, o.usage).Without(o.isDry)
	f := forecast.Compute(history, plan, forecast.Position{Today: today, Funds: o.funds, UsedToday: used})
	return f, o.fees.err
}

// feeOfToday puts into a plan what the coming night charges: of what was held today, which is more than what is held from now
// on where something ends tonight (Rules B-30, B-61).
func (o *outlook) feeOfToday(ctx context.Context, plan *forecast.Plan, today civil.Date, now time.Time) error {
	lines, err := o.provisional(ctx, o.q, o.project, o.standing, today, now)
	if err != nil {
		return err
	}
	var fee money.Micro
	found := false
	for _, line := range lines {
		if line.Day == today && isDaily(line.Kind) {
			fee -= line.Amount
			found = true
		}
	}
	if !found {
		return nil
	}
	ahead := plan.Fixed
	plan.Fixed = func(date civil.Date) money.Micro {
		if date == today {
			return fee
		}
		return ahead(date)
	}
	return nil
}

// isDaily tells the kinds of a day's fees, which the coming days repeat.
func isDaily(kind pricing.Kind) bool {
	switch kind {
	case pricing.ProductFee, pricing.SeatFee, pricing.SlotFee, pricing.NumberRent, pricing.Discount:
		return true
	}
	return false
}

// load reads the usage of past days, and what today has used so far.
func (o *outlook) load(ctx context.Context, today civil.Date) (used money.Micro, err error) {
	o.from = max(o.project.Calendar.First(), today-o.reach)
	usages, err := UsageBetween(ctx, o.q, o.project.ID, o.from, today)
	if err != nil {
		return 0, err
	}
	for _, u := range usages {
		if u.Day == today {
			used = u.Spent()
			continue
		}
		o.usage = append(o.usage, forecast.Day{Date: u.Day, Usage: u.Spent() + u.SessionFee})
	}
	if !o.asInLife() {
		return used, nil // nothing is stopped
	}
	states, err := Transitions(ctx, o.q, o.project.ID)
	o.dry = stateHistory(states).dryDays(o.project.Calendar, o.from, today)
	return used, err
}

func (o *outlook) isDry(date civil.Date) bool { return o.dry[date] }

// dryDays are the days from one through another that began or ended without funds, so that the project could not use what
// it would have. Where it paid within hours the day counts as any other.
func (h stateHistory) dryDays(calendar project.Calendar, from, through civil.Date) map[civil.Date]bool {
	days := map[civil.Date]bool{}
	for i, transition := range h {
		if !transition.To.Dry() {
			continue
		}
		first, last := calendar.DayAt(transition.At), through
		if i+1 < len(h) {
			until := h[i+1].At
			last = min(last, calendar.DayAt(until.Add(-time.Microsecond)))
			if last <= first && transition.At.After(calendar.Start(first)) && until.Before(calendar.End(first)) && !h[i+1].To.Dry() {
				continue
			}
		}
		for day := max(from, first); day <= last; day++ {
			days[day] = true
		}
	}
	return days
}

// plan is what today's configuration costs on the days ahead.
func (o *outlook) plan(ctx context.Context, today civil.Date) (forecast.Plan, error) {
	basis := o.basis
	if basis == nil {
		var err error
		if basis, err = o.readBasis(ctx, today); err != nil {
			return forecast.Plan{}, err
		}
	}
	outlay := o.fees.outlay(newConfiguration(basis.held, never), func(date civil.Date) (pricing.Tariff, error) { return o.project.Tariff(o.Books, date) })
	return outlay.plan(today, today+1, basis.charged.of(today.FirstOfMonth(), today+1)), nil
}

// basis is what the fees of the days ahead follow from. A change alters both parts together, so they are read together.
type basis struct {
	held    holdings // those that have not ended
	charged advances // of the running month; none where the book has no minimums
}

func (o *outlook) readBasis(ctx context.Context, today civil.Date) (*basis, error) {
	held, err := openHoldings(ctx, o.q, o.project.ID)
	if err != nil {
		return nil, err
	}
	tariff, err := o.project.Tariff(o.Books, today)
	if err != nil || len(tariff.Book.Minimums) == 0 {
		return &basis{held: held}, err
	}
	charged, err := advancesSince(ctx, o.q, o.project.ID, today.FirstOfMonth())
	return &basis{held, charged}, err
}

// heldOn is a day on which everything held now is held and no session is counted.
func heldOn(held holdings, date civil.Date) pricing.Day {
	now := never - 1
	day := pricing.Day{
		Date: date, Seats: held.measured(holdSeats, pricebook.MeasurePeak, now, never), Slots: held.measured(holdSlots, pricebook.MeasurePeak, now, never),
		Numbers: held.numbers(pricebook.MeasurePeak, now, never),
	}
	for product := range held.measured(holdProduct, pricebook.MeasurePeak, now, never) {
		day.Products = append(day.Products, product)
	}
	return day
}

// outlook computes the forecast inside a change, with the balance the change leaves.
func (sc *scene) outlook(ctx context.Context) (forecast.Forecast, error) {
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return forecast.Forecast{}, err
	}
	o := &outlook{Service: sc.Service, q: sc.tx, project: sc.project, standing: sc.standing, funds: account.Balance() + account.Overdraft, reach: historyDays, fees: newFeeTable()}
	return o.compute(ctx, sc.at)
}

// reviewLow moves the project between active and low by the forecast's p90. Where funds cover a month of days as dear as
// today's fees, a month's advance and the most that was ever used together, the forecast is not needed to say so.
func (sc *scene) reviewLow(ctx context.Context, tariff pricing.Tariff, mostUsed money.Micro) error {
	st := sc.standing
	if sc.Told || st.State.Dry() || tariff.Book.Terms != nil {
		return nil
	}
	low, err := sc.isLow(ctx, tariff, mostUsed)
	switch {
	case err != nil:
		return err
	case low && st.State == Active:
		return sc.moveTo(ctx, Low)
	case !low && st.State == Low:
		return sc.moveTo(ctx, Active)
	}
	return nil
}

func (sc *scene) isLow(ctx context.Context, tariff pricing.Tariff, mostUsed money.Micro) (bool, error) {
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return false, err
	}
	lines, err := tariff.Day(heldOn(sc.held, sc.day))
	if err != nil {
		return false, err
	}
	fees := newFeeTable()
	advance, _ := fees.monthAdvance(tariff, sc.held)
	if fees.err != nil {
		return false, fees.err
	}
	const month = 30
	if dearest := advance - pricing.Sum(lines) + mostUsed; account.Balance()+account.Overdraft > month*dearest {
		return false, nil
	}
	outlook, err := sc.outlook(ctx)
	return outlook.EndP90.Within && int64(outlook.EndP90.FullDays) <= tariff.Book.Lifecycle.LowDays, err
}
