package number

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// ReadCSV reads a list of numbers. Its first line names the columns: number, and those of kind, carrier, country, area and
// area_name that are wanted, in any order. What is wrong is a *Problems with the lines of the file.
func ReadCSV(r io.Reader) ([]Item, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	problems := &Problems{}
	header, err := in.Read()
	if err != nil {
		return nil, unreadable(err, problems)
	}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	checkHeader(header, problems)
	if err := problems.found(); err != nil {
		return nil, err
	}
	var items []Item
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, unreadable(err, problems)
		}
		line, _ := in.FieldPos(0)
		item := Item{Line: line}
		for i, name := range header {
			*item.field(name) = strings.TrimSpace(cells[i])
		}
		if items = append(items, item); len(items) > MostItems {
			problems.add(line, "too_many", "a list has at most %d numbers", MostItems)
			return nil, problems
		}
	}
}

// unreadable tells the line at which a file stops being CSV. What is wrong with the reader itself is handed on.
func unreadable(err error, problems *Problems) error {
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		problems.add(1, "empty_file", "the file is empty: its first line names the columns, such as number,kind,carrier")
	case errors.As(err, &syntax):
		problems.add(syntax.Line, "not_csv", "%v", syntax.Err)
	default:
		return err
	}
	return problems
}

func checkHeader(header []string, problems *Problems) {
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		header[i] = name
		switch {
		case (&Item{}).field(name) == nil:
			problems.add(1, "no_column", "there is no column %.40q: write number, kind, carrier, country, area, area_name", name)
		case seen[name]:
			problems.add(1, "column_twice", "the column %s stands twice", name)
		}
		seen[name] = true
	}
	if !seen["number"] {
		problems.add(1, "number_missing", "the column number is missing")
	}
}

// field is where a column goes, nil for none.
func (item *Item) field(column string) *string {
	return map[string]*string{
		"number": &item.Number, "kind": &item.Kind, "carrier": &item.Carrier,
		"country": &item.Country, "area": &item.Area, "area_name": &item.AreaName,
	}[column]
}
