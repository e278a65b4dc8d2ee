package pool_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
)

// acted is a plan as a scenario: with so many numbers, and the callers that the plan expects.
func acted(p pool.Plan, numbers, calls int) pool.Scenario {
	return pool.Scenario{
		Visits: p.Visits, Length: p.Length, Hold: p.Hold, Numbers: numbers, Delays: p.Weights.Delays, Shares: p.Shares,
		Calling: 0.5, Calls: calls, Weights: p.Weights,
	}
}

func simulate(t testing.TB, s pool.Scenario, seed uint64) pool.Result {
	t.Helper()
	result, err := pool.Simulate(s, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Rule C-20: the worked example, 5,000 visits a day with 429 in the busiest hour and 5 % late callers.
func TestTheWorkedExample(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		numbers       int
		visit, source float64 // percent; 0 where the example does not say
	}{{52, 86.0, 0}, {215, 94.8, 96.0}, {429, 95.7, 0}} {
		result := simulate(t, acted(usual(5000, 0.05), c.numbers, 20_000), 1)
		if got := 100 * result.Visit.Accuracy().Share; math.Abs(got-c.visit) > 0.5 {
			t.Errorf("%d numbers: %.2f %% of visits are right, the example says %v", c.numbers, got, c.visit)
		}
		foreseen, err := pool.Expect(usual(5000, 0.05), c.numbers)
		if err != nil || math.Abs(100*foreseen.Visit-c.visit) > 0.5 {
			t.Errorf("%d numbers: the calculator says %.4f, %v", c.numbers, foreseen.Visit, err)
		}
		if got := 100 * result.Source.Accuracy().Share; c.source != 0 && math.Abs(got-c.source) > 0.5 {
			t.Errorf("%d numbers: %.2f %% of sources are right, the example says %v", c.numbers, got, c.source)
		}
	}
}

// Rule C-20: with the calculator's number for 95 % the interval of 20,000 simulated calls lies above 95 %.
func TestTheCalculatorKeepsItsPromise(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]pool.Plan{
		"2 % late":                usual(5000, 0.02),
		"5 % late":                usual(5000, 0.05),
		"a small site, 2 %":       usual(300, 0.02),
		"a small site, 5 %":       usual(300, 0.05),
		"a large site":            usual(20_000, 0.05),
		"long visits, short hold": with(usual(2000, 0.05), func(p *pool.Plan) { p.Length, p.Hold = 12*time.Minute, time.Minute }),
		"one source has most":     with(usual(2000, 0.05), func(p *pool.Plan) { p.Shares = []float64{80, 10, 10} }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := calculate(t, p)
			result := simulate(t, acted(p, answer.Numbers, 20_000), 7)
			source := result.Source.Accuracy()
			if source.Low < p.Target || result.Calls != 20_000 {
				t.Errorf("%d numbers promise %.4f of sources: %.4f to %.4f", answer.Numbers, answer.Source, source.Low, source.High)
			}
			t.Logf("%d numbers: visits %.4f, simulated %.4f; sources %.4f, simulated %.4f (%.4f to %.4f); unknown %.4f, simulated %.4f", answer.Numbers,
				answer.Visit, result.Visit.Accuracy().Share, answer.Source, source.Share, source.Low, source.High,
				answer.Unknown, float64(result.Visit.Unknown)/float64(result.Calls))
		})
	}
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	t.Parallel()
	s := acted(usual(1000, 0.05), 20, 500)
	s.Returning, s.LastNumber, s.Strangers, s.Overflow = 0.2, true, 0.1, true
	one, two, other := simulate(t, s, 1), simulate(t, s, 1), simulate(t, s, 2)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(one, other) {
		t.Error("another seed gives the same run")
	}
	if one.Counts.Returned == 0 || one.Strangers.Calls == 0 {
		t.Errorf("nobody returned, or no stranger called: %+v", one)
	}
}

// Rules C-05 and C-06: a pool of one number for ten visits at once is overloaded, with an overflow number or without.
func TestADryPoolIsSimulated(t *testing.T) {
	t.Parallel()
	s := acted(usual(3000, 0.05), 1, 300)
	taken := simulate(t, s, 1)
	s.Overflow = true
	overflowed := simulate(t, s, 1)
	if taken.Counts.Taken < 1000 || taken.Counts.Overflowed != 0 || overflowed.Counts.Overflowed < 1000 || overflowed.Counts.Taken != 0 {
		t.Errorf("got %+v and %+v", taken.Counts, overflowed.Counts)
	}
}

// Each visit's number is its own for all of the Window: whoever calls is right.
func TestEnoughNumbersAreAlwaysRight(t *testing.T) {
	t.Parallel()
	s := acted(usual(50, 0.3), 400, 500)
	s.Weights.Strangers = 0
	got := simulate(t, s, 1)
	if got.Visit.Right != 500 || got.Sole != 500 {
		t.Errorf("got %+v, sole %d", got.Visit, got.Sole)
	}
}

func TestExpectRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for _, numbers := range []int{-1, 0, 100_001} {
		if _, err := pool.Expect(usual(100, 0.05), numbers); errs.CodeOf(err) != "pool.bad_plan" {
			t.Errorf("%d numbers: got %v", numbers, err)
		}
	}
	if _, err := pool.Expect(pool.Plan{}, 5); errs.CodeOf(err) != "pool.bad_plan" {
		t.Errorf("no plan: got %v", err)
	}
}

func TestScenariosThatCannotBe(t *testing.T) {
	t.Parallel()
	for where, change := range map[string]func(*pool.Scenario){
		"visits":    func(s *pool.Scenario) { s.Visits = pool.UsualDay(0.9) },
		"length":    func(s *pool.Scenario) { s.Length = 0 },
		"numbers":   func(s *pool.Scenario) { s.Numbers = 0 },
		"calls":     func(s *pool.Scenario) { s.Calls = 0 },
		"calling":   func(s *pool.Scenario) { s.Calling = 0 },
		"returning": func(s *pool.Scenario) { s.Returning = 1 },
		"strangers": func(s *pool.Scenario) { s.Strangers = math.NaN() },
		"delays":    func(s *pool.Scenario) { s.Delays = pool.Delays{} },
	} {
		s := acted(usual(100, 0.05), 5, 10)
		change(&s)
		_, err := pool.Simulate(s, rand.New(rand.NewPCG(1, 0)))
		var problem *errs.Error
		if !errorAs(err, &problem) || problem.Where != where || problem.Hint == "" {
			t.Errorf("%s: got %v", where, err)
		}
	}
}
