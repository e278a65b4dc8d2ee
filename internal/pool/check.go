package pool

import (
	"fmt"
	"math"

	"bellwether/internal/errs"
)

// check refuses a plan that no site can have.
func (p Plan) check() error {
	for hour, visits := range p.Visits {
		if !(visits >= 0 && visits <= 1_000_000) {
			return wrong(fmt.Sprintf("visits[%d]", hour), "write the visits of that hour, 0 to 1,000,000", "%v visits an hour cannot be", visits)
		}
	}
	switch {
	case p.Visits.Total() == 0:
		return wrong("visits", "write how many visits come on a day", "nobody visits")
	case p.Length <= 0 || p.Length > Window:
		return wrong("length", "write how long a visit takes on average, such as 3m", "a visit of %v cannot be", p.Length)
	case p.Hold < 0 || p.Hold > Window:
		return wrong("hold", "write 150s, or up to 24h", "a hold of %v cannot be", p.Hold)
	case !(p.Target >= 0 && p.Target <= MostTarget):
		return wrong("target", fmt.Sprintf("ask for 0 to %v %%, such as 95", 100*MostTarget), "an accuracy of %v cannot be promised", p.Target)
	}
	if err := checkShares(p.Shares); err != nil {
		return err
	}
	return p.Weights.check()
}

// MostTarget is the highest accuracy that may be asked for.
const MostTarget = 0.99

func checkNumbers(numbers int) error {
	if numbers < 1 || numbers > mostNumbers {
		return wrong("numbers", fmt.Sprintf("write 1 to %d", mostNumbers), "a pool of %d numbers cannot be", numbers)
	}
	return nil
}

func checkShares(shares []float64) error {
	total := 0.0
	for i, share := range shares {
		if !(share >= 0) || math.IsInf(share, 0) {
			return wrong(fmt.Sprintf("shares[%d]", i), "write the source's calls or its percentage", "a share of %v cannot be", share)
		}
		total += share
	}
	if total == 0 {
		return wrong("shares", "write each source's calls or its percentage", "there is no source")
	}
	return nil
}

func wrong(where, hint, format string, args ...any) error {
	return errs.New(errs.Invalid, "pool.bad_plan", format, args...).At(where).Try(hint)
}
