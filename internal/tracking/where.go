package tracking

import (
	"strconv"
	"strings"
	"time"
)

// where is a condition that grows; the placeholders of its parts are written as question marks.
type where struct {
	parts []string
	args  []any
}

func (w *where) add(condition string, args ...any) {
	for _, arg := range args {
		condition = strings.Replace(condition, "?", w.arg(arg), 1)
	}
	w.parts = append(w.parts, condition)
}

// arg adds an argument and gives its placeholder.
func (w *where) arg(value any) string {
	w.args = append(w.args, value)
	return "$" + strconv.Itoa(len(w.args))
}

// equal asks for a value, unless it is empty.
func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

// during asks for ids of a span of time; either end may be left out.
func (w *where) during(column string, from, until time.Time) {
	if !from.IsZero() {
		w.add(column+" >= ?", earliest(from))
	}
	if !until.IsZero() {
		w.add(column+" < ?", earliest(until))
	}
}

func (w *where) String() string { return strings.Join(w.parts, " AND ") }

// take gives the conditions so far and begins anew; arguments go on.
func (w *where) take() string {
	text := w.String()
	w.parts = nil
	return text
}
