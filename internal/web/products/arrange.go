package products

import (
	"slices"
	"strconv"

	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// order compares two items by a column.
type order[T any] map[string]func(a, b T) int

// arrange sorts items as the state of their table asks.
func arrange[T any](items []T, state ui.TableState, by order[T]) {
	compare, ok := by[state.Sort]
	if !ok {
		return
	}
	slices.SortStableFunc(items, func(a, b T) int {
		if state.Descending {
			return compare(b, a)
		}
		return compare(a, b)
	})
}

// cut gives the rows after a cursor, which counts them, and the next cursor.
func cut(rows []cabinet.Row, after string, limit int) (page []cabinet.Row, next string) {
	from, err := strconv.Atoi(after)
	if err != nil || from < 0 {
		from = 0
	}
	from = min(from, len(rows))
	to := min(from+limit, len(rows))
	if to < len(rows) {
		next = strconv.Itoa(to)
	}
	return rows[from:to], next
}
