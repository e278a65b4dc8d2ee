package forecast

import (
	"time"

	"bellwether/internal/money"
)

// A weekday's level moves by a quarter of each new difference, and by the plain mean while there are fewer than four
// days to learn from. So a level forgets half of an old habit in two to three weeks, and a single holiday moves the
// same weekday's forecast by a quarter of its spike, which fades by a quarter each week.
const (
	levelMemory  = 4
	pooledMemory = 7 * levelMemory
	spreadMemory = 8 // spread is learnt more slowly than level: a square of one difference says little
)

// mean is an exponentially weighted mean that begins as a plain one.
type mean struct {
	value int64
	count int
}

// add moves the mean towards x by one part in memory, or one in the number of values while that is less.
func (m *mean) add(x int64, memory int) {
	m.count++
	m.value += divide(x-m.value, int64(min(m.count, memory)))
}

// usage is what history teaches about activity.
type usage struct {
	level  [7]mean // by weekday
	pooled mean    // over all days: stands in for a weekday never seen
	spread
}

// learn reads a history from its oldest day to its latest.
func learn(h History) *usage {
	var u usage
	misses := make([]miss, 0, len(h.Days))
	for _, day := range h.Days {
		level, used := &u.level[day.Date.Weekday()], int64(day.Usage)
		if level.count > 0 {
			misses = append(misses, miss{day.Date.Weekday(), used - level.value})
		}
		level.add(used, levelMemory)
		u.pooled.add(used, pooledMemory)
	}
	u.spread = newSpread(&u.level, misses)
	u.settle(u.expected)
	return &u
}

// expected is the usage expected on a weekday: never negative, though corrections can make a past day so.
func (u *usage) expected(weekday time.Weekday) money.Micro {
	level := u.level[weekday]
	if level.count == 0 {
		level = u.pooled
	}
	return money.Micro(max(level.value, 0))
}

// divide rounds halves away from zero; b is positive.
func divide(a, b int64) int64 {
	if a < 0 {
		return -divide(-a, b)
	}
	quotient := a / b
	if rest := a % b; rest >= b-rest {
		quotient++
	}
	return quotient
}
