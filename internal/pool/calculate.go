package pool

import (
	"time"

	"bellwether/internal/money"
)

// blocking is the share of visits of the busiest hour that may find no number free: 1 in 100.
const blocking = 0.01

// margin is what the calculator aims above the target, so that the promise outlives the luck of the days: with 20,000 calls the interval of 95 % reaches
// 0.3 points below what was measured, and what is measured lies as much below the truth at worst (Rule C-13, decided).
const margin = 0.006

// Plan is what the calculator is asked (Rules C-10 to C-13).
type Plan struct {
	Visits  Profile       // that are shown a number of the pool
	Length  time.Duration // the mean visit
	Hold    time.Duration // after the last activity
	Weights Weights       // what the scorer believes: how soon people call, whom it trusts
	Shares  []float64     // of sources among the calls: any positive figures, such as counts
	Target  float64       // accuracy of sources to reach: 0.95
	Price   *Price        // nil: no price is worked out
}

// Price is what numbers cost a month, as plain values of a price book.
type Price struct {
	Base     money.Micro `json:"base"`     // whatever the number of numbers
	Each     money.Micro `json:"each"`     // per number
	Included int         `json:"included"` // numbers that Base pays for
	Minimum  money.Micro `json:"minimum"`  // of all numbers together
}

// Answer is what the calculator says.
type Answer struct {
	Point           // the least number of numbers that reaches the target
	Busy    float64 `json:"busy"`    // numbers held at once in the busiest hour, on average: A, in Erlang
	Reached bool    `json:"reached"` // false where the most numbers there may be do not reach the target
	Lines   int     `json:"lines"`   // with so many, 1 visit in 100 finds none free then: N0
	Curve   []Point `json:"curve"`   // what fewer and more would do, by rising number
}

// Point is what so many numbers achieve.
type Point struct {
	Numbers int          `json:"numbers"`
	Visit   float64      `json:"visit"`             // share of calls whose visit will be right
	Source  float64      `json:"source"`            // share of calls whose source will be right
	Unknown float64      `json:"unknown"`           // share of calls without a confident candidate: not right
	Monthly *money.Micro `json:"monthly,omitempty"` // price of a month
}

// Calculate says how many numbers a pool needs: the least with which the busiest hour finds one free 99 times in 100, and with which
// sources are right as often as asked (Rules C-10 to C-13). Bad input has the code "pool.bad_plan" or "pool.bad_delays".
func Calculate(p Plan) (Answer, error) {
	if err := p.check(); err != nil {
		return Answer{}, err
	}
	ready := p.ready()
	busy := p.Visits.Peak() * (p.Length + p.Hold).Hours()
	lines := max(Lines(busy, blocking), 1)
	answer := Answer{Busy: busy, Lines: lines, Point: ready.point(ready.least(lines))}
	answer.Reached = answer.Source >= p.Target && Blocked(lines, busy) <= blocking
	for _, numbers := range curve(lines, answer.Numbers) {
		answer.Curve = append(answer.Curve, ready.point(numbers))
	}
	return answer, nil
}

// Expect says what a pool with so many numbers will achieve. Bad input has the codes that Calculate's has.
func Expect(p Plan, numbers int) (Point, error) {
	if err := p.check(); err != nil {
		return Point{}, err
	}
	if err := checkNumbers(numbers); err != nil {
		return Point{}, err
	}
	ready := p.ready()
	return ready.point(numbers), nil
}

func (p Plan) ready() plan { return plan{p, newOutlook(p), chance(p.Shares)} }

// plan is a Plan made ready for many questions.
type plan struct {
	Plan
	outlook *outlook
	chance  float64
}

// least is the smallest number of numbers, not below lines, that reaches the target. Accuracy rises with numbers, but for steps
// of a few hundredths of a point where a gap passes the bounds of the histogram.
func (p *plan) least(lines int) int {
	low, high := lines, max(lines, mostNumbers)
	for low < high {
		if middle := (low + high) / 2; p.point(middle).Source >= p.Target+margin {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// point is what so many numbers achieve (Rules C-11 and C-12).
func (p *plan) point(numbers int) Point {
	right, wrong := p.outlook.expect(float64(numbers))
	point := Point{Numbers: numbers, Visit: right, Source: right + wrong*p.chance, Unknown: 1 - right - wrong}
	if p.Price != nil {
		monthly := p.Price.of(numbers)
		point.Monthly = &monthly
	}
	return point
}

// chance is how often a wrong visit has the right source all the same: the sum of the squared shares (Rule C-12).
func chance(shares []float64) float64 {
	total, squares := 0.0, 0.0
	for _, share := range shares {
		total += share
		squares += share * share
	}
	return squares / (total * total)
}

// of is the price of so many numbers.
func (p Price) of(numbers int) money.Micro {
	paid := money.Micro(max(numbers-p.Included, 0)) * p.Each
	return p.Base + max(paid, p.Minimum)
}
