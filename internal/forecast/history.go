package forecast

import (
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Day is what a project spent on one local date; positive amounts are charges.
type Day struct {
	Date  civil.Date
	Fixed money.Micro // fees that follow from the configuration: products, seats, slots, rent, minimums, net of discounts
	Usage money.Micro // what follows from activity: calls, SMS, sessions
}

// History is what is known of past days, oldest first, a date at most once. A date without a Day is unknown, as when the
// project was suspended, and teaches nothing; a day on which nothing was used is a Day with zero Usage.
type History struct {
	Days []Day
}

// NewHistory makes the history of every date from one date through another out of days in any order, such as the
// ledger's sums by day and kind: amounts of the same date add up, a date that is not among them was a day of zero, and
// days outside the range are left out.
func NewHistory(from, through civil.Date, days []Day) History {
	if through < from {
		return History{}
	}
	h := History{Days: make([]Day, through-from+1)}
	for i := range h.Days {
		h.Days[i].Date = from + civil.Date(i)
	}
	for _, day := range days {
		if day.Date >= from && day.Date <= through {
			h.Days[day.Date-from].Fixed += day.Fixed
			h.Days[day.Date-from].Usage += day.Usage
		}
	}
	return h
}

// Without forgets the dates for which unknown holds: days on which the project was suspended say nothing about the next.
func (h History) Without(unknown func(civil.Date) bool) History {
	return History{Days: slices.DeleteFunc(slices.Clone(h.Days), func(d Day) bool { return unknown(d.Date) })}
}

// Before is the history as it was known at the start of a date.
func (h History) Before(date civil.Date) History {
	n, _ := slices.BinarySearchFunc(h.Days, date, func(d Day, date civil.Date) int { return int(d.Date - date) })
	return History{Days: h.Days[:n]}
}

// recent is what a forecast made at the start of a date learns from.
func (h History) recent(date civil.Date) History {
	before := h.Before(date)
	return History{Days: before.Days[len(before.Before(date-Memory).Days):]}
}

// window finds the n consecutive days that begin at a date; ok is false where one of them is unknown.
func (h History) window(from civil.Date, n int) (days []Day, ok bool) {
	i := len(h.Before(from).Days)
	if i+n > len(h.Days) || h.Days[i].Date != from || h.Days[i+n-1].Date != from+civil.Date(n-1) {
		return nil, false
	}
	return h.Days[i : i+n], true
}
