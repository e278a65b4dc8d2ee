package pool

import (
	"fmt"
	"time"

	"bellwether/internal/phone"
)

// Random is where chance comes from: a seeded *rand.Rand. The same seed gives the same run.
type Random interface {
	// Float64 is a number from 0 up to, and never, 1.
	Float64() float64
}

// Scenario is a site, its callers and a pool, for Simulate.
type Scenario struct {
	Visits     Profile
	Length     time.Duration // of visits: the mean of an exponential distribution
	Hold       time.Duration
	Numbers    int
	Overflow   bool      // a dry pool shows an overflow number
	Delays     Delays    // the truth of when people call
	Shares     []float64 // of sources
	Calling    float64   // share of visits that call
	Returning  float64   // share of visits by a visitor of the last hours
	LastNumber bool      // such a visitor gets their last number (Rule C-04)
	Strangers  float64   // calls from nobody who saw a number, for each call of a visit: they are not in the accuracy, but may disturb
	Calls      int       // how many calls to judge
	Weights    Weights   // what the scorer believes, right or wrong
}

// Result is what a simulation saw.
type Result struct {
	Days      float64   `json:"days"`
	Visits    int       `json:"visits"`
	Calls     int       `json:"calls"`
	Visit     Verdict   `json:"visit"`
	Source    Verdict   `json:"source"`
	Sole      int       `json:"sole"` // calls to a number that their visit alone was shown within the Window
	Counts    Counts    `json:"counts"`
	Strangers Strangers `json:"strangers"`
}

// Strangers are calls that no visit made, and how many of them were put down to one.
type Strangers struct {
	Calls      int `json:"calls"`
	Attributed int `json:"attributed"`
}

// began is the first moment of a simulation; any would do.
var began = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// overflowNumber is the overflow number of a simulation.
const overflowNumber = phone.Number("+380440000000")

// beat is how often a page says that somebody looks at it. The tag's heartbeat is quicker; the hold is longer than either.
const beat = time.Minute

// Simulate lets visits come and call until so many calls were judged, with the allocator and the scorer of every pool (Rule C-20). The first day only
// fills the pool. Bad input has the code "pool.bad_plan" or "pool.bad_delays".
func Simulate(s Scenario, random Random) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	sim := newSimulation(s, random)
	for sim.result.Calls < s.Calls {
		sim.step()
	}
	sim.result.Days = sim.now.Sub(began).Hours() / 24
	sim.result.Counts = sim.pool.Status(sim.now).Counts
	return sim.result, nil
}

// check refuses a scenario that no site can have.
func (s Scenario) check() error {
	if err := checkNumbers(s.Numbers); err != nil {
		return err
	}
	plan := Plan{Visits: s.Visits, Length: s.Length, Hold: s.Hold, Weights: s.Weights, Shares: s.Shares}
	if err := plan.check(); err != nil {
		return err
	}
	switch daily := s.Visits.Total(); {
	case daily < 1 || daily > mostVisits:
		return wrong("visits", fmt.Sprintf("write 1 to %d a day", mostVisits), "%v visits a day cannot be simulated", daily)
	case s.Calls < 1 || s.Calls > mostCalls:
		return wrong("calls", fmt.Sprintf("write 1 to %d", mostCalls), "%d calls cannot be simulated", s.Calls)
	case !(s.Calling >= leastCalling && s.Calling <= 1):
		return wrong("calling", fmt.Sprintf("write a share from %v to 1", leastCalling), "a share of %v of visits cannot call", s.Calling)
	case !(s.Returning >= 0 && s.Returning < 1):
		return wrong("returning", "write a share from 0 to below 1", "a share of %v of visitors cannot return", s.Returning)
	case !(s.Strangers >= 0 && s.Strangers <= 1):
		return wrong("strangers", "write a share from 0 to 1", "a share of %v of strangers cannot be", s.Strangers)
	}
	return s.Delays.check()
}

// What bounds the length of a simulation.
const (
	mostCalls    = 1_000_000
	mostVisits   = 1_000_000 // a day
	leastCalling = 0.001     // of visits
)
