package sheet

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
)

// Formats are all of them, in the order in which they are offered.
var Formats = []Format{CSV, XLSX, JSON}

// ParseFormat reads a format; errs.Invalid `sheet.bad_format`.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case CSV, XLSX, JSON:
		return f, nil
	}
	return "", errs.New(errs.Invalid, "sheet.bad_format", "%.20q is not a format", s).At("format").Try("write csv, xlsx or json")
}

// ContentType is the media type of the format.
func (f Format) ContentType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSON:
		return "application/json"
	}
	return "text/csv; charset=utf-8"
}

// Column is a column of a table: Key names it in JSON, Title heads it elsewhere.
type Column struct {
	Key, Title string
}

// Writer takes the rows of a table. A value is a string, an int, an int64, a bool, a money.Micro, a civil.Date, a
// time.Time, or nil for nothing. After Close the file is whole.
type Writer interface {
	Row(values []any) error
	Close() error
}

// New begins a table on w.
func New(w io.Writer, f Format, columns []Column) (Writer, error) {
	switch f {
	case XLSX:
		return newWorkbook(w, columns)
	case JSON:
		return newList(w, columns)
	}
	return newLines(w, columns)
}

var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// Neutral is the text of a CSV cell that no spreadsheet takes for a formula: one that begins like a formula gets an
// apostrophe in front. Plain numbers stay numbers, a telephone number with its plus too. Rule A-17.
func Neutral(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) || plainNumber.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// text is how a value is written where there is only text.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case money.Micro:
		return v.String()
	case civil.Date:
		return v.String()
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	}
	panic(fmt.Sprintf("sheet: a cell of %T", value))
}
