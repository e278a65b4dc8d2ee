package pool

import "math"

// Interval is an estimated share with its 95 % interval (Rule C-18).
type Interval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Verdict counts what became of calls whose truth is known.
type Verdict struct {
	Right   int `json:"right"`
	Wrong   int `json:"wrong"`
	Unknown int `json:"unknown"` // no candidate was confident: not right (Rule C-17)
}

// Total is how many calls there were.
func (v Verdict) Total() int { return v.Right + v.Wrong + v.Unknown }

// Accuracy is the share of right ones among all, with its interval.
func (v Verdict) Accuracy() Interval { return Wilson(v.Right, v.Total()) }

// Judge counts an answer against the truth; an empty answer is an unknown.
func (v *Verdict) Judge(answer, truth string) {
	switch answer {
	case "":
		v.Unknown++
	case truth:
		v.Right++
	default:
		v.Wrong++
	}
}

// z is how many standard deviations hold 95 % of a normal distribution.
const z = 1.959964

// Wilson is the share of right ones of a total with Wilson's score interval at 95 % (Rule C-18). Of nothing it may be anything: 0 to 1.
func Wilson(right, total int) Interval {
	if total <= 0 {
		return Interval{High: 1}
	}
	n, share := float64(total), float64(right)/float64(total)
	spread := 1 + z*z/n
	middle := (share + z*z/(2*n)) / spread
	half := z / spread * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return Interval{Share: share, Low: max(middle-half, 0), High: min(middle+half, 1)}
}

// Tally is what is known of a pool's calls in a period: calls to dynamic numbers within a Window of a visit that saw the number (Rule C-17).
type Tally struct {
	Sole   Verdict `json:"sole"`   // calls to numbers that one visit alone was shown within the Window: its call, so each is a truth
	Shared int     `json:"shared"` // calls to all other numbers
	Truths Verdict `json:"truths"` // of Shared: those whose visit is known by a promo code or a known phone, judged without that knowledge
}

// Accuracy puts both kinds of calls together, each by its weight (Rule C-18): a number that one visit alone was shown is no guess, so taking it for a
// sample of all calls would flatter. Without truths of shared numbers their part may be anything, and the interval says so.
func (t Tally) Accuracy() Interval {
	sole, shared := t.Sole.Total(), t.Shared
	if sole+shared == 0 {
		return Interval{High: 1}
	}
	of := float64(shared) / float64(sole+shared)
	known, guessed := float64(t.Sole.Right)/float64(sole+shared), t.Truths.Accuracy()
	return Interval{Share: known + of*guessed.Share, Low: known + of*guessed.Low, High: known + of*guessed.High}
}
