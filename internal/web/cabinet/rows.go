package cabinet

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/web/ui"
)

// Rows makes the Load of a list whose rows are few enough to be read at once, such as the people of a project: find gives
// those that the filters of the state let through, in any order.
func Rows(find func(ctx context.Context, state ui.TableState) ([]Row, error)) func(context.Context, ui.TableState, string, int) ([]Row, string, error) {
	return func(ctx context.Context, state ui.TableState, after string, limit int) ([]Row, string, error) {
		rows, err := find(ctx, state)
		if err != nil {
			return nil, "", err
		}
		sortRows(rows, state.Sort, state.Descending)
		from, err := strconv.Atoi(after)
		if err != nil || from < 0 {
			from = 0
		}
		from = min(from, len(rows))
		to := min(from+limit, len(rows))
		next := ""
		if to < len(rows) {
			next = strconv.Itoa(to)
		}
		return rows[from:to], next, nil
	}
}

// sortRows orders rows by the values of a column, empty ones last, and by their names where those are equal.
func sortRows(rows []Row, key string, descending bool) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		x, y := a.Cells[key].Value, b.Cells[key].Value
		if (x == nil) != (y == nil) {
			return map[bool]int{true: 1, false: -1}[x == nil]
		}
		order := compareValues(x, y)
		if descending {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.ID, b.ID))
	})
}

// compareValues compares two values of a column; those it cannot compare are equal.
func compareValues(x, y any) int {
	switch x := x.(type) {
	case string:
		y, _ := y.(string)
		return strings.Compare(strings.ToLower(x), strings.ToLower(y))
	case int:
		y, _ := y.(int)
		return cmp.Compare(x, y)
	case money.Micro:
		y, _ := y.(money.Micro)
		return cmp.Compare(x, y)
	case civil.Date:
		y, _ := y.(civil.Date)
		return cmp.Compare(x, y)
	case time.Time:
		y, _ := y.(time.Time)
		return x.Compare(y)
	}
	return 0
}
