package dialplan

import (
	"fmt"
	"slices"
	"time"

	"bellwether/internal/civil"
)

// BusinessHours are a project's working hours in its time zone (Rule T-02). The zero value is open at all times.
type BusinessHours struct {
	Week     []Shift   `json:"week,omitempty"`
	Holidays []Holiday `json:"holidays,omitempty"`
}

// Shift is working time on some days of the week.
type Shift struct {
	Days []Day `json:"days"`
	Span
}

// Span is working time of a day by the clock on the wall: from From on, up to To and without it.
type Span struct {
	From string `json:"from"` // "09:00"
	To   string `json:"to"`   // "18:00", or "24:00" for the end of the day
}

// Holiday is a date with hours of its own.
type Holiday struct {
	Date   string `json:"date"` // "2026-12-25"
	Name   string `json:"name,omitempty"`
	Yearly bool   `json:"yearly,omitempty"` // on this day of every year
	Open   []Span `json:"open,omitempty"`   // empty where it is closed all day
}

// Day is a day of the week: "mon" to "sun".
type Day string

// days are the days of the week in the order of time.Weekday.
var days = []Day{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Opening says whether it is working time, and why.
type Opening struct {
	Open   bool   `json:"open"`
	Reason Reason `json:"reason"`
}

// At says whether an instant is working time in a zone. A holiday counts instead of the day's shifts. On days when the clock
// is put forward or back, what it shows counts.
func (h BusinessHours) At(at time.Time, zone *time.Location) Opening {
	local := at.In(zone)
	date, minute := civil.DateIn(at, zone), local.Hour()*60+local.Minute()
	day := days[local.Weekday()]
	params := []string{"day", string(day), "time", fmt.Sprintf("%02d:%02d", local.Hour(), local.Minute())}
	for _, holiday := range h.Holidays {
		if holiday.on(date) {
			return Opening{slices.ContainsFunc(holiday.Open, holds(minute)), reason("hours.holiday", append(params, "date", date.String(), "name", holiday.Name)...)}
		}
	}
	if len(h.Week) == 0 {
		return Opening{true, reason("hours.always")}
	}
	for _, shift := range h.Week {
		if slices.Contains(shift.Days, day) && holds(minute)(shift.Span) {
			return Opening{true, reason("hours.open", append(params, "from", shift.From, "to", shift.To)...)}
		}
	}
	return Opening{false, reason("hours.closed", params...)}
}

func (h Holiday) on(date civil.Date) bool {
	if h.Yearly {
		text := date.String()
		return len(h.Date) == len(text) && h.Date[4:] == text[4:]
	}
	return h.Date == date.String()
}

// holds tells whether a minute of the day is in a span.
func holds(minute int) func(Span) bool {
	return func(s Span) bool {
		from, okFrom := minuteOf(s.From)
		to, okTo := minuteOf(s.To)
		return okFrom && okTo && from <= minute && minute < to
	}
}

// minuteOf reads "HH:MM", up to 24:00.
func minuteOf(clock string) (minute int, ok bool) {
	if len(clock) != 5 || clock[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if clock[i] < '0' || clock[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int(clock[0]-'0')*10+int(clock[1]-'0'), int(clock[3]-'0')*10+int(clock[4]-'0')
	if minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, false
	}
	return hour*60 + minute, true
}
