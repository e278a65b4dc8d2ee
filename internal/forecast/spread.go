package forecast

import (
	"math/bits"
	"time"

	"bellwether/internal/money"
)

// A miss of up to 2^22 units squares to 2^44; 58 repeats of seven weekdays within the horizon add 15 bits more.
const largestMiss = 1 << 22

// The 90th percentile lies 1.2816 standard deviations above the middle.
const (
	tailNumerator   = 12816
	tailDenominator = 10000
)

// spread is how far history strayed from its weekdays' levels, one step ahead, in units of unit micro-units, which keep
// squares within 64 bits.
type spread struct {
	unit    int64
	squares [7]mean // square misses by weekday
	pooled  mean    // square misses of all days
	drift   mean    // misses of all days with their sign, in micro-units: above zero where usage grows
	chance  [7]int64
}

// miss is by how much a day's usage differed from what its weekday's level said just before.
type miss struct {
	weekday time.Weekday
	size    int64
}

func newSpread(levels *[7]mean, misses []miss) spread {
	s := spread{unit: 1}
	for _, level := range levels {
		s.unit = max(s.unit, level.value/largestMiss+1)
	}
	for _, m := range misses {
		s.unit = max(s.unit, max(m.size, -m.size)/largestMiss+1)
	}
	for _, m := range misses {
		size := divide(m.size, s.unit)
		s.squares[m.weekday].add(size*size, spreadMemory)
		s.pooled.add(size*size, 7*spreadMemory)
		s.drift.add(m.size, pooledMemory)
	}
	return s
}

// settle works out each weekday's mean square miss: its own, with the mean of all days counting as one more
// observation, because two or three Saturdays are few. Before any weekday has come round a second time nothing has
// been missed yet: then usage is taken to stray by as much as itself.
func (s *spread) settle(expected func(time.Weekday) money.Micro) {
	for weekday := range s.chance {
		if s.pooled.count == 0 {
			level := int64(expected(time.Weekday(weekday))) / s.unit
			s.chance[weekday] = level * level
			continue
		}
		n := int64(min(s.squares[weekday].count, spreadMemory))
		s.chance[weekday] = divide(s.squares[weekday].value*n+s.pooled.value, n+1)
	}
}

// margin is how far P90 lies above the expected sum of days in which each weekday comes up as often as repeats says.
//
// Of one step's square miss V, seven eighths are the day's own chance and one eighth is the error of the level (with a
// memory of 4: V*a/2, a = 1/4). Chance adds up in squares over k days; a wrong level is wrong on all k of them. Where
// usage has lately grown, levels lag behind by the drift, every day; where it has shrunk, P90 is left where it is.
func (s *spread) margin(repeats *[7]int64) money.Micro {
	var total, days int64
	for weekday, k := range repeats {
		total += s.chance[weekday] * (7*k + k*k) / 8
		days += k
	}
	margin, _ := money.MulDiv(root(total)*s.unit, tailNumerator, tailDenominator)
	return money.Micro(margin + days*max(s.drift.value, 0))
}

// root is the integer square root, by Newton's method from above.
func root(n int64) int64 {
	if n <= 0 {
		return 0
	}
	x := int64(1) << ((bits.Len64(uint64(n)) + 1) / 2)
	for {
		next := (x + n/x) / 2
		if next >= x {
			return x
		}
		x = next
	}
}
