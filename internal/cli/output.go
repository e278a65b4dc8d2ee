package cli

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"

	"bellwether/internal/money"
)

// The formats of results.
const (
	formatTable = "table"
	formatCSV   = "csv"
	formatJSON  = "json"
)

// printJSON writes a value as indented JSON.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// printCSV writes rows, whose text cannot become a formula in a spreadsheet.
func printCSV(w io.Writer, header []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = harmless(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// number matches amounts and telephone numbers, which may begin with a sign.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// harmless puts an apostrophe before text that a spreadsheet would run.
func harmless(cell string) string {
	if cell == "" || number.MatchString(cell) {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + cell
	}
	return cell
}

// shown is an amount as people write it: rounded to the currency's minor unit, without the code.
func shown(currency money.Currency, m money.Micro) string {
	return m.Round(currency.MinorUnit()).Fixed(currency.MinorDigits())
}

// exact is an amount with every decimal it has, and at least those people write.
func exact(currency money.Currency, m money.Micro) string {
	if text := m.String(); len(text) > len(m.Fixed(currency.MinorDigits())) {
		return text
	}
	return m.Fixed(currency.MinorDigits())
}

// counted is a number of things: "1 entry", "2 entries".
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// printRows writes rows of text in the chosen format.
func printRows(w io.Writer, format string, header []string, rows [][]string) error {
	switch format {
	case formatCSV:
		return printCSV(w, columnNames(header), rows)
	case formatJSON:
		return printJSON(w, objects(columnNames(header), rows))
	}
	t := newTable(header...)
	for _, row := range rows {
		t.add(row...)
	}
	return t.print(w)
}

// objects makes a JSON object of each row.
func objects(header []string, rows [][]string) []map[string]string {
	list := make([]map[string]string, len(rows))
	for i, row := range rows {
		list[i] = map[string]string{}
		for j, name := range header {
			list[i][name] = row[j]
		}
	}
	return list
}

// columnNames makes "last used" the name last_used.
func columnNames(header []string) []string {
	names := make([]string, len(header))
	for i, title := range header {
		names[i] = strings.ReplaceAll(title, " ", "_")
	}
	return names
}
