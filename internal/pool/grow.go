package pool

// Health is a pool over a period, a week or so, as Grow looks at it.
type Health struct {
	Numbers   int     // in the pool now, resting ones included
	Visits    int64   // that were to be shown a number
	Overloads int64   // of them: those that found none free
	Source    Tally   // calls, and what is known of them
	Needed    int     // what Calculate says of the pool's own traffic; 0 where that is not known
	Target    float64 // accuracy of sources promised
}

// Growth is what a pool may do by itself.
type Growth struct {
	Most int // numbers the pool may have; it grows no further
	Step int // numbers it may add at once; 0 is no bound
}

// Cause is why a pool should grow, or why it does not.
type Cause string

// The causes.
const (
	// Well: overloads are rare, and accuracy is not below its target.
	Well Cause = "well"
	// Overloaded: more than 1 visit in 100 found no number free.
	Overloaded Cause = "overloaded"
	// Inaccurate: the whole interval of the accuracy lies below the target.
	Inaccurate Cause = "inaccurate"
)

// Advice is a decision about a pool's numbers.
type Advice struct {
	Add     int      `json:"add"`     // numbers to add now
	Wanted  int      `json:"wanted"`  // numbers it would take: more than Add where the budget or the step ends before
	Cause   Cause    `json:"cause"`   // why
	Share   float64  `json:"share"`   // overloads of all visits
	Source  Interval `json:"source"`  // accuracy of sources
	Limited bool     `json:"limited"` // the budget or the step allows fewer than wanted
}

// leastGrowth is what a pool grows by at least where the calculator knows no better: a tenth, decided.
const leastGrowth = 10

// Grow decides how many numbers to add (Rule C-09): as many as the calculator wants of the pool's own traffic, and at least a tenth
// where a pool is overloaded, or certainly less accurate than promised. A pool never grows for bad luck: that an accuracy may be below its target
// is no cause.
func Grow(h Health, g Growth) Advice {
	a := Advice{Cause: Well, Source: h.Source.Accuracy()}
	if h.Visits > 0 {
		a.Share = float64(h.Overloads) / float64(h.Visits)
	}
	switch {
	case a.Share > blocking:
		a.Cause = Overloaded
	case a.Source.High < h.Target:
		a.Cause = Inaccurate
	default:
		return a
	}
	a.Wanted = max(h.Needed-h.Numbers, (h.Numbers+leastGrowth-1)/leastGrowth, 1)
	a.Add = min(a.Wanted, max(g.Most-h.Numbers, 0))
	if g.Step > 0 {
		a.Add = min(a.Add, g.Step)
	}
	a.Limited = a.Add < a.Wanted
	return a
}
