package forecast

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Tested is over how many past forecasts, the latest ones, Backtest takes its errors.
const Tested = 30

// schooling is how many days must be known before a forecast counts: a week, so that every weekday was seen.
const schooling = 7

// Errors is how wrong past forecasts were.
type Errors struct {
	NextDay Error // of one day
	Next30  Error // of 30 days together; the windows overlap
}

// Error sums up forecasts against what came. Shares are in hundredths of a percent. Errors are weighed by amount: a day
// on which next to nothing was spent must not count as an error of thousands of percent.
type Error struct {
	Count    int         // forecasts compared; with none the rest is zero
	Absolute int64       // sum of |forecast - actual| as a share of the sum of actuals
	Bias     int64       // sum of (forecast - actual) as the same share: positive where forecasts were too high
	Covered  int64       // share of forecasts whose P90 was not passed: about 9,000 where P90 is honest
	Typical  money.Micro // mean of |forecast - actual|
}

// Backtest forecasts again from past days, each with only the history before it, and compares P50 and P90 with what
// was spent (Rule B-80). planAt gives the plan as it was known at the start of a date; nil stands for fixed fees known
// exactly, so that only the forecast of usage is on trial.
func Backtest(h History, planAt func(civil.Date) Plan) Errors {
	if planAt == nil {
		asCharged := chargedPlan(h)
		planAt = func(civil.Date) Plan { return asCharged }
	}
	return Errors{NextDay: backtest(h, planAt, 1), Next30: backtest(h, planAt, Shown)}
}

// chargedPlan is the plan that knew every fee that came.
func chargedPlan(h History) Plan {
	fixed := make(map[civil.Date]money.Micro, len(h.Days))
	for _, day := range h.Days {
		fixed[day.Date] = day.Fixed
	}
	return Plan{Fixed: func(date civil.Date) money.Micro { return fixed[date] }}
}

// tally gathers one horizon's comparisons.
type tally struct {
	count, covered            int64
	absolute, signed, charged money.Micro
}

func (t *tally) add(forecast Range, actual money.Micro) {
	difference := forecast.P50 - actual
	t.count++
	t.signed += difference
	t.absolute += max(difference, -difference)
	t.charged += actual
	if actual <= forecast.P90 {
		t.covered++
	}
}

func (t *tally) result() Error {
	if t.count == 0 {
		return Error{}
	}
	e := Error{Count: int(t.count), Covered: divide(t.covered*10_000, t.count), Typical: money.Micro(divide(int64(t.absolute), t.count))}
	if t.charged > 0 {
		e.Absolute = share(t.absolute, t.charged)
		e.Bias = share(t.signed, t.charged)
	}
	return e
}

// share is part/whole in hundredths of a percent.
func share(part, whole money.Micro) int64 {
	size, _ := money.MulDiv(int64(max(part, -part)), 10_000, int64(whole))
	if part < 0 {
		return -size
	}
	return size
}

// backtest compares the latest forecasts of n days together.
func backtest(h History, planAt func(civil.Date) Plan, n int) Error {
	var t tally
	for i := len(h.Days) - n; i >= schooling && t.count < Tested; i-- {
		from := h.Days[i].Date
		days, known := h.window(from, n)
		if !known {
			continue
		}
		var actual money.Micro
		for _, day := range days {
			actual += day.Fixed + day.Usage
		}
		t.add(sumAhead(h.Before(from), planAt(from), from, n), actual)
	}
	return t.result()
}

// sumAhead forecasts the sum of n days from a date on.
func sumAhead(h History, plan Plan, from civil.Date, n int) Range {
	p := newPath(learn(h), plan, Position{Today: from})
	var last DayForecast
	for range n {
		last = p.next()
	}
	return Range{P50: -last.BalanceP50, P90: -last.BalanceP90}
}
