package pricebook

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/rating"
)

// maxCardBytes is about 400,000 rows.
const maxCardBytes = 32 << 20

// cardPath is where a rate card named in a book lies: its path is relative to the book's folder.
func cardPath(book, card string) string { return path.Join(path.Dir(book), card) }

// cardFile reads the rows of a rate card in a file; its mistakes are placed in that file.
func (s *section) cardFile(at *node, source string) []rating.Row {
	if s.reader.cards == nil {
		s.problem(at, say("cards_alone", "a book read by itself cannot have rate cards in files"), "write their rows under rows:")
		return nil
	}
	data, err := readBounded(s.reader.cards, source, maxCardBytes)
	if err != nil {
		var e *errs.Error
		errors.As(err, &e)
		s.problem(at, say("card_unreadable", "rate card file %s: %s", source, e.Message), e.Hint)
		return nil
	}
	rows, err := rating.ReadCard(bytes.NewReader(data), source)
	s.place(source, at, err)
	return rows
}

// compile makes a card's tables, one for each currency of the book. Rows of other currencies are left out, so that books
// can share a file.
func (s *section) compile(card *RateCard, source string, b *Book) {
	if b.TimeZone == nil {
		return
	}
	for _, currency := range s.currencies {
		rows := rowsIn(card.rows, currency)
		if len(rows) == 0 {
			s.problem(s.node, say("no_rows_in", "%s has no rows in %s", s.what, currency), "add rows in every currency of the book")
			continue
		}
		table, err := rating.Compile(rows, card.Bands, b.TimeZone)
		s.place(source, s.node, err)
		b.cards[cardKey{card.Name, currency}] = table
	}
}

func rowsIn(rows []rating.Row, currency money.Currency) []rating.Row {
	var result []rating.Row
	for _, row := range rows {
		if row.Currency == currency {
			result = append(result, row)
		}
	}
	return result
}

// place reports the mistakes that rating found in a rate card: at the line they name, or at the card in the book.
func (s *section) place(source string, card *node, err error) {
	for _, e := range flatten(err) {
		line := lineOf(source, e.Where)
		switch {
		case line > 0:
			s.found = append(s.found, Problem{File: source, Line: line, Code: e.Code, Message: columnOf(e.Where) + e.Message, Hint: e.Hint})
		case strings.HasPrefix(e.Where, source):
			s.found = append(s.found, Problem{File: source, Line: 1, Code: e.Code, Message: columnOf(e.Where) + e.Message, Hint: e.Hint})
		case e.Where != "":
			s.problem(card, fault{code: e.Code, message: e.Where + ": " + e.Message}, e.Hint)
		default:
			s.problem(card, fault{code: e.Code, message: e.Message}, e.Hint)
		}
	}
}

// lineOf reads the line of "line 5", "FILE:5" and "FILE:5, column zone"; zero for any other place.
func lineOf(source, where string) int {
	var line int
	rest, inFile := strings.CutPrefix(where, source+":")
	if !inFile {
		if rest, inFile = strings.CutPrefix(where, "line "); !inFile {
			return 0
		}
	}
	if _, err := fmt.Sscanf(rest, "%d", &line); err != nil {
		return 0
	}
	return line
}

func columnOf(where string) string {
	if _, column, ok := strings.Cut(where, ", column "); ok {
		return column + ": "
	}
	return ""
}

// flatten lists the errors that an error joins.
func flatten(err error) []*errs.Error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*errs.Error
		for _, one := range many.Unwrap() {
			all = append(all, flatten(one)...)
		}
		return all
	}
	var e *errs.Error
	if errors.As(err, &e) {
		return []*errs.Error{e}
	}
	return []*errs.Error{errs.New(errs.Invalid, "pricebook.invalid", "%s", err.Error())}
}
