package forecast

import (
	"slices"

	"bellwether/internal/money"
)

// Errors is how wrong past forecasts were, by what they forecast.
type Errors struct {
	NextCharge Error // of one day
	Next30     Error // of 30 days together; the windows overlap
	Usage30    Error // their usage alone: what is left of Next30 where nobody changes the configuration
	End        EndError
}

// Error sums up forecasts of an amount against what came. With no trials it says nothing: the rest is zero.
type Error struct {
	Trials    int         // forecasts compared
	Actual    money.Micro // mean of what was charged
	Bias      money.Micro // mean of forecast - actual, P50 being the forecast: above zero where forecasts were too high
	Median    money.Micro // median of |forecast - actual|
	WithinP50 int         // trials whose P50 was not passed: about half where P50 is honest
	WithinP90 int         // trials whose P90 was not passed: about nine in ten where P90 is honest
}

// Percent is a Bias or Median in hundredths of a percent of what was charged on the mean: a day on which next to nothing
// was spent must not count as an error of thousands of percent. It is not known without trials, nor where nothing was
// charged but something forecast.
func (e Error) Percent(amount money.Micro) (hundredths int64, known bool) {
	if e.Trials == 0 || e.Actual <= 0 {
		return 0, e.Trials > 0 && amount == 0
	}
	size, known := money.MulDiv(int64(max(amount, -amount)), wholePercent, int64(e.Actual))
	if amount < 0 {
		size = -size
	}
	return size, known
}

// EndError sums up forecasts of the end of funds. Days are in hundredths, and above zero where the end came earlier than
// forecast. A forecast of "beyond the horizon" counts as one of its last day.
type EndError struct {
	Trials    int   // forecasts whose end has come
	Bias      int64 // mean of forecast - actual
	Median    int64 // median of |forecast - actual|
	WithinP50 int   // trials in which funds lasted as long as P50 said, or longer
	WithinP90 int   // ... as P90 said
}

// wholePercent is 100 % in hundredths of a percent.
const wholePercent = 10_000

// PartOf is a number of trials as a share of all, in hundredths of a percent; not known without trials.
func PartOf(part, trials int) (hundredths int64, known bool) {
	if trials == 0 {
		return 0, false
	}
	return divide(int64(part)*wholePercent, int64(trials)), true
}

// sums gathers forecasts of an amount.
type sums struct {
	misses, sizes        []int64
	actual               money.Micro
	withinP50, withinP90 int
}

func (s *sums) add(forecast Range, actual money.Micro) {
	miss := int64(forecast.P50 - actual)
	s.misses, s.sizes = append(s.misses, miss), append(s.sizes, max(miss, -miss))
	s.actual += actual
	s.withinP50 += one(actual <= forecast.P50)
	s.withinP90 += one(actual <= forecast.P90)
}

func (s *sums) result() Error {
	trials := len(s.misses)
	if trials == 0 {
		return Error{}
	}
	return Error{
		Trials: trials, Actual: money.Micro(divide(int64(s.actual), int64(trials))), Bias: money.Micro(average(s.misses)),
		Median: money.Micro(median(s.sizes)), WithinP50: s.withinP50, WithinP90: s.withinP90,
	}
}

// ends gathers forecasts of the end of funds, in hundredths of a day.
type ends struct {
	misses, sizes        []int64
	withinP50, withinP90 int
}

const wholeDay = 100

func (e *ends) add(p50, p90 End, actual int) {
	miss := int64(p50.days()-actual) * wholeDay
	e.misses, e.sizes = append(e.misses, miss), append(e.sizes, max(miss, -miss))
	e.withinP50 += one(actual >= p50.days())
	e.withinP90 += one(actual >= p90.days())
}

// days is how many days are paid for in full, the whole horizon where the end lies beyond it.
func (e End) days() int {
	if !e.Within {
		return Horizon
	}
	return e.FullDays
}

func (e *ends) result() EndError {
	if len(e.misses) == 0 {
		return EndError{}
	}
	return EndError{Trials: len(e.misses), Bias: average(e.misses), Median: median(e.sizes), WithinP50: e.withinP50, WithinP90: e.withinP90}
}

func one(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

func average(values []int64) int64 {
	var sum int64
	for _, value := range values {
		sum += value
	}
	return divide(sum, int64(len(values)))
}

// median is the middle value, between two of them their mean.
func median(values []int64) int64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return divide(values[middle-1]+values[middle], 2)
}
