package pool

import (
	"time"

	"bellwether/internal/money"
)

// Profile is the visits of each hour of a day, local time.
type Profile [24]float64

// Plan is what the calculator is asked (Rules C-10 to C-13). NewPlan fills in what most sites share.
type Plan struct {
	Visits Profile       // that are shown a number of the pool
	Length time.Duration // the mean visit
	Hold   time.Duration // after the last activity
	Delays Delays        // from visit to call
	Shares []float64     // of sources among the calls; they may sum to anything
	Target float64       // accuracy of sources to reach, 0 to 1
	Price  *Price        // nil: no price is worked out
}

// Price is what numbers cost a month, as plain values of a price book.
type Price struct {
	Currency money.Currency `json:"currency"`
	Base     money.Micro    `json:"base"`     // whatever the number of numbers
	Each     money.Micro    `json:"each"`     // per number
	Included int            `json:"included"` // numbers that Base pays for
	Minimum  money.Micro    `json:"minimum"`  // of all numbers together
}

// Answer is what the calculator says.
type Answer struct {
	Numbers int         `json:"numbers"`
	Busy    float64     `json:"busy"`   // numbers held at once in the busiest hour, on average (A, in Erlang)
	Lines   int         `json:"lines"`  // of which a visit finds none free 1 time in 100 (N0)
	Visit   float64     `json:"visit"`  // accuracy of visits to expect
	Source  float64     `json:"source"` // accuracy of sources to expect
	Monthly money.Micro `json:"monthly,omitempty"`
	Curve   []Point     `json:"curve"` // by rising number
}

// Point is what so many numbers would achieve.
type Point struct {
	Numbers int         `json:"numbers"`
	Visit   float64     `json:"visit"`
	Source  float64     `json:"source"`
	Monthly money.Micro `json:"monthly,omitempty"`
}
