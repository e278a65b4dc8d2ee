package civil

import (
	"fmt"
	"time"
)

// Date is a calendar date without a zone, as the number of days since 1970-01-01. Dates compare and subtract as numbers.
type Date int32

const secondsPerDay = 24 * 60 * 60

// DateOf gives the date with the given year, month and day; days out of range carry over as in time.Date.
func DateOf(year int, month time.Month, day int) Date {
	return Date(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// DateIn is the local date at instant t in zone loc.
func DateIn(t time.Time, loc *time.Location) Date {
	_, offset := t.In(loc).Zone()
	return Date(floorDiv(t.Unix()+int64(offset), secondsPerDay))
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: write YYYY-MM-DD", s)
	}
	return DateOf(t.Date()), nil
}

// MustParseDate is ParseDate for constants in code and tests; it panics on a malformed date.
func MustParseDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// UTC is midnight UTC at the start of the date.
func (d Date) UTC() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String writes "2006-01-02".
func (d Date) String() string { return d.UTC().Format(time.DateOnly) }

// Day is the day of the month, from 1.
func (d Date) Day() int { return d.UTC().Day() }

// DaysInMonth is the length of the date's month: 28 to 31.
func (d Date) DaysInMonth() int { return int(d.FirstOfNextMonth() - d.FirstOfMonth()) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.UTC().Weekday() }

// FirstOfMonth is the first date of the date's month.
func (d Date) FirstOfMonth() Date { return d - Date(d.Day()-1) }

// FirstOfNextMonth is the first date of the month after the date's.
func (d Date) FirstOfNextMonth() Date {
	t := d.UTC()
	return DateOf(t.Year(), t.Month()+1, 1)
}

// MarshalText lets JSON and YAML carry dates as "2006-01-02".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func floorDiv(a, b int64) int64 {
	quotient := a / b
	if a%b < 0 {
		quotient--
	}
	return quotient
}
