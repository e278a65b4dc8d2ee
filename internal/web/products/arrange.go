package products

import (
	"slices"

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
