package cabinet

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
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
		return Cut(rows, after, limit)
	}
}

// Cut gives a page of a list that is in memory, and the cursor of the next one, empty where there is none: a cursor counts what stands
// before it. One behind the end of a list that has become shorter gives nothing. errs.Invalid `cabinet.bad_place` for what is no cursor.
func Cut[T any](all []T, after string, limit int) (page []T, next string, err error) {
	from := 0
	if after != "" {
		if from, err = strconv.Atoi(after); err != nil || from < 0 {
			return nil, "", BadPlace()
		}
	}
	from = min(from, len(all))
	to := min(from+limit, len(all))
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}

// BadPlace is the answer to a cursor that is none.
func BadPlace() error {
	return errs.New(errs.Invalid, "cabinet.bad_place", "this is no place within the list").At("after").Try("begin at its start")
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
