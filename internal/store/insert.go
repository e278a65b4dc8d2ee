package store

import (
	"context"
	"fmt"
	"strings"
)

// insertSizes are the numbers of rows a statement inserts, largest first: few texts, so that each is prepared once.
var insertSizes = [...]int{64, 8, 1}

// Insert adds rows to a table, many a statement. Each row has one value a column, in their order.
func (t *Tx) Insert(_ context.Context, table string, columns []string, rows [][]any) error {
	args := make([]any, 0, min(len(rows), insertSizes[0])*len(columns))
	for _, size := range insertSizes {
		for len(rows) >= size {
			args = args[:0]
			for _, row := range rows[:size] {
				if len(row) != len(columns) {
					return t.note(fmt.Errorf("store: a row for %s has %d values for %d columns", table, len(row), len(columns)))
				}
				for _, v := range row {
					args = append(args, value(v))
				}
			}
			if err := t.ready(); err != nil {
				return err
			}
			if _, err := t.link.exec(writerContext, insertText(table, columns, size), args...); err != nil {
				return t.note(err)
			}
			rows = rows[size:]
		}
	}
	return nil
}

func insertText(table string, columns []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ","))
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + List(1+i*len(columns), len(columns)) + ")")
	}
	return b.String()
}
