package charging

import (
	"fmt"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/pricing"
)

const (
	longestID    = 128 // bytes
	longestCause = 100 // bytes
)

// checkLeg refuses what no leg can be.
func checkLeg(id, kind, number string, at time.Time) error {
	if err := checkID(id); err != nil {
		return err
	}
	if !slices.Contains(pricing.LegKinds, kind) {
		return badRecord("kind", "%.40q is not one of %v", kind, pricing.LegKinds)
	}
	if number != "" {
		if _, err := readPlain(number); err != nil {
			return badRecord("number", "%.40q is not a number of a project", number)
		}
	}
	return checkInstant("at", at)
}

// checkID keeps identifiers to what keys can be made of and logs can show.
func checkID(id string) error {
	if id == "" || len(id) > longestID || !isPlain(id) {
		return badRecord("id", "an id is 1 to %d letters, digits and signs without blanks", longestID)
	}
	return nil
}

func checkCause(cause string) error {
	if len(cause) > longestCause || !isPlain(cause) {
		return badRecord("cause", "a cause is at most %d letters, digits and signs without blanks", longestCause)
	}
	return nil
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// earliest and latest bound instants to those that calendars and identifiers can hold.
var (
	earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func checkInstant(field string, at time.Time) error {
	if at.Before(earliest) || at.After(latest) {
		return badRecord(field, "the instant is missing or out of range")
	}
	return nil
}

// mostAhead is how far an answer may lie ahead of its report: clocks differ, and step.
const mostAhead = 25 * time.Hour

// checkTalk refuses talk that cannot have been.
func checkTalk(answeredAt time.Time, seconds int64, at time.Time) error {
	switch {
	case seconds < 0 || seconds > longest:
		return badRecord("seconds", "a leg lasts 0 to %d seconds", longest)
	case answeredAt.IsZero() && seconds > 0:
		return badRecord("answered_at", "answered_at is missing: a leg of %d s was answered at some time", seconds).
			Try("write when it was answered, such as 2026-03-29T14:05:09+02:00, or 0 seconds where nobody answered")
	case answeredAt.IsZero():
		return nil
	case answeredAt.After(at.Add(mostAhead)):
		return badRecord("answered_at", "the leg was answered after its report")
	}
	return checkInstant("answered_at", answeredAt)
}

// MostAhead is how far the end of a leg may lie after the clock here when it is reported: clocks differ (Rule B-72).
const MostAhead = 60 * time.Second

// checkEnd refuses a leg that would have ended in the future: errs.Invalid `charging.bad_duration`. A PBX that reports
// milliseconds as seconds would empty an account (Rule B-72). What the clock here said of the leg before counts where the
// clock was set back since; emergency calls cost nothing and are never refused (Rule B-71).
func (l *Leg) checkEnd(answeredAt time.Time, seconds int64, at time.Time) error {
	if l.Charge == Emergency || answeredAt.IsZero() {
		return nil
	}
	for _, before := range []time.Time{l.OpenedAt, l.HeartbeatAt} {
		if l.Hold != 0 && before.After(at) {
			at = before
		}
	}
	end, bound := answeredAt.Add(time.Duration(seconds)*time.Second), at.Add(MostAhead)
	if !end.After(bound) {
		return nil
	}
	clock := at.UTC().Format(time.RFC3339)
	most := int64(bound.Sub(answeredAt) / time.Second)
	if answeredAt.After(bound) {
		return errs.New(errs.Invalid, "charging.bad_duration", "the leg is said to be answered at %s, and it is %s here", answeredAt.UTC().Format(time.RFC3339), clock).
			At("answered_at").Try("set the clock that answered_at was read from")
	}
	return errs.New(errs.Invalid, "charging.bad_duration", "a leg answered at %s and %d s long ends at %s, and it is %s here",
		answeredAt.UTC().Format(time.RFC3339), seconds, end.UTC().Format(time.RFC3339), clock).
		At("seconds").Try(fmt.Sprintf("write %d at most: are these seconds, not milliseconds?", most)).With("most", most)
}

// checkGrowth refuses talk of an open leg that has grown faster than time has passed, since the leg began and since it was
// last heard of: errs.Invalid `charging.bad_duration`. After a crash it is charged by what was reported (Rule B-73). A leg
// begins when it is authorised, or when it was answered where that is told to be earlier. A clock that was set back says nothing.
func (l *Leg) checkGrowth(answeredAt time.Time, elapsed int64, at time.Time) error {
	began := l.OpenedAt
	if !answeredAt.IsZero() && answeredAt.Before(began) {
		began = answeredAt
	}
	if l.Charge == Emergency || at.Before(began) || at.Before(l.HeartbeatAt) {
		return nil
	}
	old, silent := int64(at.Sub(began)/time.Second), int64(at.Sub(l.HeartbeatAt)/time.Second)
	most := max(old, l.Seconds+silent) + int64(MostAhead/time.Second)
	if elapsed <= most {
		return nil
	}
	return errs.New(errs.Invalid, "charging.bad_duration", "%d s of talk are reported of a leg that began %d s ago", elapsed, old).
		At("elapsed").Try(fmt.Sprintf("write %d at most: are these seconds, not milliseconds?", most)).With("most", most)
}

func badRecord(field, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "charging.bad_record", format, args...).At(field)
}
