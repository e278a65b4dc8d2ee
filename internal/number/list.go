package number

import (
	"context"
	"database/sql"
	"strings"

	"bellwether/internal/store"
)

// Filter chooses numbers of the stock; empty fields choose all.
type Filter struct {
	State   State
	Country string
	Area    string
	Kind    string
	Project string
	Text    string // part of the number, of the area's name or of the carrier's note, in any case
}

// where is the condition of a filter and its arguments, for placeholders from $1 on.
func (f Filter) where() (string, []any) {
	text, args := `WHERE owner = 'operator'`, []any(nil)
	for _, given := range []struct{ column, value string }{
		{"state", string(f.State)}, {"country", f.Country}, {"area", f.Area}, {"kind", f.Kind}, {"project_id", f.Project},
	} {
		if given.value != "" {
			args = append(args, given.value)
			text += ` AND ` + given.column + ` = ` + store.List(len(args), 1)
		}
	}
	if f.Text != "" {
		args = append(args, `%`+unlike.Replace(strings.ToLower(f.Text))+`%`)
		text += ` AND LOWER(number || ' ' || area_name || ' ' || carrier) LIKE ` + store.List(len(args), 1) + ` ESCAPE '!'`
	}
	return text, args
}

// unlike keeps LIKE from seeing more in a text than the text.
var unlike = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// List gives up to limit numbers of the stock after a number, in their order.
func List(ctx context.Context, q store.Querier, filter Filter, after string, limit int) ([]Entry, error) {
	where, args := filter.where()
	args = append(args, after, limit)
	return query(ctx, q, where+` AND number > `+store.List(len(args)-1, 1)+` ORDER BY number LIMIT `+store.List(len(args), 1), args...)
}

// Count is how many numbers of a kind and area stand in a state.
type Count struct {
	Country, Area, AreaName, Kind string
	State                         State
	Numbers                       int64
}

// Counts counts the stock by country, area, kind and state.
func Counts(ctx context.Context, q store.Querier, filter Filter) (counts []Count, err error) {
	where, args := filter.where()
	return counts, store.EachRow(ctx, q, `SELECT country, area, MIN(area_name), kind, state, COUNT(*) FROM number_registry `+where+`
		GROUP BY country, area, kind, state ORDER BY country, area, kind, state`, args, func(rows *sql.Rows) error {
		var c Count
		err := rows.Scan(&c.Country, &c.Area, &c.AreaName, &c.Kind, &c.State, &c.Numbers)
		counts = append(counts, c)
		return err
	})
}
