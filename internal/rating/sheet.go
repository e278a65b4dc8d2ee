package rating

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// column is one column of a CSV file and how its cells go into a record.
type column[T any] struct {
	name     string
	optional bool
	set      func(record *T, cell string) *errs.Error
}

// sheet reads a CSV file with a header line, collecting every mistake.
type sheet[T any] struct {
	file     string
	reader   *csv.Reader
	columns  []column[T] // all that may occur
	order    []column[T] // as they stand in the file
	mistakes []error
}

// readSheet reads all records or, if a single cell is wrong, none. Columns stand in any order; unknown ones are refused,
// for a misspelt column would silently lose its values. The error joins one *errs.Error a mistake, with Where
// "FILE:LINE" or "FILE:LINE, column NAME".
func readSheet[T any](r io.Reader, file string, columns []column[T], numbered func(record *T, line int)) ([]T, error) {
	s := sheet[T]{file: file, reader: csv.NewReader(withoutMark(r)), columns: columns}
	s.reader.FieldsPerRecord = -1 // counted here, with a better message
	s.reader.ReuseRecord = true
	var records []T
	if s.header(); len(s.mistakes) == 0 {
		for cells, ok := s.next(); ok; cells, ok = s.next() {
			var record T
			line, _ := s.reader.FieldPos(0)
			s.fill(&record, cells)
			numbered(&record, line)
			records = append(records, record)
		}
	}
	if len(s.mistakes) > 0 {
		return nil, errors.Join(s.mistakes...)
	}
	return records, nil
}

// withoutMark drops the byte order mark that spreadsheets write.
func withoutMark(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(3); string(mark) == "\uFEFF" {
		buffered.Discard(len(mark)) // cannot fail: they were peeked at
	}
	return buffered
}

func (s *sheet[T]) report(line int, name string, mistake *errs.Error) {
	where := fmt.Sprintf("%s:%d", s.file, line)
	if name != "" {
		where += ", column " + name
	}
	s.mistakes = append(s.mistakes, mistake.At(where))
}

// next reads a line; ok is false at the end and where the rest cannot be told apart.
func (s *sheet[T]) next() (cells []string, ok bool) {
	cells, err := s.reader.Read()
	var malformed *csv.ParseError
	switch {
	case err == nil:
		return cells, true
	case errors.As(err, &malformed):
		s.report(malformed.Line, "", errs.New(errs.Invalid, "rating.bad_csv", "a quote is out of place").
			Try("put quotes around the whole cell and double those within, or leave them out"))
	case !errors.Is(err, io.EOF):
		s.mistakes = append(s.mistakes, errs.New(errs.Unavailable, "rating.unreadable", "the file cannot be read").At(s.file).Because(err))
	}
	return nil, false
}

func (s *sheet[T]) header() {
	cells, ok := s.next()
	if !ok && len(s.mistakes) == 0 {
		s.report(1, "", errs.New(errs.Invalid, "rating.no_header", "the file is empty").Try("begin with the line "+s.names()))
	}
	if !ok {
		return
	}
	line, _ := s.reader.FieldPos(0)
	for i, cell := range cells {
		at := slices.IndexFunc(s.columns, func(c column[T]) bool { return c.name == cell })
		if at < 0 || slices.Contains(cells[:i], cell) {
			s.report(line, "", errs.New(errs.Invalid, "rating.bad_column", "column %.40q is unknown or stands here twice", cell).Try("use "+s.names()))
			continue
		}
		s.order = append(s.order, s.columns[at])
	}
	for _, c := range s.columns {
		if !c.optional && !slices.Contains(cells, c.name) {
			s.report(line, "", errs.New(errs.Invalid, "rating.no_column", "column %s is missing", c.name).Try("use "+s.names()))
		}
	}
}

// names lists the columns, optional ones in brackets.
func (s *sheet[T]) names() string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		if names[i] = c.name; c.optional {
			names[i] = "[" + c.name + "]"
		}
	}
	return strings.Join(names, ",")
}

func (s *sheet[T]) fill(record *T, cells []string) {
	line, _ := s.reader.FieldPos(0)
	if len(cells) != len(s.order) {
		s.report(line, "", errs.New(errs.Invalid, "rating.bad_line", "%d cells stand under a header of %d", len(cells), len(s.order)).
			Try("write one cell for each column, empty where it may be"))
		return
	}
	for i, cell := range cells {
		c := s.order[i]
		if cell == "" && c.optional {
			continue
		}
		mistake := checkText(cell)
		if mistake == nil {
			mistake = c.set(record, cell)
		}
		if mistake != nil {
			line, _ := s.reader.FieldPos(i)
			s.report(line, c.name, mistake)
		}
	}
}

// checkText refuses what no cell of ours needs and no database and terminal should be given.
func checkText(cell string) *errs.Error {
	switch {
	case cell == "":
		return errs.New(errs.Invalid, "rating.empty_cell", "the cell is empty").Try("write a value")
	case !utf8.ValidString(cell):
		return errs.New(errs.Invalid, "rating.bad_text", "%.40q is not UTF-8", cell).Try("save the file as UTF-8")
	case strings.ContainsFunc(cell, unicode.IsControl):
		return errs.New(errs.Invalid, "rating.bad_text", "%.40q has a line break or control character", cell).Try("write it on one line")
	}
	return nil
}

// text makes a column that may hold any text.
func text[T any](name string, optional bool, field func(*T) *string) column[T] {
	return column[T]{name, optional, func(record *T, cell string) *errs.Error {
		*field(record) = cell
		return nil
	}}
}

// amount makes a column of decimal amounts.
func amount[T any](name string, optional bool, field func(*T) *money.Micro) column[T] {
	return column[T]{name, optional, func(record *T, cell string) *errs.Error {
		value, err := money.Parse(cell)
		if err != nil {
			return errs.New(errs.Invalid, "rating.bad_amount", "%.40q is not an amount", cell).Try("write digits with at most 6 decimals after a point, such as 0.021")
		}
		*field(record) = value
		return checkAmount(name, value)
	}}
}

// duration makes a column of whole seconds from low to high.
func duration[T any](name string, low, high int64, field func(*T) *int64) column[T] {
	return column[T]{name, false, func(record *T, cell string) *errs.Error {
		value, err := strconv.ParseUint(cell, 10, 63)
		if err != nil {
			return errs.New(errs.Invalid, "rating.bad_seconds", "%.40q is not a number of seconds", cell).Try(wholeSeconds(low, high))
		}
		*field(record) = int64(value)
		return checkSeconds(name, int64(value), low, high)
	}}
}

func wholeSeconds(low, high int64) string {
	return fmt.Sprintf("write whole seconds from %d to %d", low, high)
}

// code makes a column of currency codes.
func code[T any](name string, optional bool, field func(*T) *money.Currency) column[T] {
	return column[T]{name, optional, func(record *T, cell string) *errs.Error {
		*field(record) = money.Currency(cell)
		return checkCurrency(cell)
	}}
}

// date makes an optional column of dates.
func date[T any](name string, field func(*T) *civil.Date) column[T] {
	return column[T]{name, true, func(record *T, cell string) *errs.Error {
		value, err := civil.ParseDate(cell)
		if err != nil {
			return errs.New(errs.Invalid, "rating.bad_date", "%.40q is not a date", cell).Try("write YYYY-MM-DD")
		}
		*field(record) = value
		return checkFrom(value)
	}}
}
