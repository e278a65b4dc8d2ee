package pool_test

import (
	"math"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shares are the sources of the worked examples: their squares sum to 0.23.
var shares = []float64{35, 25, 15, 10, 10, 5}

// usual is a site of so many visits a day, of which each takes 3 minutes.
func usual(visits float64, late float64) pool.Plan {
	habit := pool.DefaultHabit
	habit.Late = late
	weights := pool.DefaultWeights()
	weights.Delays = habit.Delays(200)
	return pool.Plan{
		Visits: pool.UsualDay(visits), Length: 3 * time.Minute, Hold: pool.DefaultHold, Weights: weights, Shares: shares, Target: 0.95,
	}
}

func calculate(t testing.TB, p pool.Plan) pool.Answer {
	t.Helper()
	answer, err := pool.Calculate(p)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Rule C-10.
func TestErlangB(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		busy  float64
		lines int
	}{{8.25, 16}, {41.25, 54}, {100, 117}, {0, 0}, {0.001, 1}} {
		if got := pool.Lines(c.busy, 0.01); got != c.lines {
			t.Errorf("%v busy numbers need %d lines, not %d", c.busy, c.lines, got)
		}
	}
	// With 1 Erlang: 1 line 1/2, 2 lines (1/2) / (1 + 1 + 1/2) = 1/5, 3 lines (1/6) / (2 + 1/2 + 1/6) = 1/16.
	for lines, want := range []float64{1, 1. / 2, 1. / 5, 1. / 16} {
		if got := pool.Blocked(lines, 1); math.Abs(got-want) > 1e-12 {
			t.Errorf("of %d lines %v are blocked, not %v", lines, want, got)
		}
	}
	if got := pool.Blocked(0, 0); got != 0 {
		t.Errorf("nobody is blocked where nobody comes: %v", got)
	}
}

// Rule C-10: Lines is the least number with which Blocked is small enough.
func TestLinesInvertErlangB(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		busy := rapid.Float64Range(0.01, 2000).Draw(t, "busy")
		share := rapid.Float64Range(0.0001, 0.5).Draw(t, "share")
		lines := pool.Lines(busy, share)
		if pool.Blocked(lines, busy) > share*(1+1e-9) || pool.Blocked(lines-1, busy) <= share*(1-1e-9) {
			t.Fatalf("%d lines: %v blocked, and %v with one less", lines, pool.Blocked(lines, busy), pool.Blocked(lines-1, busy))
		}
	})
}

// Rules C-10 to C-13: 5,000 visits a day with 429 in the busiest hour, 330 s each with the hold: 429 * 330 / 3600 = 39.325 numbers are busy, N0 = 52.
func TestCalculator(t *testing.T) {
	t.Parallel()
	type row struct {
		Busy           float64
		Lines, Numbers int
		Source         float64
	}
	for name, c := range map[string]struct {
		plan pool.Plan
		want row
	}{
		"2 % late":                {usual(5000, 0.02), row{39.325, 52, 92, 0.956}},
		"5 % late":                {usual(5000, 0.05), row{39.325, 52, 239, 0.956}},
		"10 % late":               {usual(5000, 0.10), row{39.325, 52, 1089, 0.956}},
		"a small site":            {usual(200, 0.05), row{1.573, 6, 13, 0.958}},
		"nothing but a free line": {with(usual(5000, 0.05), func(p *pool.Plan) { p.Target = 0 }), row{39.325, 52, 52, 0.888}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calculate(t, c.plan)
			round := func(x float64) float64 { return math.Round(x*1000) / 1000 }
			if diff := cmp.Diff(c.want, row{round(got.Busy), got.Lines, got.Numbers, round(got.Source)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func with(p pool.Plan, change func(*pool.Plan)) pool.Plan {
	change(&p)
	return p
}

// Rule C-13: where even the most numbers that a pool may have do not do, the answer says so.
func TestATargetOutOfReach(t *testing.T) {
	t.Parallel()
	p := usual(5_000_000, 0.5)
	if got := calculate(t, p); got.Reached || got.Numbers != 100_000 || got.Curve[len(got.Curve)-1].Numbers != 100_000 {
		t.Errorf("reached %v with %d numbers; the curve ends at %+v", got.Reached, got.Numbers, got.Curve[len(got.Curve)-1])
	}
	if got := calculate(t, usual(5000, 0.05)); !got.Reached {
		t.Errorf("%+v is not reached", got.Point)
	}
}

// Rule C-11 and Rule C-12, where no visit differs from another and everybody calls within a quarter of an hour, half of them in the first 5 minutes: 60 visits
// an hour and 10 numbers make a gap of 10 minutes, give or take. With a gap of 5 or more the first half is right.
func TestAccuracyByHand(t *testing.T) {
	t.Parallel()
	var delays pool.Delays
	for range 100 {
		delays.Add(time.Second)    // all of them at once
		delays.Add(23 * time.Hour) // or on the next day
	}
	p := usual(0, 0.05)
	for hour := range p.Visits {
		p.Visits[hour] = 60
	}
	p.Weights.Delays, p.Weights.Strangers, p.Target = delays, 0, 0
	got := calculate(t, p)
	if math.Abs(got.Visit-0.5) > 1e-9 {
		t.Errorf("half of all call at once and are right, not %v", got.Visit)
	}
	// Whoever calls on the next day meets a last holder of whom the scorer is confident in the first 5 seconds only.
	if got.Source < 0.5 || got.Source > 0.51 || math.Abs(got.Unknown-0.5) > 0.02 {
		t.Errorf("the others are unknown: %+v", got.Point)
	}
}

// Rule C-13: the answer is the least number that reaches the target; accuracy rises along the curve.
func TestTheAnswerIsTheLeast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := usual(rapid.Float64Range(1, 20_000).Draw(t, "visits"), rapid.Float64Range(0, 0.07).Draw(t, "late"))
		p.Length = time.Duration(rapid.IntRange(30, 900).Draw(t, "length")) * time.Second
		p.Target = rapid.Float64Range(0.5, 0.96).Draw(t, "target")
		got, err := pool.Calculate(p)
		if err != nil {
			t.Fatal(err)
		}
		if got.Source < p.Target || got.Numbers < got.Lines {
			t.Fatalf("%+v does not reach %v", got.Point, p.Target)
		}
		for i, point := range got.Curve {
			if point.Numbers < got.Numbers && point.Numbers >= got.Lines && point.Source >= p.Target+0.01 {
				t.Fatalf("%+v would do, the answer is %+v", point, got.Point)
			}
			if i > 0 && (point.Numbers <= got.Curve[i-1].Numbers || point.Visit < got.Curve[i-1].Visit-0.01) {
				t.Fatalf("%+v follows %+v", point, got.Curve[i-1])
			}
		}
	})
}

// Rule C-13: numbers of 150 a month, but 2,500 at least; or 59 a month with 5 numbers in it, and 2 for each more.
func TestThePriceOfNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		visits float64
		price  pool.Price
		want   string
	}{
		"each pays":   {5000, pool.Price{Each: 150 * money.Unit, Minimum: 2500 * money.Unit}, "35850"}, // 239 * 150
		"the minimum": {200, pool.Price{Each: 150 * money.Unit, Minimum: 2500 * money.Unit}, "2500"},
		"included":    {5000, pool.Price{Base: 59 * money.Unit, Each: 2 * money.Unit, Included: 5}, "527"}, // 59 + 234 * 2
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := usual(c.visits, 0.05)
			p.Price = &c.price
			got := calculate(t, p)
			if got.Monthly == nil || got.Monthly.String() != c.want {
				t.Errorf("%d numbers cost %v, not %s", got.Numbers, got.Monthly, c.want)
			}
		})
	}
	if got := calculate(t, usual(5000, 0.05)); got.Monthly != nil {
		t.Errorf("without a price there is none: %v", got.Monthly)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	t.Parallel()
	for where, change := range map[string]func(*pool.Plan){
		"visits":            func(p *pool.Plan) { p.Visits = pool.Profile{} },
		"visits[3]":         func(p *pool.Plan) { p.Visits[3] = math.NaN() },
		"visits[4]":         func(p *pool.Plan) { p.Visits[4] = -1 },
		"length":            func(p *pool.Plan) { p.Length = 0 },
		"hold":              func(p *pool.Plan) { p.Hold = -time.Second },
		"target":            func(p *pool.Plan) { p.Target = 1 },
		"shares":            func(p *pool.Plan) { p.Shares = nil },
		"shares[1]":         func(p *pool.Plan) { p.Shares = []float64{1, math.Inf(1)} },
		"weights.online":    func(p *pool.Plan) { p.Weights.Online = 0 },
		"weights.strangers": func(p *pool.Plan) { p.Weights.Strangers = 1 },
		"weights.confident": func(p *pool.Plan) { p.Weights.Confident = -1 },
		"delays":            func(p *pool.Plan) { p.Weights.Delays = pool.Delays{} },
		"delays.calls[0]":   func(p *pool.Plan) { p.Weights.Delays.Calls[0] = math.NaN() },
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Calculate(with(usual(5000, 0.05), change))
			var problem *errs.Error
			if !errorAs(err, &problem) || problem.Where != where || problem.Kind != errs.Invalid || problem.Hint == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}
