package store

import (
	"context"
	"strings"
)

// insertSizes are the numbers of rows a statement inserts, largest first: few texts, so that each is prepared once.
var insertSizes = [...]int{64, 16, 4, 1}

// Insert adds rows to a table, many a statement. Each row has one value a column, in their order. The values are stored
// as arguments of Exec are.
func (t *Tx) Insert(_ context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if err := t.ready(""); err != nil {
		return err
	}
	if err := sameWidth(rows, len(columns), table); err != nil {
		return t.note(err)
	}
	list := strings.Join(columns, ",")
	if done, err := t.link.copyIn(writerContext, table, list, rows); done || err != nil {
		return t.note(err)
	}
	args := make([]any, 0, min(len(rows), insertSizes[0])*len(columns))
	for _, size := range insertSizes {
		for ; len(rows) >= size; rows = rows[size:] {
			args = args[:0]
			for _, row := range rows[:size] {
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
	text, ok := l.inserts[key]
	if !ok {
		text = "INSERT INTO " + table + " (" + columns + ") " + tuples(rows, width)
		l.inserts[key] = text
	}
	return text
}
