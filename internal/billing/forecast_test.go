package billing_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// pastErrors closes the days that have ended and reads how wrong forecasts were.
func (o *office) pastErrors(at string) forecast.Errors {
	o.t.Helper()
	o.closeAt(at)
	_, past, err := o.night.Billing.Forecast(context.Background(), o.db, o.id, instant(o.t, at))
	if err != nil {
		o.t.Fatal(err)
	}
	return past
}

// use meters calls of the same cost on each day from one until another.
func (o *office) use(from, until civil.Date, calls money.Micro) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		for day := from; day < until; day++ {
			if err := billing.AddUsage(ctx, tx, []billing.Usage{{Project: o.id, Day: day, Calls: calls, CallCount: 1}}); err != nil {
				return err
			}
		}
		return nil
	})
}

var newYear = civil.MustParseDate("2021-01-01")

// steadyOffice pays 1.30 a day for its PBX from the first moment of 2021 on.
func steadyOffice(t *testing.T, db *store.DB, funds string) *office {
	t.Helper()
	o := open(t, db, american, "2021-01-01T00:00:00-05:00")
	o.pay("p1", funds, "2021-01-01T00:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-01-01T00:00:00-05:00")
	return o
}

// Rule B-80: fees that stay as they are, and usage that does, are forecast without error. 61 days have passed; of them
// the first 7 only teach, and 25 are followed by 29 that are closed.
func TestPastErrorsOfSteadyProject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		amount := money.MustParse
		o := steadyOffice(t, db, "1000")
		o.use(newYear, newYear+61, amount("2"))
		if nothing := o.pastErrors("2021-01-08T00:00:01-05:00"); nothing != (forecast.Errors{}) {
			t.Errorf("after the first week: %+v", nothing)
		}
		want := forecast.Errors{
			NextCharge: forecast.Error{Trials: 54, Actual: amount("3.3"), WithinP50: 54, WithinP90: 54},
			Next30:     forecast.Error{Trials: 25, Actual: amount("99"), WithinP50: 25, WithinP90: 25},
			Usage30:    forecast.Error{Trials: 25, Actual: amount("60"), WithinP50: 25, WithinP90: 25},
		}
		if diff := cmp.Diff(want, o.pastErrors("2021-03-03T12:00:00-05:00")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Rule B-80: usage of 2.00 a day that doubles on 1 February, a Monday, is 2.00 too low for a week, 1.50 the next (each
// weekday's level has moved by a quarter), then 1.125 and 0.84375; 1 and 2 March are Monday and Tuesday again: 0.632813.
func TestPastErrorsOfDoubledUsage(t *testing.T) {
	t.Parallel()
	o := steadyOffice(t, storetest.SQLite(t), "1000")
	o.use(newYear, newYear+31, 2*money.Unit)
	o.use(newYear+31, newYear+61, 4*money.Unit)
	got := o.pastErrors("2021-03-03T12:00:00-05:00").NextCharge
	// -(7 x (2 + 1.5 + 1.125 + 0.84375) + 2 x 0.632813) / 54; before it 24 days without error, all 30 after it above P50.
	if want := -money.MustParse("0.73235"); got.Bias != want || got.Trials != 54 || got.WithinP50 != 24 {
		t.Errorf("%+v, want a bias of %s", got, want)
	}
	// The middle of 24 times 0, 2 x 0.632813, 7 x 0.84375, ...: the 27th and the 28th.
	if want := money.MustParse("0.84375"); got.Median != want {
		t.Errorf("median %s, want %s", got.Median, want)
	}
}

// Rule B-80: forecasts before a product was switched on knew the fees of then. Call tracking comes on 31 January:
// that day's forecast misses its fee, and each 30-day forecast as many days of it as were to come.
func TestPastErrorsOfProductSwitchedOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := steadyOffice(t, db, "1000")
		o.turn("call_tracking", true, "2021-01-31T10:00:00-05:00")
		past := o.pastErrors("2021-03-03T12:00:00-05:00")
		more := money.MustParse("1.803333") // (39 + 59 less 5 % for a bundle of two, less 39) / 30 = 54.10 / 30
		if got := past.NextCharge; got.Trials != 54 || got.WithinP50 != 53 || got.Bias != -(more+27)/54 {
			t.Errorf("next charge %+v", got)
		}
		// Starts from 8 to 30 January meet 7 to 29 days of it, that of the 31st all 30, that of 1 February knew.
		days := money.Micro(30)
		for met := money.Micro(7); met <= 29; met++ {
			days += met
		}
		got := past.Next30
		if want := -days * money.MustParse("54.1") / 30 / 25; got.Trials != 25 || got.WithinP90 != 1 || got.Bias < want-1 || got.Bias > want+1 {
			t.Errorf("30 days %+v, want a bias of %s", got, want)
		}
		if usage := past.Usage30; usage.Bias != 0 || usage.WithinP90 != 25 {
			t.Errorf("usage was nothing, as forecast: %+v", usage)
		}
	})
}

// Rule B-80: a forecast is judged by the funds of its day, whatever was paid in later. 50.00 last 38 days at 1.30: the
// 39th, 8 February, is not paid in full.
func TestPastErrorsOfFundsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := steadyOffice(t, db, "50")
		past := o.pastErrors("2021-03-03T12:00:00-05:00")
		if want := (forecast.EndError{Trials: 32, WithinP50: 32, WithinP90: 32}); past.End != want {
			t.Errorf("from 8 January to 8 February: %+v, want %+v", past.End, want)
		}
		if past.NextCharge.Trials != 32 || past.NextCharge.Bias != 0 {
			t.Errorf("days without funds count: %+v", past.NextCharge)
		}
	})
	topped := steadyOffice(t, storetest.SQLite(t), "50")
	topped.closeAt("2021-01-20T00:00:00-05:00")
	topped.pay("p2", "50", "2021-01-20T12:00:00-05:00")
	// From the 21st on 100.00 last until 18 March, which has not come.
	if got, want := topped.pastErrors("2021-03-03T12:00:00-05:00").End, (forecast.EndError{Trials: 13, WithinP50: 13, WithinP90: 13}); got != want {
		t.Errorf("from 8 to 20 January: %+v, want %+v", got, want)
	}
}

// fiveLines is a project of five own numbers at 150 a month each, at least 2,500 together.
func fiveLines(t *testing.T, books *pricebook.Library) *office {
	t.Helper()
	o := openWith(t, storetest.SQLite(t), books, tracker, "2016-04-01T00:00:00+03:00")
	o.pay("p1", "100000", "2016-04-01T00:00:00+03:00")
	for _, last := range []string{"1", "2", "3", "4", "5"} {
		o.rent(ownNumber(last), "2016-04-03T10:00:00+03:00")
	}
	return o
}

func ownNumber(last string) pricing.Number {
	return pricing.Number{Number: "+7495111000" + last, Owner: "customer", Kind: "local", Use: "tracking"}
}

// Rules B-39, B-80: what is charged in advance on a month's first day, and the minimum on its last, are foreseen.
func TestPastErrorsOfMonths(t *testing.T) {
	t.Parallel()
	past, taxedPast := fiveLines(t, pricebook.Shipped()).pastErrors("2016-07-20T00:00:00+03:00"), fiveLines(t, taxed(t)).pastErrors("2016-07-20T00:00:00+03:00")
	for what, got := range map[string]forecast.Error{
		"next charge": past.NextCharge, "30 days": past.Next30, "next charge with tax": taxedPast.NextCharge, "30 days with tax": taxedPast.Next30, // Rule B-90
	} {
		if got.Actual == 0 || got.Bias != 0 || got.Median != 0 || got.WithinP90 != got.Trials {
			t.Errorf("%s: %+v", what, got)
		}
	}
	// A sixth on 15 June is not foreseen. It costs 150 at once, 150 less on 30 June, and 150 on 1 July: forecasts of 30
	// days miss 150 from 17 to 31 May (15 of them) and from 2 to 15 June (14); that of 1 June misses nothing.
	o := fiveLines(t, pricebook.Shipped())
	o.rent(ownNumber("6"), "2016-06-15T10:00:00+03:00")
	got := o.pastErrors("2016-07-20T00:00:00+03:00").Next30
	if want := -money.MustParse("70.16129"); got.Trials != 62 || got.Bias != want { // 29 x 150 / 62, from 20 April to 20 June
		t.Errorf("a number rented in mid-month: %+v, want a bias of %s", got, want)
	}
}

// Rules B-39, B-80: what the running month was charged in advance counts against its minimum on its last day too. 5 own
// numbers have paid 750 of 2,500; the close of 31 March charges 1,750, and the first of April 750 again. 2,601 on the 31st cover both and
// last until 30 April: the project is not low.
func TestForecastOnTheLastDayOfAMonth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, tracker, "2026-03-01T00:00:00+03:00")
		o.pay("p1", "3350", "2026-03-01T00:00:00+03:00")
		for _, last := range []string{"1", "2", "3", "4", "5"} {
			o.rent(ownNumber(last), "2026-03-01T10:00:00+03:00")
		}
		for _, c := range []struct{ at, nextCharge, next30 string }{
			{"2026-03-30T12:00:00+03:00", "0", "2500"}, // 1,750 on the 31st, 750 on 1 April
			{"2026-03-31T12:00:00+03:00", "1750", "2500"},
			{"2026-04-01T12:00:00+03:00", "0", "1750"}, // the advance is paid; 30 April is the 30th day
		} {
			o.closeAt(c.at)
			o.pay(c.at, "0.5", c.at) // with which the state is reviewed
			if state := o.standing().State; state != billing.Active {
				t.Errorf("%s: %s", c.at, state)
			}
			f, _, err := o.night.Billing.Forecast(context.Background(), o.db, o.id, instant(t, c.at))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.NextCharge.P50; got != money.MustParse(c.nextCharge) {
				t.Errorf("%s: tonight %s, want %s", c.at, got, c.nextCharge)
			}
			if got := f.Next30.P50; got != money.MustParse(c.next30) {
				t.Errorf("%s: 30 days %s, want %s", c.at, got, c.next30)
			}
		}
		if got := o.balance(); got != "101.5" { // 3,351.50 - 750 - 1,750 - 750
			t.Errorf("the month left %s of 3351.5", got)
		}
	})
}

// BenchmarkForecast forecasts with past errors, as a reader asks: 182 days, a change of seats every tenth.
func BenchmarkForecast(b *testing.B) {
	for name, openDB := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			night := &billing.Night{Billing: billing.New(pricebook.Shipped()), DB: openDB(b)}
			at := instant(b, "2021-01-01T09:00:00-05:00")
			write := func(fn func(ctx context.Context, tx *store.Tx) error) {
				if err := night.DB.Write(context.Background(), fn); err != nil {
					b.Fatal(err)
				}
			}
			write(func(ctx context.Context, tx *store.Tx) error { return equip(ctx, tx, night.Billing, 0, at) })
			for day := range 182 {
				write(func(ctx context.Context, tx *store.Tx) error {
					return night.Billing.SetSeats(ctx, tx, "p00000", "virtual_pbx", int64(6+day/10), at)
				})
				at = at.Add(24 * time.Hour)
				if _, err := night.Run(context.Background(), at); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, _, err := night.Billing.Forecast(context.Background(), night.DB, "p00000", at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
