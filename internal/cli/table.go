package cli

import (
	"io"
	"strings"
	"unicode/utf8"
)

// table prints aligned columns. A title that begins with '>' has its column, and itself, aligned to the right.
type table struct {
	titles []string
	right  []bool
	rows   [][]string
}

// rule is a row that is drawn as a line under the columns.
var rule []string

func newTable(titles ...string) *table {
	t := &table{right: make([]bool, len(titles))}
	for i, title := range titles {
		trimmed, right := strings.CutPrefix(title, ">")
		t.titles, t.right[i] = append(t.titles, trimmed), right
	}
	return t
}

// add appends a row; cells beyond the columns are left out, missing ones are empty.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) rule() { t.rows = append(t.rows, rule) }

func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.titles))
	for _, row := range append([][]string{t.titles}, t.rows...) {
		for i, cell := range row[:min(len(row), len(widths))] {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	t.line(&b, widths, t.titles)
	for _, row := range t.rows {
		if row == nil {
			row = make([]string, len(widths))
			for i, width := range widths {
				row[i] = strings.Repeat("-", width)
			}
		}
		t.line(&b, widths, row)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *table) line(b *strings.Builder, widths []int, row []string) {
	var line strings.Builder
	for i, width := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		blank := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		if t.right[i] {
			line.WriteString(blank + cell)
		} else {
			line.WriteString(cell + blank)
		}
		line.WriteString("  ")
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}
