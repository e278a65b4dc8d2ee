package rating

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bellwether/internal/errs"
)

// Compile checks the rows of a rate card in one currency and makes them a table. Bands are those rows may name; zone is
// the one bands and dates are in. Every mistake is reported at once, in the order of lines: the error joins one
// *errs.Error each, of kind Invalid, whose Where is "line N", "prefix P" for rows made in code, or "band NAME".
func Compile(rows []Row, bands []Band, zone *time.Location) (*Table, error) {
	if zone == nil {
		return nil, errs.New(errs.Invalid, "rating.no_zone", "a rate card needs a time zone").Try("name one, such as Europe/Kyiv")
	}
	if len(rows) == 0 {
		return nil, errs.New(errs.Invalid, "rating.empty_card", "a rate card needs at least one row").Try("add a row for each destination")
	}
	laidOut, mistakes := newWeek(bands, zone)
	c := compiler{rows: slices.Clone(rows)}
	c.checkRows(bands)
	slices.SortFunc(c.rows, before)
	prefixes := c.checkPrefixes()
	if mistakes = append(mistakes, c.inOrder()...); len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return &Table{currency: rows[0].Currency, week: laidOut, rows: c.rows, prefixes: prefixes, trie: newTrie(c.rows)}, nil
}

// before is the order of Table.rows; of duplicates the later line is the one to blame.
func before(a, b Row) int {
	if order := strings.Compare(a.Prefix, b.Prefix); order != 0 {
		return order
	}
	if order := strings.Compare(a.Band, b.Band); order != 0 {
		return order
	}
	return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(a.Line, b.Line))
}

type compiler struct {
	rows     []Row
	mistakes []misplaced
}

type misplaced struct {
	line int
	err  *errs.Error
}

func (c *compiler) report(row *Row, mistake *errs.Error) {
	where := fmt.Sprintf("line %d", row.Line)
	if row.Line == 0 {
		where = fmt.Sprintf("prefix %.40q", row.Prefix)
	}
	c.mistakes = append(c.mistakes, misplaced{row.Line, mistake.At(where)})
}

func (c *compiler) inOrder() []error {
	slices.SortStableFunc(c.mistakes, func(a, b misplaced) int { return cmp.Compare(a.line, b.line) })
	found := make([]error, len(c.mistakes))
	for i, mistake := range c.mistakes {
		found[i] = mistake.err
	}
	return found
}

// checkRows looks at each row by itself, and at what all must share.
func (c *compiler) checkRows(bands []Band) {
	known := map[string]bool{"": true}
	for _, band := range bands {
		known[band.Name] = true
	}
	currency := c.rows[0].Currency
	for i := range c.rows {
		row := &c.rows[i]
		for _, mistake := range row.mistakes() {
			c.report(row, mistake)
		}
		if row.Currency != currency {
			c.report(row, errs.New(errs.Invalid, "rating.mixed_currencies", "currency %.40q stands in a card of %.40q", row.Currency, currency).
				Try("make a card of each currency"))
		}
		if !known[row.Band] {
			c.report(row, errs.New(errs.Invalid, "rating.unknown_band", "there is no band %.40q", row.Band).Try("use a band the book defines, or none"))
		}
	}
}

// checkPrefixes looks at what the rows of each prefix must be to each other, and counts the prefixes.
func (c *compiler) checkPrefixes() (prefixes int) {
	for first := 0; first < len(c.rows); prefixes++ {
		end := first + 1
		for end < len(c.rows) && c.rows[end].Prefix == c.rows[first].Prefix {
			end++
		}
		c.checkPrefix(c.rows[first:end])
		first = end
	}
	return prefixes
}

// checkPrefix refuses two rows where one must decide, and band rows that would wait for a base row: without one there is
// no price for the rest of the week.
func (c *compiler) checkPrefix(rows []Row) {
	if len(rows) > maxRows {
		c.report(&rows[maxRows], errs.New(errs.Invalid, "rating.too_many_rows", "prefix %s has %d rows, more than %d", rows[0].Prefix, len(rows), maxRows).
			Try("remove rows of past dates"))
	}
	for i := range rows[1:] {
		earlier, row := &rows[i], &rows[i+1]
		if row.Band == earlier.Band && row.From == earlier.From {
			c.report(row, errs.New(errs.Invalid, "rating.duplicate_row", "prefix %s has a row for this band and date already, on line %d", row.Prefix, earlier.Line).
				Try("remove one of them"))
		}
	}
	oldest := -1 // of the base rows, which stand first, newest first
	for i := range rows {
		row := &rows[i]
		switch {
		case row.Band == "":
			oldest = i
		case oldest < 0 || row.From < rows[oldest].From:
			c.report(row, errs.New(errs.Invalid, "rating.band_without_base", "prefix %s has no price for the times outside band %.40q", row.Prefix, row.Band).
				Try("add a row without a band, in force from the same date or earlier"))
		}
	}
}
