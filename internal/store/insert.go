package store

import (
	"context"
	"fmt"
	"strings"
)

// insertSizes are the numbers of rows a statement inserts, largest first: few texts, so that each is prepared once.
var insertSizes = [...]int{64, 16, 4, 1}

// Insert adds rows to a table, many a statement. Each row has one value a column, in their order. The values are stored
// as arguments of Exec are.
func (t *Tx) Insert(_ context.Context, table string, columns []string, rows [][]any) error {
	list := strings.Join(columns, ",")
	args := make([]any, 0, min(len(rows), insertSizes[0])*len(columns))
	for _, size := range insertSizes {
		for ; len(rows) >= size; rows = rows[size:] {
			if err := t.ready(""); err != nil {
				return err
			}
			args = args[:0]
			for _, row := range rows[:size] {
				if len(row) != len(columns) {
					return t.note(fmt.Errorf("store: a row for %s has %d values for %d columns", table, len(row), len(columns)))
				}
				for _, v := range row {
					args = append(args, value(v))
				}
			}
			if _, err := t.link.exec(writerContext, t.link.insertText(table, list, len(columns), size), args...); err != nil {
				return t.note(err)
			}
		}
	}
	return nil
}

// insertKey names the text of an INSERT.
type insertKey struct {
	table, columns string
	rows           int
}

// insertText is the INSERT of so many rows, made once a connection.
func (l *link) insertText(table, columns string, width, rows int) string {
	key := insertKey{table, columns, rows}
	if text, ok := l.inserts[key]; ok {
		return text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, columns)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + List(1+i*width, width) + ")")
	}
	l.inserts[key] = b.String()
	return b.String()
}
