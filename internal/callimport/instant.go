package callimport

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// layouts are the ways in which exports write an instant; those in the first group carry their offset.
var (
	withOffset = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 Z0700", "2006-01-02T15:04Z07:00"}
	local      = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "02.01.2006 15:04:05", "02.01.2006 15:04"}
)

// parseInstant reads an instant, local ones in zone. Where the zone's clocks repeat the time, warning says which instant was
// taken; a time that they skip is an error.
func parseInstant(text string, zone *time.Location) (t time.Time, warning string, err error) {
	for _, layout := range local {
		if t, err := time.Parse(layout, text); err == nil {
			t, warning, err = inZone(t, zone)
			return t, warning, cmp.Or(err, sane(t))
		}
	}
	for _, layout := range withOffset {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), "", sane(t)
		}
	}
	return time.Time{}, "", fmt.Errorf("%s is not a date and time: write 2021-05-12 14:03:55, or with an offset 2021-05-12T14:03:55+03:00", quoted(text))
}

// sane refuses years in which no call was exported: they come from spreadsheets that lost a date.
func sane(t time.Time) error {
	if year := t.Year(); year < 1990 || year > 2199 {
		return fmt.Errorf("the year %d cannot be right", year)
	}
	return nil
}

// inZone gives the instant at which clocks in zone show what t shows in UTC: the earlier one where they do so twice; an
// error where they never do.
func inZone(t time.Time, zone *time.Location) (instant time.Time, warning string, err error) {
	const around = 15 * time.Hour // beyond any offset from UTC, so on both sides of a change
	before, after := offset(t.Add(-around), zone), offset(t.Add(around), zone)
	early, late := t.Add(-max(before, after)), t.Add(-min(before, after))
	shown := func(instant time.Time) bool { return instant.Add(offset(instant, zone)).Equal(t) }
	switch {
	case before == after:
		return early, "", nil
	case shown(early) && shown(late):
		return early, fmt.Sprintf("clocks in %s show this time twice: taken as the first, %s", zone, early.In(zone).Format(time.RFC3339)), nil
	case shown(early):
		return early, "", nil
	case shown(late):
		return late, "", nil
	}
	return early, "", fmt.Errorf("clocks in %s skip %s: write the time with its offset, or choose the zone it was written in", zone, t.Format("2006-01-02 15:04:05"))
}

func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// longestSeconds is how long a leg can last: one that has been open for a day is closed.
const longestSeconds = 24 * 60 * 60

// parseSeconds reads a duration: whole seconds, M:SS or H:MM:SS.
func parseSeconds(text string) (int64, error) {
	var total int64
	for i, part := range strings.Split(text, ":") {
		n, ok := parseDigits(part)
		if !ok || i > 2 || i > 0 && (n > 59 || len(part) != 2) {
			return 0, fmt.Errorf("%s is not a duration: write whole seconds or H:MM:SS", quoted(text))
		}
		total = total*60 + n
	}
	if total > longestSeconds {
		return 0, fmt.Errorf("%s is longer than a day", quoted(text))
	}
	return total, nil
}

func parseDigits(s string) (n int64, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
