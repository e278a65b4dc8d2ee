package store

import (
	"context"
	"fmt"
	"strings"
)

// Merge adds rows to a table or, where a row with the same key is there, changes that one: many a statement, in the one
// form that both engines share, INSERT ... ON CONFLICT ... DO UPDATE. It is made once and may be used by many goroutines.
type Merge struct {
	table   string
	width   int
	values  map[int]string // by the number of rows a statement takes
	source  string         // INSERT INTO ... (columns), before the rows
	changes string         // ON CONFLICT ..., behind them
	columns []string
}

// mergeSizes are the numbers of rows a statement merges, largest first.
var mergeSizes = [...]int{64, 8, 1}

// NewMerge prepares a merge of rows of columns, whose first keys are the primary key. A change is "column = expression",
// where excluded.column is the new row's value, or only "column", which takes that value.
func NewMerge(table string, columns []string, keys int, changes ...string) *Merge {
	set := make([]string, len(changes))
	for i, change := range changes {
		if set[i] = change; !strings.Contains(change, "=") {
			set[i] = change + " = excluded." + change
		}
	}
	m := &Merge{
		table: table, columns: columns, width: len(columns), values: map[int]string{},
		source:  "INSERT INTO " + table + " (" + strings.Join(columns, ",") + ") ",
		changes: " ON CONFLICT (" + strings.Join(columns[:keys], ",") + ") DO UPDATE SET " + strings.Join(set, ", "),
	}
	for _, size := range mergeSizes {
		m.values[size] = m.source + tuples(size, m.width) + m.changes
	}
	return m
}

// tuples is VALUES with placeholders for so many rows.
func tuples(rows, width int) string {
	var b strings.Builder
	b.WriteString("VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + List(1+i*width, width) + ")")
	}
	return b.String()
}

// Merge merges rows, no two of one key. The values are stored as arguments of Exec are.
func (t *Tx) Merge(ctx context.Context, m *Merge, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if err := t.ready(""); err != nil {
		return err
	}
	if err := sameWidth(rows, m.width, m.table); err != nil {
		return t.note(err)
	}
	if t.Dialect() == Postgres {
		if text, args, ok := m.arrays(rows); ok {
			_, err := t.link.exec(writerContext, text, args...)
			return t.note(err)
		}
	}
	var args []any
	for _, size := range mergeSizes {
		for ; len(rows) >= size; rows = rows[size:] {
			args = args[:0]
			for _, row := range rows[:size] {
				args = append(args, row...)
			}
			if _, err := t.Exec(ctx, m.values[size], args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrays is the statement with an argument a column, which PostgreSQL takes in a third less time: one text whatever the
// number of rows. Columns must be of integers or of text throughout.
func (m *Merge) arrays(rows [][]any) (text string, args []any, ok bool) {
	args = make([]any, m.width)
	types := make([]string, m.width)
	for i := range args {
		switch value(rows[0][i]).(type) {
		case int64:
			types[i] = "bigint[]"
			args[i], ok = column[int64](rows, i)
		case string:
			types[i] = "text[]"
			args[i], ok = column[string](rows, i)
		default:
			ok = false
		}
		if !ok {
			return "", nil, false
		}
	}
	var b strings.Builder
	b.WriteString(m.source + "SELECT * FROM unnest(")
	for i, typ := range types {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d::%s", i+1, typ)
	}
	return b.String() + ")" + m.changes, args, true
}

// column gathers the values of a column; ok is false where one is of another type.
func column[T any](rows [][]any, i int) (all []T, ok bool) {
	all = make([]T, len(rows))
	for j, row := range rows {
		if all[j], ok = value(row[i]).(T); !ok {
			return nil, false
		}
	}
	return all, true
}

func sameWidth(rows [][]any, width int, table string) error {
	for _, row := range rows {
		if len(row) != width {
			return fmt.Errorf("store: a row for %s has %d values for %d columns", table, len(row), width)
		}
	}
	return nil
}
