package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// fewestCopied is the number of rows from which PostgreSQL takes COPY faster than INSERT: it needs two round trips.
const fewestCopied = 16

// mostKept bounds the room kept for the next copy.
const mostKept = 1 << 20

// copyIn adds rows by PostgreSQL's COPY in binary, which costs the server half of an INSERT. done is false where that is
// not possible, and nothing was done: on SQLite, for few rows, and for what is neither an integer nor text.
func (l *link) copyIn(ctx context.Context, table, columns string, rows [][]any) (done bool, err error) {
	if l.prepared != nil || len(rows) < fewestCopied {
		return false, nil
	}
	err = l.conn.Raw(func(driverConn any) error {
		conn := driverConn.(*stdlib.Conn).Conn().PgConn()
		widths, err := l.widths(ctx, conn, table, columns)
		if err != nil || widths == nil {
			return err
		}
		data, ok := binaryRows(l.copied[:0], rows, widths)
		if !ok {
			return nil
		}
		if l.copied = data; len(data) > mostKept {
			l.copied = nil
		}
		done = true
		_, err = conn.CopyFrom(ctx, bytes.NewReader(data), "COPY "+table+" ("+columns+") FROM STDIN (FORMAT binary)")
		return err
	})
	return done, err
}

// copyKey names what is copied into.
type copyKey struct{ table, columns string }

// The widths of columns in COPY's binary format.
const (
	textWidth   = 0
	int4Width   = 4
	bigintWidth = 8
)

// widthOf is the width of a type by its object identifier, which PostgreSQL fixes for its own types.
var widthOf = map[uint32]int{20: bigintWidth, 23: int4Width, 25: textWidth}

// widths asks the server for the columns' types, once a connection; nil where one is of another type than we copy.
func (l *link) widths(ctx context.Context, conn *pgconn.PgConn, table, columns string) ([]int, error) {
	key := copyKey{table, columns}
	if widths, known := l.columnWidths[key]; known {
		return widths, nil
	}
	description, err := conn.Prepare(ctx, "", "SELECT "+columns+" FROM "+table, nil)
	if err != nil {
		return nil, err
	}
	widths := make([]int, 0, strings.Count(columns, ",")+1)
	for _, field := range description.Fields {
		width, known := widthOf[field.DataTypeOID]
		if !known {
			widths = nil
			break
		}
		widths = append(widths, width)
	}
	l.columnWidths[key] = widths
	return widths, nil
}

// copyHeader begins COPY's binary format: its signature, no flags, no extension.
var copyHeader = append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)

// binaryRows appends rows in COPY's binary format; false where a value does not fit its column, which INSERT then reports.
func binaryRows(to []byte, rows [][]any, widths []int) ([]byte, bool) {
	to = append(to, copyHeader...)
	for _, row := range rows {
		to = binary.BigEndian.AppendUint16(to, uint16(len(widths)))
		for i, width := range widths {
			var ok bool
			if to, ok = binaryValue(to, value(row[i]), width); !ok {
				return nil, false
			}
		}
	}
	return binary.BigEndian.AppendUint16(to, math.MaxUint16), true
}

func binaryValue(to []byte, v any, width int) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return binary.BigEndian.AppendUint32(to, math.MaxUint32), true
	case string:
		to = binary.BigEndian.AppendUint32(to, uint32(len(v)))
		return append(to, v...), width == textWidth
	case int64:
		to = binary.BigEndian.AppendUint32(to, uint32(width))
		switch {
		case width == bigintWidth:
			return binary.BigEndian.AppendUint64(to, uint64(v)), true
		case width == int4Width && v == int64(int32(v)):
			return binary.BigEndian.AppendUint32(to, uint32(v)), true
		}
	}
	return to, false
}
