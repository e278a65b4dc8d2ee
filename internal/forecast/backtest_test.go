package forecast_test

import (
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"

	"github.com/google/go-cmp/cmp"
)

// season makes n days before today of an office's usage: weekdays around 4.24, weekend days around 1.40, each with up
// to 30 % of chance from a fixed generator, and growing by drift hundredths of a percent a day.
func season(today civil.Date, n int, seed uint64, drift int64) forecast.History {
	state := seed
	return past(today, n, func(date civil.Date) money.Micro {
		state = state*6364136223846793005 + 1442695040888963407
		chance := int64(state>>33%600) - 300 // thousandths
		grown := 10_000 + drift*int64(n-int(today-date))
		return officeHours(date) * money.Micro(1000+chance) / 1000 * money.Micro(grown) / 10_000
	})
}

// Rule B-80: the error of past forecasts is measured, weekday levels beat a flat mean, and P90 holds nine times of ten.
func TestBacktest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		drift int64
		seed  uint64
	}{{"steady", 0, 1}, {"steady", 0, 2}, {"growing 0.2 % a day", 20, 3}, {"shrinking 0.2 % a day", -20, 4}} {
		h := season(monday, 120, c.seed, c.drift)
		got := forecast.Backtest(h, nil)
		if got.NextDay.Count != forecast.Tested || got.Next30.Count != forecast.Tested {
			t.Errorf("%s: compared %d days and %d windows", c.name, got.NextDay.Count, got.Next30.Count)
		}
		if flat := flatError(h); got.NextDay.Absolute*2 > flat {
			t.Errorf("%s: error %d of 10,000, a flat mean's is %d", c.name, got.NextDay.Absolute, flat)
		}
		if got.NextDay.Covered < 8000 {
			t.Errorf("%s: P90 held %d of 10,000 days", c.name, got.NextDay.Covered)
		}
		if got.Next30.Absolute > 1000 {
			t.Errorf("%s: 30 days were off by %d of 10,000", c.name, got.Next30.Absolute)
		}
	}
}

// flatError is the error, in hundredths of a percent, of forecasting each of the last 30 days by the mean of all before.
func flatError(h forecast.History) int64 {
	var off, spent money.Micro
	for _, day := range h.Days[len(h.Days)-30:] {
		difference := flat(h.Before(day.Date)) - day.Usage
		off += max(difference, -difference)
		spent += day.Usage
	}
	return int64(off * 10_000 / spent)
}

// Over many seasons P90 is honest: neither passed often nor so high that it says nothing; where usage grows by half in
// half a year it still holds for the next day, and for most 30-day windows.
func TestCoverage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		drift                                      int64
		dayLeast, dayMost, windowLeast, windowMost int64
	}{{0, 8800, 9500, 8800, 9600}, {20, 8600, 9500, 6000, 9500}} {
		var day, window int64
		const seasons = 200
		for seed := range uint64(seasons) {
			got := forecast.Backtest(season(monday, 180, seed*7919+1, c.drift), nil)
			day += got.NextDay.Covered
			window += got.Next30.Covered
		}
		if day /= seasons; day < c.dayLeast || day > c.dayMost {
			t.Errorf("growing %d a day: P90 of the next day held in %d of 10,000", c.drift, day)
		}
		if window /= seasons; window < c.windowLeast || window > c.windowMost {
			t.Errorf("growing %d a day: P90 of the next 30 days held in %d of 10,000", c.drift, window)
		}
	}
}

// Rule B-80: a plan is judged as it was known at the time; errors of a fee that came unforeseen are errors.
func TestBacktestJudgesThePlan(t *testing.T) {
	t.Parallel()
	h := past(monday, 60, officeHours)
	for i := range h.Days {
		h.Days[i].Fixed = 2_000_000
		if h.Days[i].Date >= monday-5 {
			h.Days[i].Fixed = 5_000_000
		}
	}
	exact := forecast.Error{Count: 30, Covered: 10_000}
	if diff := cmp.Diff(exact, forecast.Backtest(h, nil).NextDay); diff != "" {
		t.Errorf("fees known exactly, steady usage (-want +got):\n%s", diff)
	}
	asBefore := func(date civil.Date) forecast.Plan {
		yesterday := h.Before(date).Days
		fixed := yesterday[len(yesterday)-1].Fixed
		return forecast.Plan{Fixed: func(civil.Date) money.Micro { return fixed }}
	}
	got := forecast.Backtest(h, asBefore)
	if want := (forecast.Error{Count: 30, Covered: 9667, Absolute: 173, Bias: -173, Typical: 100_000}); got.NextDay != want {
		t.Errorf("one surprise of 3.00 in thirty days of 173.80: %+v, want %+v", got.NextDay, want)
	}
	if got.Next30.Count != 24 || got.Next30.Bias >= 0 {
		t.Errorf("windows that end in dearer days: %+v", got.Next30)
	}
}

func TestBacktestNeedsHistory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ known, days, windows int }{{0, 0, 0}, {1, 0, 0}, {7, 0, 0}, {8, 1, 0}, {36, 29, 0}, {37, 30, 1}, {40, 30, 4}} {
		got := forecast.Backtest(past(monday, c.known, officeHours), nil)
		if got.NextDay.Count != c.days || got.Next30.Count != c.windows {
			t.Errorf("%d days known: compared %d days and %d windows, want %d and %d", c.known, got.NextDay.Count, got.Next30.Count, c.days, c.windows)
		}
	}
	silent := forecast.Backtest(past(monday, 60, func(civil.Date) money.Micro { return 0 }), nil)
	if want := (forecast.Error{Count: 30, Covered: 10_000}); silent.NextDay != want {
		t.Errorf("no usage, no error: %+v", silent.NextDay)
	}
	holed := past(monday, 60, officeHours).Without(func(date civil.Date) bool { return date == monday-20 })
	if got := forecast.Backtest(holed, nil); got.Next30.Count != 4 {
		t.Errorf("a window with an unknown day counts: %+v", got.Next30)
	}
}
