package tour_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/lang"
)

// exportsAreTheRows compares each table with its export: as many columns, under the same titles, and the rows in the same
// order with the same text, as far as the page shows them.
func (h *house) exportsAreTheRows(t *testing.T, pages []page) {
	tables := 0
	for _, p := range pages {
		link := exportLink(p.body)
		if link == "" {
			continue
		}
		tables++
		answer := h.operators[lang.English].Get(link)
		if answer.Status != http.StatusOK {
			t.Errorf("%s: the export answers %d", p.path, answer.Status)
			continue
		}
		lines, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", p.path, err)
			continue
		}
		compareRows(t, p, lines)
	}
	if tables < 5 {
		t.Errorf("only %d tables have an export", tables)
	}
}

// compareRows compares the table that the page shows first with the lines of its export.
func compareRows(t *testing.T, p page, lines [][]string) {
	t.Helper()
	titles, rows := tableOf(p.body)
	if titles == nil && len(lines) == 1 {
		return // an empty list says why it is empty
	}
	if len(titles) != len(lines[0]) {
		t.Errorf("%s: the page has the columns %q, the export %q", p.path, titles, lines[0])
		return
	}
	for i, title := range titles {
		if title != lines[0][i] {
			t.Errorf("%s: column %d is %q, in the export %q", p.path, i, title, lines[0][i])
		}
	}
	if len(rows) > len(lines)-1 {
		t.Errorf("%s: the page has %d rows, the export %d", p.path, len(rows), len(lines)-1)
		return
	}
	for i, row := range rows {
		for j, shown := range row {
			if exported := lines[i+1][j]; !sameValue(shown, exported) {
				t.Errorf("%s: row %d, %s: the page shows %q, the export has %q", p.path, i+1, titles[j], shown, exported)
			}
		}
	}
}

// sameValue compares what a person reads with what a program does: amounts by their digits, and text as it is. Dates, states
// and telephone numbers are written for people; of those only whether there is something is compared.
func sameValue(shown, exported string) bool {
	exported = strings.TrimPrefix(exported, "'")
	if shown == "" || shown == "–" {
		return exported == ""
	}
	if strings.ContainsAny(shown, "₴$€₽") {
		return value(shown) == value(exported)
	}
	return exported != ""
}

// value is an amount without its sign, its currency and the zeros at its end, with a point whatever the language.
func value(amount string) string {
	plain := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c == '.' {
			return c
		}
		return -1
	}, amount)
	whole, cents, _ := strings.Cut(plain, ".")
	return whole + "." + strings.TrimRight(cents, "0")
}

func exportLink(body *html.Node) string {
	for n := range body.Descendants() {
		if n.Data == "a" && strings.Contains(attribute(n, "href"), "format=csv") {
			return attribute(n, "href")
		}
	}
	return ""
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// tableOf reads the first table with an export: its titles, and the text of its rows, without what is a tool.
func tableOf(body *html.Node) (titles []string, rows [][]string) {
	for n := range body.Descendants() {
		if n.Type != html.ElementNode || n.Data != "table" || !strings.Contains(attribute(n.Parent, "class"), "table-frame") {
			continue
		}
		for row := range n.Descendants() {
			if row.Data != "tr" || row.Parent.Data == "tfoot" {
				continue
			}
			var cells []string
			for cell := range row.ChildNodes() {
				if (cell.Data == "th" || cell.Data == "td") && attribute(cell, "class") != "tool" {
					cells = append(cells, textOf(cell))
				}
			}
			if row.Parent.Data == "thead" {
				titles = cells
				continue
			}
			rows = append(rows, cells)
		}
		return titles, rows
	}
	return nil, nil
}

// textOf is what a person sees of an element.
func textOf(n *html.Node) string {
	var text strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		if strings.Contains(attribute(n, "class"), "visually-hidden") || n.Data == "svg" {
			return
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
		for child := range n.ChildNodes() {
			add(child)
		}
	}
	add(n)
	return strings.Join(strings.Fields(text.String()), " ")
}
