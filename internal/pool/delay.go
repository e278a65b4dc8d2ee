package pool

import (
	"fmt"
	"math"
	"time"

	"bellwether/internal/errs"
)

// edges are the bounds of a histogram's buckets, in seconds: finer where most people call.
var edges = [...]float64{
	0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480, 600, 720, 900, 1080, 1260, 1500, 1800,
	2250, 2700, 3600, 4500, 5400, 7200, 9000, 10800, 14400, 18000, 21600, 28800, 36000, 43200, 57600, 72000, 86400,
}

const buckets = len(edges) - 1

// Delays is how long after the beginning of their visit people call: a histogram of calls by bucket, up to a Window (Rule C-14). The
// zero value knows nothing.
type Delays struct {
	Calls [buckets]float64 `json:"calls"` // by bucket; a prior counts as so many calls
}

// Habit describes callers in four figures: most call soon, by a log-normal delay, and a share calls late.
type Habit struct {
	Median time.Duration // half of those who call soon have called by then
	Spread float64       // sigma of the delay's logarithm
	Late   float64       // share of callers who call late, 0 to 1
	Later  time.Duration // the mean delay of late callers, exponential
}

// DefaultHabit is what we expect before anything was learnt (Rule C-14, decided).
var DefaultHabit = Habit{Median: 100 * time.Second, Spread: 1.25, Late: 0.05, Later: 8 * time.Hour}

// Delays is the histogram of a habit that counts as so many calls. Delays beyond a Window are left out.
func (h Habit) Delays(calls float64) Delays {
	var d Delays
	total := h.within(edges[buckets])
	for i := range d.Calls {
		d.Calls[i] = calls * (h.within(edges[i+1]) - h.within(edges[i])) / total
	}
	return d
}

// within is the share of callers who have called so many seconds after the beginning of their visit.
func (h Habit) within(seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	z := math.Log(seconds/h.Median.Seconds()) / h.Spread
	soon := math.Erfc(-z/math.Sqrt2) / 2
	late := math.Expm1(-seconds/h.Later.Seconds()) / math.Expm1(-edges[buckets]/h.Later.Seconds())
	return (1-h.Late)*soon + h.Late*late
}

// Add counts a call whose delay is known. Delays below zero or beyond a Window are not counted.
func (d *Delays) Add(delay time.Duration) {
	if i := bucket(delay.Seconds()); delay >= 0 && i >= 0 {
		d.Calls[i]++
	}
}

// Plus is both histograms in one: what was learnt on top of a prior.
func (d Delays) Plus(other Delays) Delays {
	for i := range d.Calls {
		d.Calls[i] += other.Calls[i]
	}
	return d
}

// Total is of how many calls the histogram tells.
func (d Delays) Total() float64 {
	total := 0.0
	for _, calls := range d.Calls {
		total += calls
	}
	return total
}

// Within is F: the share of callers who call within a delay.
func (d Delays) Within(delay time.Duration) float64 {
	shape := d.shape()
	return shape.before(delay.Seconds())
}

// At is the delay within which a share of callers call: the inverse of Within.
func (d Delays) At(share float64) time.Duration {
	left := share * d.Total()
	for i, calls := range d.Calls {
		if left < calls {
			return seconds(edges[i] + (edges[i+1]-edges[i])*left/calls)
		}
		left -= calls
	}
	return Window
}

// shape is a histogram made ready for many questions.
type shape struct {
	within [buckets + 1]float64 // share of calls before each edge
	factor [buckets]float64     // how many times as often as at any moment of a Window
}

func (d Delays) shape() shape {
	var s shape
	total := d.Total()
	for i, calls := range d.Calls {
		s.within[i+1] = s.within[i] + calls/total
		s.factor[i] = calls / total / (edges[i+1] - edges[i]) * edges[buckets]
	}
	return s
}

// before is the share of calls before a delay.
func (s *shape) before(delay float64) float64 {
	i := bucket(delay)
	if i < 0 {
		return 1
	}
	return s.within[i] + (s.within[i+1]-s.within[i])*(delay-edges[i])/(edges[i+1]-edges[i])
}

// at is the factor of a delay (Rule C-14).
func (s *shape) at(delay float64) float64 {
	i := bucket(delay)
	if i < 0 {
		return 0
	}
	return s.factor[i]
}

// bucket is where a delay of 0 or more belongs, or -1 where it is a Window or more.
func bucket(delay float64) int {
	if delay >= edges[buckets] {
		return -1
	}
	low, high := 0, buckets
	for high-low > 1 {
		if middle := (low + high) / 2; edges[middle] <= delay {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// check refuses a histogram that cannot be one.
func (d Delays) check() error {
	for i, calls := range d.Calls {
		if !(calls >= 0) || math.IsInf(calls, 0) {
			return errs.New(errs.Invalid, "pool.bad_delays", "%v calls cannot be", calls).At(fmt.Sprintf("delays.calls[%d]", i)).Try("write how many people called, 0 or more")
		}
	}
	if d.Total() == 0 {
		return errs.New(errs.Invalid, "pool.bad_delays", "the delays are of no call").At("delays").Try("begin with DefaultHabit")
	}
	return nil
}
