package rating

import (
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Table is a compiled rate card of one currency. Make one with Compile.
type Table struct {
	currency money.Currency
	week     week
	rows     []Row // by prefix, then band (none first), then date (newest first)
	prefixes int
	trie     trie
}

// Currency is that of every price in the table.
func (t *Table) Currency() money.Currency { return t.currency }

// Len is the number of prefixes.
func (t *Table) Len() int { return t.prefixes }

// Match finds the rate of a number, E.164 digits with or without '+', for a leg answered at an instant: that of the
// longest prefix (Rule B-20) with a row in force on the local date in the book's zone (Rule B-26). A leg keeps the rate
// of the date on which it was answered to its end. What no row covers is refused, never free (Rule B-23): Denied, code
// rating.unknown_destination. Anything else than 1 to 15 digits is Invalid, code rating.bad_number.
func (t *Table) Match(number string, at time.Time) (Rate, error) {
	digits := strings.TrimPrefix(number, "+")
	if !isNumber(digits) {
		return Rate{}, errs.New(errs.Invalid, "rating.bad_number", "this is not a telephone number").
			Try("write the international number as 1 to 15 digits, such as +380671234567")
	}
	found := t.trie.find(digits)
	for i := found.length - 1; i >= 0; i-- {
		if rate, ok := t.rate(&t.trie[found.nodes[i]], at); ok {
			return rate, nil
		}
	}
	// No more of the number than names its destination: errors travel further than numbers may.
	beginning := digits[:min(len(digits), 6)]
	return Rate{}, errs.New(errs.Denied, "rating.unknown_destination", "there is no rate for numbers that begin with %s", beginning).
		Try("add a row for the destination to the rate card").With("beginning", beginning)
}

// rate picks the rows of a prefix that are in force; ok is false where none is yet.
func (t *Table) rate(prefix *node, at time.Time) (rate Rate, ok bool) {
	rows := t.rows[prefix.row:][:prefix.count]
	if len(rows) == 1 && rows[0].From == 0 {
		return Rate{Row: rows[0]}, true
	}
	date := civil.DateIn(at, t.week.zone)
	base := inForce(rows, "", date)
	if base == nil {
		return Rate{}, false
	}
	if rows[len(rows)-1].Band == "" {
		return Rate{Row: *base}, true
	}
	rate = Rate{rows: rows, date: date, week: &t.week}
	rate.Row = *rate.answered(at)
	return rate, true
}

// inForce is the newest row of a band on a date, or nil.
func inForce(rows []Row, band string, date civil.Date) *Row {
	for i := range rows {
		row := &rows[i]
		if row.Band == band && (row.From == 0 || row.From <= date) {
			return row
		}
	}
	return nil
}
