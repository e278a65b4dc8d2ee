package forecast_test

import (
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type world struct {
	history forecast.History
	plan    forecast.Plan
	at      forecast.Position
}

func amounts(low, high int64) *rapid.Generator[money.Micro] {
	return rapid.Custom(func(t *rapid.T) money.Micro { return money.Micro(rapid.Int64Range(low, high).Draw(t, "amount")) })
}

func worlds(t *rapid.T) world {
	today := monday + civil.Date(rapid.IntRange(0, 6).Draw(t, "weekday"))
	used := rapid.SliceOfN(amounts(0, 1_000_000_000), 0, 90).Draw(t, "usage")
	fixed := amounts(0, 100_000_000).Draw(t, "fixed")
	return world{
		history: past(today, len(used), func(date civil.Date) money.Micro { return used[int(date-today)+len(used)] }),
		plan: forecast.Plan{
			Fixed:  func(civil.Date) money.Micro { return fixed },
			OneOff: []forecast.Charge{{Date: today + civil.Date(rapid.IntRange(0, 40).Draw(t, "day")), Amount: amounts(0, 5_000_000_000).Draw(t, "one-off")}},
		},
		at: forecast.Position{
			Today:     today,
			Funds:     amounts(-1_000_000_000, 20_000_000_000).Draw(t, "funds"),
			UsedToday: amounts(0, 2_000_000_000).Draw(t, "used today"),
		},
	}
}

func (w world) compute() forecast.Forecast { return forecast.Compute(w.history, w.plan, w.at) }

// later reports whether funds end later in a than in b.
func later(a, b forecast.End) bool { return b.Within && (!a.Within || a.FullDays > b.FullDays) }

func TestP90IsNeverBelowP50(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		got := worlds(t).compute()
		for _, r := range []forecast.Range{got.NextCharge, got.Next30} {
			if r.P90 < r.P50 {
				t.Fatalf("P90 %v is below P50 %v", r.P90, r.P50)
			}
		}
		for i, day := range got.Days {
			if day.P90 < day.P50 || day.BalanceP90 > day.BalanceP50 || day.P50 < day.Fixed {
				t.Fatalf("day %d: %+v", i, day)
			}
			if i > 0 && (day.BalanceP50 != got.Days[i-1].BalanceP50-day.P50 || day.BalanceP90 > got.Days[i-1].BalanceP90) {
				t.Fatalf("day %d does not follow: %+v after %+v", i, day, got.Days[i-1])
			}
		}
		if later(got.EndP90, got.EndP50) {
			t.Fatalf("the pessimistic end %+v is later than %+v", got.EndP90, got.EndP50)
		}
	})
}

func TestMoreFundsNeverEndSooner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		less := w.compute()
		w.at.Funds += amounts(0, 10_000_000_000).Draw(t, "more")
		more := w.compute()
		if later(less.EndP50, more.EndP50) || later(less.EndP90, more.EndP90) {
			t.Fatalf("more funds end sooner: %+v and %+v, then %+v and %+v", less.EndP50, less.EndP90, more.EndP50, more.EndP90)
		}
		if less.Next30 != more.Next30 {
			t.Fatal("spending depends on funds")
		}
	})
}

// A history that repeats one week exactly is forecast exactly, and P90 is P50 from the second week on.
func TestRepetitionIsForecastExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		week := rapid.SliceOfN(amounts(0, 1_000_000_000_000), 7, 7).Draw(t, "week")
		usage := func(date civil.Date) money.Micro { return week[date.Weekday()] }
		today := monday + civil.Date(rapid.IntRange(0, 6).Draw(t, "weekday"))
		h := past(today, rapid.IntRange(8, 100).Draw(t, "days"), usage)
		for _, day := range forecast.Compute(h, forecast.Plan{}, forecast.Position{Today: today}).Days {
			if day.P50 != usage(day.Date) || day.P90 != day.P50 {
				t.Fatalf("%v: %v to %v, want %v", day.Date, day.P50, day.P90, usage(day.Date))
			}
		}
	})
}

// Amounts a thousand times as large (another currency) are forecast a thousand times as large, within what rounding
// leaves: one micro-unit a step, and a margin in units of the largest miss's 2^22nd part.
func TestScale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		small := w.compute()
		for i := range w.history.Days {
			w.history.Days[i].Usage *= scale
		}
		fixed, w2 := w.plan.Fixed, w
		w2.plan.Fixed = func(date civil.Date) money.Micro { return fixed(date) * scale }
		w2.plan.OneOff = []forecast.Charge{{Date: w.plan.OneOff[0].Date, Amount: w.plan.OneOff[0].Amount * scale}}
		w2.at.Funds, w2.at.UsedToday = w.at.Funds*scale, w.at.UsedToday*scale
		large := w2.compute()
		for i, day := range small.Days {
			near(t, day.P50*scale, large.Days[i].P50)
			near(t, day.P90*scale, large.Days[i].P90)
		}
		near(t, small.Next30.P50*scale, large.Next30.P50)
		near(t, small.Next30.P90*scale, large.Next30.P90)
	})
}

const (
	scale   = 1000
	largest = 1_000_000_000 * scale
)

func near(t *rapid.T, want, got money.Micro) {
	t.Helper()
	if difference := max(want-got, got-want); difference > 200_000+largest/100_000 {
		t.Fatalf("%v is not %v to scale", got, want)
	}
}

// Equal input gives equal output, days of today and later in the history are not looked at, and the input is left alone.
func TestComputeIsPure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		first := w.compute()
		w.history.Days = append(w.history.Days, forecast.Day{Date: w.at.Today, Usage: 1 << 40}, forecast.Day{Date: w.at.Today + 1, Usage: 1 << 40})
		if diff := cmp.Diff(first, w.compute()); diff != "" {
			t.Fatalf("the future changed the forecast (-before +after):\n%s", diff)
		}
	})
}

// The largest amounts we promise to take neither overflow nor turn around.
func TestLargeAmounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.SliceOfN(amounts(0, 1_000_000_000_000_000), 0, 60).Draw(t, "usage")
		h := past(monday, len(used), func(date civil.Date) money.Micro { return used[int(date-monday)+len(used)] })
		got := forecast.Compute(h, forecast.Plan{}, forecast.Position{Today: monday, Funds: 1 << 62})
		for i, day := range got.Days {
			if day.P90 < day.P50 || day.BalanceP90 > day.BalanceP50 || i > 0 && day.BalanceP90 > got.Days[i-1].BalanceP90 {
				t.Fatalf("day %d turned around: %+v", i, day)
			}
		}
	})
}

func BenchmarkCompute(b *testing.B) {
	h := past(monday, 180, officeHours)
	for b.Loop() {
		forecast.Compute(h, forecast.Plan{Fixed: officeHours}, forecast.Position{Today: monday, Funds: money.MustParse("10000")})
	}
}
