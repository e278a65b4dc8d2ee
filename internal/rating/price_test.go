package rating_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/rating"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC) // a Monday

// compile makes a table without bands in UTC.
func compile(t testing.TB, rows ...rating.Row) *rating.Table {
	t.Helper()
	table, err := rating.Compile(rows, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// match finds a rate that must be there.
func match(t testing.TB, table *rating.Table, number string, at time.Time) rating.Rate {
	t.Helper()
	rate, err := table.Match(number, at)
	if err != nil {
		t.Fatal(err)
	}
	return rate
}

// row makes a row of prefix 380 in UAH.
func row(perMinute string, free, first, next int64) rating.Row {
	return rating.Row{Prefix: "380", Zone: "Ukraine", Currency: "UAH", PerMinute: money.MustParse(perMinute), Free: free, First: first, Next: next}
}

// Rule B-21: billable seconds by increments, the table of the domain rules and its edges.
func TestBillableSeconds(t *testing.T) {
	t.Parallel()
	durations := []int64{0, 3, 4, 27, 59, 60, 61, 320, 332}
	for _, c := range []struct {
		name              string
		free, first, next int64
		want              []int64
	}{
		{"60/60", 0, 60, 60, []int64{0, 60, 60, 60, 60, 60, 120, 360, 360}},
		{"60/1", 0, 60, 1, []int64{0, 60, 60, 60, 60, 60, 61, 320, 332}},
		{"1/1", 0, 1, 1, []int64{0, 3, 4, 27, 59, 60, 61, 320, 332}},
		{"6/6", 0, 6, 6, []int64{0, 6, 6, 30, 60, 60, 66, 324, 336}},
		{"30/30 with 3 s free", 3, 30, 30, []int64{0, 0, 30, 30, 60, 60, 90, 330, 360}},
	} {
		rate := match(t, compile(t, row("1", c.free, c.first, c.next)), "380", noon)
		for i, seconds := range durations {
			charge, err := rate.Price(noon, seconds)
			if err != nil || charge.Billable != c.want[i] {
				t.Errorf("%d s at %s are %d billable s, %v; want %d", seconds, c.name, charge.Billable, err, c.want[i])
			}
		}
	}
}

// Rule B-22: connect fee plus minutes, rounded half up once, at least the minimum; nothing for a leg without billable seconds.
func TestPrice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		connect, perMinute, minimum string
		free, first, next, seconds  int64
		want, why                   string
	}{
		{"0", "0.021", "0", 0, 60, 1, 61, "0.02135", "0.021 x 61/60"},
		{"0", "0.0166", "0", 0, 60, 60, 61, "0.0332", "two started minutes"},
		{"0.002", "0.011", "0", 0, 1, 1, 7, "0.003283", "0.002 + 0.0012833..., down"},
		{"0.05", "0.12", "0", 0, 60, 60, 1, "0.17", "the connect fee and one minute"},
		{"0", "0.00003", "0", 0, 1, 1, 1, "0.000001", "half a millionth goes up"},
		{"0", "0.000029", "0", 0, 1, 1, 1, "0", "less than half a millionth goes down"},
		{"0.000001", "0.00009", "0", 0, 1, 1, 1, "0.000003", "1 + 1.5 millionths"},
		{"0", "0.021", "0.05", 0, 60, 1, 61, "0.05", "the minimum"},
		{"0", "0.021", "0.02", 0, 60, 1, 61, "0.02135", "above the minimum"},
		{"0.5", "6.5", "1", 3, 30, 30, 3, "0", "free seconds owe neither connect fee nor minimum"},
		{"0.5", "6.5", "1", 0, 30, 30, 0, "0", "neither does a leg of no seconds"},
		{"100000000", "100000000", "0", 0, 86400, 86400, rating.MaxLegSeconds, "1008100000000", "the dearest leg fits"},
	} {
		r := row(c.perMinute, c.free, c.first, c.next)
		r.Connect, r.Minimum = money.MustParse(c.connect), money.MustParse(c.minimum)
		got, err := match(t, compile(t, r), "380", noon).Price(noon, c.seconds)
		if err != nil || got.Amount != money.MustParse(c.want) || got.Parts != nil {
			t.Errorf("%d s cost %v in parts %v, %v; want %s: %s", c.seconds, got.Amount, got.Parts, err, c.want, c.why)
		}
	}
}

func TestPriceRefuses(t *testing.T) {
	t.Parallel()
	rate := match(t, compile(t, row("1", 0, 60, 1)), "380", noon)
	for _, seconds := range []int64{-1, rating.MaxLegSeconds + 1} {
		if charge, err := rate.Price(noon, seconds); errs.CodeOf(err) != "rating.bad_duration" {
			t.Errorf("a leg of %d s costs %v, %v", seconds, charge, err)
		}
	}
	if charge, err := (rating.Rate{}).Price(noon, 60); errs.CodeOf(err) != "rating.no_rate" {
		t.Errorf("a leg without a rate costs %v, %v", charge, err)
	}
	if got := (rating.Rate{}).MaxSeconds(noon, 1); got != 0 {
		t.Errorf("without a rate %d s are affordable", got)
	}
}

// drawRow makes any row that compiles, with rounding, minimums and free seconds likely to matter.
func drawRow(t *rapid.T, prefix, band string) rating.Row {
	price := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 3_000_000), rapid.Int64Range(0, int64(rating.MaxAmount)))
	increment := rapid.OneOf(rapid.SampledFrom([]int64{1, 6, 30, 60}), rapid.Int64Range(1, 4000))
	return rating.Row{
		Prefix: prefix, Zone: "Z", Currency: "UAH", Band: band,
		Connect: money.Micro(price.Draw(t, "connect")), PerMinute: money.Micro(price.Draw(t, "per minute")),
		Minimum: money.Micro(rapid.SampledFrom([]int64{0, 0, 50, 1_000_000}).Draw(t, "minimum")),
		Free:    rapid.SampledFrom([]int64{0, 0, 3, 100}).Draw(t, "free"),
		First:   increment.Draw(t, "first"), Next: increment.Draw(t, "next"),
	}
}

// Rules B-21 and B-22: no longer leg costs less, and none is charged for fewer seconds than it lasted beyond the free ones.
func TestPriceIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate, at := drawRate(t)
		seconds := rapid.Int64Range(0, 40_000).Draw(t, "seconds")
		longer := seconds + rapid.Int64Range(0, 300).Draw(t, "more")
		a, b := price(t, rate, at, seconds), price(t, rate, at, longer)
		if a.Amount > b.Amount || a.Billable > b.Billable {
			t.Fatalf("%d s cost %+v, but %d s cost %+v", seconds, a, longer, b)
		}
		if a.Billable < seconds && a.Billable != 0 {
			t.Fatalf("%d s are only %d billable s", seconds, a.Billable)
		}
	})
}

// Rule B-25: the longest affordable leg is affordable and the next longer one is not.
func TestMaxSeconds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate, at := drawRate(t)
		near := price(t, rate, at, rapid.Int64Range(0, 50_000).Draw(t, "near")).Amount
		budget := max(0, near+money.Micro(rapid.Int64Range(-2, 2).Draw(t, "off")))
		most := rate.MaxSeconds(at, budget)
		if got := price(t, rate, at, most).Amount; got > budget {
			t.Fatalf("%d s cost %v, more than %v", most, got, budget)
		}
		if most == rating.MaxLegSeconds {
			return
		}
		if got := price(t, rate, at, most+1).Amount; got <= budget {
			t.Fatalf("%v pays for %d s, not only for %d", budget, most+1, most)
		}
	})
}

// Rule B-25: worked by hand.
func TestMaxSecondsExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row    rating.Row
		budget string
		want   int64
		why    string
	}{
		{row("0.6", 0, 60, 60), "1.25", 120, "two minutes of 0.6"},
		{row("0.6", 0, 60, 1), "0.65", 65, "0.6 and five seconds of 0.01"},
		{row("0.6", 0, 60, 1), "0.59", 0, "not even the first minute"},
		{row("0.6", 3, 60, 1), "0", 3, "free seconds need no money"},
		{row("0.6", 3, 60, 1), "-0.1", 0, "a debt pays for nothing"},
		{row("0", 0, 60, 60), "0", rating.MaxLegSeconds, "a free destination"},
	} {
		if got := match(t, compile(t, c.row), "380", noon).MaxSeconds(noon, money.MustParse(c.budget)); got != c.want {
			t.Errorf("%s pays for %d s, want %d: %s", c.budget, got, c.want, c.why)
		}
	}
}

func price(t rapid.TB, rate rating.Rate, at time.Time, seconds int64) rating.Charge {
	t.Helper()
	charge, err := rate.Price(at, seconds)
	if err != nil {
		t.Fatal(err)
	}
	return charge
}

func TestPriceWithoutBandsAllocatesNothing(t *testing.T) { // not parallel: it counts allocations
	table := compile(t, row("1.2", 3, 60, 1))
	allocations := testing.AllocsPerRun(100, func() {
		rate, err := table.Match("+380671234567", noon)
		charge, priceErr := rate.Price(noon, 3600)
		if err != nil || priceErr != nil || charge.Amount != 72*money.Unit || rate.MaxSeconds(noon, charge.Amount) != 3600 {
			t.Fatal(charge, err, priceErr)
		}
	})
	if allocations != 0 {
		t.Errorf("pricing a leg allocates %v times", allocations)
	}
}

// thousands makes n rows with distinct prefixes of 3 to 8 digits, as a carrier's card has them.
func thousands(n int) []rating.Row {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for len(seen) < n {
		digits := make([]byte, 3+random.IntN(6))
		for i := range digits {
			digits[i] = byte('1' + random.IntN(9))
		}
		seen[string(digits)] = true
	}
	rows := make([]rating.Row, 0, n)
	for prefix := range seen {
		rows = append(rows, rating.Row{Prefix: prefix, Zone: "Z", Currency: "USD", PerMinute: 21_000, First: 60, Next: 1})
	}
	return rows
}
