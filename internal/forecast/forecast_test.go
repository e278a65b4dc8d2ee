package forecast_test

import (
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"

	"github.com/google/go-cmp/cmp"
)

var monday = civil.MustParseDate("2021-03-01")

// past makes n days of usage that end the day before today.
func past(today civil.Date, n int, usage func(civil.Date) money.Micro) forecast.History {
	var h forecast.History
	for date := today - civil.Date(n); date < today; date++ {
		h.Days = append(h.Days, forecast.Day{Date: date, Usage: usage(date)})
	}
	return h
}

func weekend(date civil.Date) bool {
	return date.Weekday() == time.Saturday || date.Weekday() == time.Sunday
}

func officeHours(date civil.Date) money.Micro {
	if weekend(date) {
		return money.MustParse("1.40")
	}
	return money.MustParse("4.24")
}

func fees(amount string) forecast.Plan {
	fixed := money.MustParse(amount)
	return forecast.Plan{Fixed: func(civil.Date) money.Micro { return fixed }}
}

// flat is the forecast we mean to beat: the mean of all days, whatever the weekday.
func flat(h forecast.History) money.Micro {
	var sum money.Micro
	for _, day := range h.Days {
		sum += day.Usage
	}
	return sum / money.Micro(len(h.Days))
}

// Rule B-80: $60.20 at 4.24 on weekdays and 1.40 on weekend days, starting on a Monday, lasts 16 full days.
func TestSixteenDays(t *testing.T) {
	t.Parallel()
	h := past(monday, 28, officeHours)
	got := forecast.Compute(h, forecast.Plan{}, forecast.Position{Today: monday, Funds: money.MustParse("60.20")})
	want := forecast.End{Date: civil.MustParseDate("2021-03-17"), FullDays: 16, Within: true}
	if diff := cmp.Diff([]forecast.End{want, want}, []forecast.End{got.EndP50, got.EndP90}); diff != "" {
		t.Errorf("end of funds (-want +got):\n%s", diff)
	}
	if days := money.MustParse("60.20") / flat(h); days != 17 {
		t.Errorf("a flat mean says %d days, want 17", days)
	}
	// The same spending as fees of the configuration, without any history.
	plan := forecast.Plan{Fixed: officeHours}
	got = forecast.Compute(forecast.History{}, plan, forecast.Position{Today: monday, Funds: money.MustParse("60.20")})
	if diff := cmp.Diff(want, got.EndP50); diff != "" {
		t.Errorf("end of funds from fees alone (-want +got):\n%s", diff)
	}
	// Two weeks of 24.00 and two weekdays of 4.24 end with nothing left, and every one of those days is paid for.
	got = forecast.Compute(h, forecast.Plan{}, forecast.Position{Today: monday, Funds: money.MustParse("56.48")})
	if diff := cmp.Diff(want, got.EndP50); diff != "" {
		t.Errorf("end of funds to the last cent (-want +got):\n%s", diff)
	}
}

// Rule B-80: fees are known, usage is learnt, and both are listed day by day.
func TestDays(t *testing.T) {
	t.Parallel()
	plan := fees("3.266667")
	plan.OneOff = []forecast.Charge{{Date: monday + 2, Amount: money.MustParse("150")}, {Date: monday + 2, Amount: money.MustParse("2200")}}
	got := forecast.Compute(past(monday, 14, officeHours), plan, forecast.Position{Today: monday, Funds: money.MustParse("100"), UsedToday: money.MustParse("1.24")})

	amount := money.MustParse
	want := []forecast.DayForecast{
		{Date: monday, Fixed: amount("3.266667"), P50: amount("6.266667"), P90: amount("6.266667"), BalanceP50: amount("93.733333"), BalanceP90: amount("93.733333")},
		{Date: monday + 1, Fixed: amount("3.266667"), P50: amount("7.506667"), P90: amount("7.506667"), BalanceP50: amount("86.226666"), BalanceP90: amount("86.226666")},
		{Date: monday + 2, Fixed: amount("2353.266667"), P50: amount("2357.506667"), P90: amount("2357.506667"), BalanceP50: amount("-2271.280001"), BalanceP90: amount("-2271.280001")},
	}
	if diff := cmp.Diff(want, got.Days[:3]); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if next := amount("7.506667"); got.NextCharge != (forecast.Range{P50: next, P90: next}) {
		t.Errorf("next charge %v: what was used today is part of it", got.NextCharge)
	}
	// 30 days from a Monday: 22 weekdays and 8 weekend days, less the 1.24 already off the balance.
	if sum := 30*amount("3.266667") + amount("2350") + 22*amount("4.24") + 8*amount("1.40") - amount("1.24"); got.Next30.P50 != sum {
		t.Errorf("next 30 days %v, want %v", got.Next30.P50, sum)
	}
	if len(got.Days) != forecast.Shown || got.Known != 14 {
		t.Errorf("%d days listed from %d known", len(got.Days), got.Known)
	}
}

// Rule B-80: little or odd history.
func TestEdges(t *testing.T) {
	t.Parallel()
	amount := money.MustParse
	silent := func(civil.Date) money.Micro { return 0 }
	steady := func(civil.Date) money.Micro { return amount("5") }
	for _, c := range []struct {
		name     string
		history  forecast.History
		plan     forecast.Plan
		funds    string
		next     string // P50 of the first charge
		next90   string
		fullDays int // by P50; -1: beyond the horizon
	}{
		{"no history, no fees: nothing to forecast", forecast.History{}, forecast.Plan{}, "10", "0", "0", -1},
		{"no history: fees alone", forecast.History{}, fees("2.5"), "10", "2.5", "2.5", 4},
		{"one day stands for every weekday and may well be twice as much", past(monday, 1, steady), forecast.Plan{}, "10", "5", "11.408", 2},
		{"a week in which nothing repeats yet", past(monday, 7, steady), forecast.Plan{}, "10", "5", "11.408", 2},
		{"from the second week on, a steady history is certain", past(monday, 8, steady), forecast.Plan{}, "10", "5", "5", 2},
		{"zero usage", past(monday, 30, silent), fees("1"), "10", "1", "1", 10},
		{"zero usage and no fees", past(monday, 30, silent), forecast.Plan{}, "10", "0", "0", -1},
		{"funds end today", past(monday, 30, steady), forecast.Plan{}, "4.99", "5", "5", 0},
		{"funds have ended: nothing left", past(monday, 30, silent), fees("1"), "0", "1", "1", 0},
		{"without funds nothing ends while nothing is spent", past(monday, 30, silent), forecast.Plan{}, "0", "0", "0", -1},
		{"funds have ended: a negative balance", past(monday, 30, steady), fees("1"), "-3", "6", "6", 0},
		{"a negative balance ends at once even where nothing is spent", forecast.History{}, forecast.Plan{}, "-0.000001", "0", "0", 0},
		{"corrections never make usage negative", past(monday, 30, func(civil.Date) money.Micro { return -amount("5") }), fees("1"), "10", "1", "1", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := forecast.Compute(c.history, c.plan, forecast.Position{Today: monday, Funds: amount(c.funds)})
			if got.NextCharge != (forecast.Range{P50: amount(c.next), P90: amount(c.next90)}) {
				t.Errorf("next charge %v, want %s and %s", got.NextCharge, c.next, c.next90)
			}
			if got.EndP50.Within != (c.fullDays >= 0) || got.EndP50.Within && got.EndP50 != (forecast.End{Date: monday + civil.Date(c.fullDays), FullDays: c.fullDays, Within: true}) {
				t.Errorf("funds end %+v, want %d full days", got.EndP50, c.fullDays)
			}
		})
	}
}

// Rule B-80: a holiday's spike moves its own weekday by a quarter, fades by a quarter a week, and widens P90 meanwhile.
func TestSpike(t *testing.T) {
	t.Parallel()
	amount := money.MustParse
	spike := monday + 3
	usage := func(date civil.Date) money.Micro {
		if date == spike {
			return amount("44.24")
		}
		return officeHours(date)
	}
	next := func(today civil.Date) forecast.Range {
		h := past(today, int(today-monday)+56, usage)
		return forecast.Compute(h, forecast.Plan{}, forecast.Position{Today: today, Funds: amount("1000")}).NextCharge
	}
	for _, c := range []struct {
		weeks int
		want  string
	}{{1, "14.24"}, {2, "11.74"}, {3, "9.865"}} {
		got := next(spike + civil.Date(7*c.weeks))
		if got.P50 != amount(c.want) || got.P90 <= got.P50 {
			t.Errorf("%d weeks after the spike: %v, want %s", c.weeks, got, c.want)
		}
	}
	if got := next(spike + 8); got.P50 != amount("4.24") {
		t.Errorf("the weekday after it expects %v: a spike belongs to its own weekday", got.P50)
	}
}

// Rule B-80: days of which nothing is known teach nothing; they are not days of zero.
func TestGaps(t *testing.T) {
	t.Parallel()
	whole := past(monday, 56, officeHours)
	suspended := whole.Without(func(date civil.Date) bool { return date >= monday-28 && date < monday-7 })
	at := forecast.Position{Today: monday, Funds: money.MustParse("60.20")}
	got, want := forecast.Compute(suspended, forecast.Plan{}, at), forecast.Compute(whole, forecast.Plan{}, at)
	want.Known -= 21
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("three unknown weeks changed the forecast (-want +got):\n%s", diff)
	}

	sparse := []forecast.Day{{Date: monday - 1, Usage: 3}, {Date: monday - 3, Usage: 1, Fixed: 7}, {Date: monday - 1, Fixed: 2, Usage: 1}, {Date: monday, Usage: 99}, {Date: monday - 4, Usage: 99}}
	filled := forecast.History{Days: []forecast.Day{{Date: monday - 3, Usage: 1, Fixed: 7}, {Date: monday - 2}, {Date: monday - 1, Usage: 4, Fixed: 2}}}
	if diff := cmp.Diff(filled, forecast.NewHistory(monday-3, monday-1, sparse)); diff != "" {
		t.Errorf("sums by day (-want +got):\n%s", diff)
	}
	if h := forecast.NewHistory(monday, monday-1, sparse); len(h.Days) != 0 {
		t.Errorf("an empty range has %d days", len(h.Days))
	}
}
