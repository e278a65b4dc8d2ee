package sheet

import (
	"encoding/csv"
	"encoding/json"
	"io"
)

// lines is a table as CSV.
type lines struct{ w *csv.Writer }

func newLines(w io.Writer, columns []Column) (*lines, error) {
	l := &lines{csv.NewWriter(w)}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = Neutral(c.Title)
	}
	return l, l.w.Write(head)
}

func (l *lines) Row(values []any) error {
	cells := make([]string, len(values))
	for i, value := range values {
		cells[i] = text(value)
		if _, isText := value.(string); isText {
			cells[i] = Neutral(cells[i])
		}
	}
	return l.w.Write(cells)
}

func (l *lines) Close() error {
	l.w.Flush()
	return l.w.Error()
}

// list is a table as an array of JSON objects.
type list struct {
	w       io.Writer
	columns []Column
	rows    int
}

func newList(w io.Writer, columns []Column) (*list, error) {
	_, err := io.WriteString(w, "[")
	return &list{w: w, columns: columns}, err
}

func (l *list) Row(values []any) error {
	object := []byte("\n{")
	if l.rows++; l.rows > 1 {
		object = []byte(",\n{")
	}
	for i, value := range values {
		switch value.(type) {
		case nil, int, int64, bool:
		default:
			value = text(value) // an amount too: a float would not hold it
		}
		key, err := json.Marshal(l.columns[i].Key)
		if err != nil {
			return err
		}
		cell, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if i > 0 {
			object = append(object, ',')
		}
		object = append(append(append(object, key...), ':'), cell...)
	}
	_, err := l.w.Write(append(object, '}'))
	return err
}

func (l *list) Close() error {
	_, err := io.WriteString(l.w, "\n]\n")
	return err
}
