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
const historyDays = 91

// Forecast says what the project will spend and when its funds end, and how wrong such forecasts were (Rule B-80).
func (s *Service) Forecast(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (forecast.Forecast, forecast.Errors, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	st, err := GetStanding(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	account, err := ledger.GetAccount(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	outlook := &outlook{Service: s, q: q, project: p, standing: st, funds: account.Balance() + account.Overdraft}
	result, err := outlook.compute(ctx, now)
	if err != nil {
		return forecast.Forecast{}, forecast.Errors{}, err
	}
	return result, forecast.Backtest(outlook.history, nil), nil
}

// outlook gathers what a forecast starts from.
type outlook struct {
	*Service
	q        store.Querier
	project  *project.Project
	standing *Standing
	funds    money.Micro
	history  forecast.History
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
	return forecast.Compute(o.history, plan, forecast.Position{Today: today, Funds: o.funds, UsedToday: used}), nil
}

// load reads the usage of past days, and what today has used so far.
func (o *outlook) load(ctx context.Context, today civil.Date) (used money.Micro, err error) {
	from := max(o.project.Calendar.First(), today-historyDays)
	usages, err := UsageBetween(ctx, o.q, o.project.ID, from, today)
	if err != nil {
		return 0, err
	}
	past, err := closedFees(ctx, o.q, o.project.ID, from)
	if err != nil {
		return 0, err
	}
	for _, u := range usages {
		if u.Day == today {
			used = u.Spent()
			continue
		}
		past = append(past, forecast.Day{Date: u.Day, Usage: u.Spent() + u.SessionFee})
	}
	o.history = forecast.NewHistory(from, today-1, past)
	return used, nil
}

// closedFees are the fixed fees of closed days from one on.
func closedFees(ctx context.Context, q store.Querier, id ident.ProjectID, from civil.Date) ([]forecast.Day, error) {
	rows, err := q.Query(ctx, `SELECT d.day, d.amount, COALESCE(u.session_fee, 0) FROM billing_day d
		LEFT JOIN billing_usage u ON u.project_id = d.project_id AND u.day = d.day
		WHERE d.project_id = $1 AND d.day >= $2 ORDER BY d.day`, string(id), int64(from))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var fees []forecast.Day
	for rows.Next() {
		var day, amount, sessions int64
		if err := rows.Scan(&day, &amount, &sessions); err != nil {
			return nil, err
		}
		fees = append(fees, forecast.Day{Date: civil.Date(day), Fixed: money.Micro(-amount - sessions)})
	}
	return fees, rows.Err()
}

// plan is what today's configuration costs on the days ahead: fees by the day, and by the month what is charged in
// advance.
func (o *outlook) plan(ctx context.Context, today civil.Date) (forecast.Plan, error) {
	held, err := openHoldings(ctx, o.q, o.project.ID)
	if err != nil {
		return forecast.Plan{}, err
	}
	fixed, fees := map[civil.Date]money.Micro{}, dayFees{}
	plan := forecast.Plan{Fixed: func(date civil.Date) money.Micro { return fixed[date] }}
	for date := today; date < today+forecast.Horizon; date++ {
		tariff, err := o.project.Tariff(o.Books, date)
		if err != nil {
			return forecast.Plan{}, err
		}
		if fixed[date], err = fees.on(tariff, held, date); err != nil {
			return forecast.Plan{}, err
		}
		if date.Day() == 1 && date > today {
			advance, err := monthAdvance(tariff, held)
			if err != nil {
				return forecast.Plan{}, err
			}
			plan.OneOff = append(plan.OneOff, forecast.Charge{Date: date, Amount: advance})
		}
	}
	return plan, nil
}

// dayFees remembers what a day costs by its place in the book's month, after which fees repeat but for a millionth.
type dayFees map[dayPlace]money.Micro

type dayPlace struct {
	book        string
	step, steps int64
}

func (f dayFees) on(tariff pricing.Tariff, held holdings, date civil.Date) (money.Micro, error) {
	step, steps := tariff.Step(date)
	place := dayPlace{tariff.Book.Ref(), step % steps, steps}
	if fee, known := f[place]; known {
		return fee, nil
	}
	lines, err := tariff.Day(heldOn(held, date))
	f[place] = -total(lines)
	return f[place], err
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

func total(lines []pricing.Line) (sum money.Micro) {
	for _, line := range lines {
		sum += line.Amount
	}
	return sum
}

// monthAdvance is what a month costs in advance for what is held now, each item once.
func monthAdvance(tariff pricing.Tariff, held holdings) (money.Micro, error) {
	var sum money.Micro
	seen := map[string]bool{}
	for _, h := range held {
		lines, err := advanceLines(tariff, h)
		if err != nil {
			return 0, err
		}
		for _, line := range lines {
			if key := string(line.Kind) + line.Item; !seen[key] {
				seen[key] = true
				sum -= line.Amount
			}
		}
	}
	return sum, nil
}

// outlook computes the forecast inside a change, with the balance the change leaves.
func (sc *scene) outlook(ctx context.Context) (forecast.Forecast, error) {
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return forecast.Forecast{}, err
	}
	o := &outlook{Service: sc.Service, q: sc.tx, project: sc.project, standing: sc.standing, funds: account.Balance() + account.Overdraft}
	return o.compute(ctx, sc.at)
}

// reviewLow moves the project between active and low by the forecast's p90. Where funds cover a month of days as dear as
// today's fees, a month's advance and the most that was ever used together, the forecast is not needed to say so.
func (sc *scene) reviewLow(ctx context.Context, tariff pricing.Tariff, mostUsed money.Micro) error {
	st := sc.standing
	if st.State.Dry() || tariff.Book.Terms != nil {
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
	advance, err := monthAdvance(tariff, sc.held)
	if err != nil {
		return false, err
	}
	const month = 30
	if dearest := advance - total(lines) + mostUsed; account.Balance()+account.Overdraft > month*dearest {
		return false, nil
	}
	outlook, err := sc.outlook(ctx)
	return outlook.EndP90.Within && int64(outlook.EndP90.FullDays) <= tariff.Book.Lifecycle.LowDays, err
}
