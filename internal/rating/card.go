package rating

import (
	"io"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// cardColumns are the columns of a rate card.
var cardColumns = []column[Row]{
	{"prefix", false, func(row *Row, cell string) *errs.Error {
		row.Prefix = cell
		return checkPrefix(cell)
	}},
	text("zone", false, func(row *Row) *string { return &row.Zone }),
	amount("connect", false, func(row *Row) *money.Micro { return &row.Connect }),
	amount("per_minute", false, func(row *Row) *money.Micro { return &row.PerMinute }),
	code("currency", false, func(row *Row) *money.Currency { return &row.Currency }),
	duration("free_seconds", 0, MaxLegSeconds, func(row *Row) *int64 { return &row.Free }),
	duration("first_seconds", 1, MaxIncrement, func(row *Row) *int64 { return &row.First }),
	duration("next_seconds", 1, MaxIncrement, func(row *Row) *int64 { return &row.Next }),
	amount("minimum", true, func(row *Row) *money.Micro { return &row.Minimum }),
	text("band", true, func(row *Row) *string { return &row.Band }),
	date("from", func(row *Row) *civil.Date { return &row.From }),
}

// ReadCard reads a rate card as CSV, UTF-8 with or without a byte order mark: the columns prefix, zone, connect,
// per_minute, currency, free_seconds, first_seconds and next_seconds, and optionally minimum, band and from, in any
// order under a header. One file may hold several currencies: compile each by itself. All rows are read or, where a cell
// is wrong, none: the error joins one *errs.Error a mistake, with Where "FILE:LINE, column NAME" and a hint.
func ReadCard(r io.Reader, file string) ([]Row, error) {
	return readSheet(r, file, cardColumns, func(row *Row, line int) { row.Line = line })
}
