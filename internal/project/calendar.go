package project

import (
	"time"

	"bellwether/internal/civil"
)

// ZonePeriod says in which zone's midnight usage days end from one on.
type ZonePeriod struct {
	From civil.Date // first usage day that ends at this zone's midnight
	Zone *time.Location
}

// Calendar divides time into a project's usage days (Rule B-09). A day begins where the one before ends; it ends at the
// midnight of the zone in force for it. After a change of zone eastwards a day may be short or even empty, westwards
// long; none is skipped or counted twice.
type Calendar struct {
	periods []ZonePeriod // by From, at least one
}

// NewCalendar makes a calendar of periods in the order of From; there must be at least one.
func NewCalendar(periods []ZonePeriod) Calendar { return Calendar{periods: periods} }

// First is the day on which the calendar begins.
func (c Calendar) First() civil.Date { return c.periods[0].From }

// Zone is the zone at whose midnight the day ends.
func (c Calendar) Zone(day civil.Date) *time.Location { return c.periods[c.index(day)].Zone }

// index is the period the day falls in; days before the first belong to it.
func (c Calendar) index(day civil.Date) int {
	for i := len(c.periods) - 1; i > 0; i-- {
		if day >= c.periods[i].From {
			return i
		}
	}
	return 0
}

// Start is the first instant of the day.
func (c Calendar) Start(day civil.Date) time.Time {
	i := c.index(day - 1)
	if day <= c.periods[0].From {
		i = 0
	}
	start := civil.Midnight(day, c.periods[i].Zone)
	if i > 0 {
		// Never before the period itself began: after a jump far to the east its first days may already be over.
		if begin := c.Start(c.periods[i].From); start.Before(begin) {
			return begin
		}
	}
	return start
}

// End is the first instant after the day.
func (c Calendar) End(day civil.Date) time.Time { return c.Start(day + 1) }

// Exists is false for a date that the zone in force for it never had: it is not charged.
func (c Calendar) Exists(day civil.Date) bool { return civil.Exists(day, c.Zone(day)) }

// DayAt is the usage day at an instant.
func (c Calendar) DayAt(at time.Time) civil.Date {
	i := len(c.periods) - 1
	for i > 0 && at.Before(c.Start(c.periods[i].From)) {
		i--
	}
	day := max(civil.DateIn(at, c.periods[i].Zone), c.periods[i].From)
	for !at.Before(c.End(day)) {
		day++
	}
	for at.Before(c.Start(day)) && day > c.periods[0].From {
		day--
	}
	return day
}
