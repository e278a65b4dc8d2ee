package tour_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
)

// exportsAreTheRows compares every table with its exports: the same columns under the same titles, and the same rows in the
// same order with the same values, as far as the page shows them; once more with every column that the table can show.
func (h *house) exportsAreTheRows(t *testing.T, pages []page) {
	tables := 0
	for i, p := range pages {
		l := lang.All[i%len(lang.All)] // each in a language of its own
		for _, shown := range h.tablesAt(t, l, p.path) {
			tables++
			h.compareExports(t, l, shown)
			if every := shown.withEveryColumn(); every != "" {
				for _, again := range h.tablesAt(t, l, every) {
					if again.name == shown.name {
						h.compareExports(t, l, again)
					}
				}
			}
		}
	}
	if tables < 25 {
		t.Errorf("only %d tables have an export", tables)
	}
}

// table is a table of a page with what it shows.
type table struct {
	name, page string
	links      map[string]string // of its exports, by format
	titles     []string
	rows       [][]*html.Node
	more       bool // there are rows on a next page
	columns    []string
	parameter  string // that names the columns to show
}

// tablesAt are the tables of a page that can be exported, in a language.
func (h *house) tablesAt(t *testing.T, l lang.Lang, path string) (found []table) {
	t.Helper()
	body, err := html.Parse(strings.NewReader(h.operators[l].Get(path).Must(t, http.StatusOK).Body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range body.Descendants() {
		if n.Data == "bw-table" {
			if one := readTable(n, path); one.links["csv"] != "" {
				found = append(found, one)
			}
		}
	}
	return found
}

// readTable reads a table of a page. A column of tools is not a column.
func readTable(whole *html.Node, path string) table {
	read := table{name: attribute(whole, "id"), page: path, links: map[string]string{}}
	for n := range whole.Descendants() {
		switch n.Data {
		case "a":
			read.readLink(n)
		case "input":
			if name := attribute(n, "name"); name == "cols" || strings.HasSuffix(name, ".cols") {
				read.parameter, read.columns = name, append(read.columns, attribute(n, "value"))
			}
		case "tr":
			if n.Parent.Data != "tfoot" {
				read.readRow(n)
			}
		}
	}
	return read
}

func (read *table) readLink(n *html.Node) {
	link, err := url.Parse(attribute(n, "href"))
	if err != nil {
		return
	}
	for name, values := range link.Query() {
		switch {
		case name == "format" || strings.HasSuffix(name, ".format"):
			read.links[values[0]] = link.String()
		case name == "after" || strings.HasSuffix(name, ".after"):
			read.more = true
		}
	}
}

func (read *table) readRow(n *html.Node) {
	var cells []*html.Node
	for cell := range n.ChildNodes() {
		if (cell.Data == "th" || cell.Data == "td") && attribute(cell, "class") != "tool" {
			cells = append(cells, cell)
		}
	}
	if n.Parent.Data != "thead" {
		read.rows = append(read.rows, cells)
		return
	}
	for _, cell := range cells {
		read.titles = append(read.titles, textOf(cell))
	}
}

// withEveryColumn is the address of the page with all columns of the table; empty where it has no more to show.
func (read table) withEveryColumn() string {
	if len(read.columns) <= len(read.titles) {
		return ""
	}
	at, err := url.Parse(read.page)
	if err != nil {
		return ""
	}
	query := at.Query()
	query.Set(read.parameter, strings.Join(read.columns, ","))
	at.RawQuery = query.Encode()
	return at.String()
}

// compareExports compares a table with its files, of which the CSV is compared with what the page shows.
func (h *house) compareExports(t *testing.T, l lang.Lang, shown table) {
	t.Helper()
	who := h.operators[l]
	lines, err := csv.NewReader(strings.NewReader(who.Get(shown.links["csv"]).Must(t, http.StatusOK).Body)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", shown.page, err)
		return
	}
	h.compareRows(t, l, shown, lines)
	for i, line := range lines {
		for j := range line {
			lines[i][j] = strings.TrimPrefix(line[j], "'")
		}
	}
	if diff := cmp.Diff(lines, workbook(t, who.Get(shown.links["xlsx"]).Must(t, http.StatusOK).Body, len(lines[0]))); diff != "" {
		t.Errorf("%s: the XLSX is not the CSV:\n%s", shown.page, diff)
	}
	if diff := cmp.Diff(lines[1:], objects(t, who.Get(shown.links["json"]).Must(t, http.StatusOK).Body)); diff != "" {
		t.Errorf("%s: the JSON is not the CSV:\n%s", shown.page, diff)
	}
}

// compareRows compares what the page shows with the lines of the CSV.
func (h *house) compareRows(t *testing.T, l lang.Lang, shown table, lines [][]string) {
	t.Helper()
	if len(shown.titles) == 0 && len(lines) == 1 {
		return // an empty list says why it is empty
	}
	if diff := cmp.Diff(shown.titles, lines[0]); diff != "" {
		t.Errorf("%s: the export has other columns:\n%s", shown.page, diff)
		return
	}
	if rows := len(lines) - 1; rows < len(shown.rows) || rows > len(shown.rows) && !shown.more {
		t.Errorf("%s: the page has %d rows, the export %d", shown.page, len(shown.rows), rows)
		return
	}
	reader := lang.For(l, h.zoneOf(shown.page))
	for i, row := range shown.rows {
		for j, cell := range row {
			if exported := lines[i+1][j]; !sameValue(reader, cell, strings.TrimPrefix(exported, "'")) {
				t.Errorf("%s in %s: row %d, %s: the page shows %q, the export has %q", shown.page, l, i+1, shown.titles[j], textOf(cell), exported)
			}
		}
	}
}

// zoneOf is the clock of a page: its project's, else the installation's.
func (h *house) zoneOf(path string) *time.Location {
	if strings.HasPrefix(path, "/p/") {
		if zone, err := time.LoadLocation("Europe/Kyiv"); err == nil {
			return zone
		}
	}
	return time.UTC
}

// sameValue compares a cell of a page with that of a file: what a program wrote there is written for the reader, and must be
// what the page shows.
func sameValue(reader *lang.Printer, cell *html.Node, exported string) bool {
	shown, exported := textOf(cell), inOneLine(exported)
	if shown == "" || shown == "–" {
		return exported == ""
	}
	if shown == exported {
		return true
	}
	if day, err := civil.ParseDate(exported); err == nil {
		return shown == inOneLine(reader.Date(day))
	}
	if at, err := time.Parse(time.RFC3339, exported); err == nil {
		return shown == inOneLine(reader.DateTime(at))
	}
	if strings.HasPrefix(exported, "+") {
		return shown == inOneLine(reader.Phone(phone.Number(exported)))
	}
	if seconds, err := strconv.Atoi(exported); err == nil && strings.Contains(shown, ":") {
		return shown == reader.Clock(time.Duration(seconds)*time.Second)
	}
	_, err := strconv.ParseFloat(exported, 64)
	return err == nil && digits(shown, reader.Lang) == digits(exported, lang.English)
}

// digits is a number without its currency and the zeros at its end, with its minus, as a program writes it.
func digits(amount string, l lang.Lang) string {
	point := map[lang.Lang]rune{lang.English: '.', lang.Russian: ',', lang.Ukrainian: ','}[l]
	plain := strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return c
		case c == point:
			return '.'
		case c == '-' || c == '−':
			return '-'
		}
		return -1
	}, amount)
	if strings.Contains(plain, ".") {
		plain = strings.TrimRight(strings.TrimRight(plain, "0"), ".")
	}
	return plain
}

// workbook is an XLSX file as lines of so many cells.
func workbook(t *testing.T, file string, width int) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader([]byte(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		rows[i] = append(row, make([]string, width-len(row))...) // the library leaves out empty cells at the end
	}
	return rows
}

// objects are the values of an array of JSON objects, as text, in the order in which they stand there.
func objects(t *testing.T, file string) [][]string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(file), &raw); err != nil {
		t.Fatal(err)
	}
	rows := make([][]string, len(raw))
	for i, object := range raw {
		decoder := json.NewDecoder(bytes.NewReader(object))
		decoder.UseNumber()
		for at := 0; ; at++ {
			token, err := decoder.Token()
			if err != nil {
				break
			}
			if _, isBrace := token.(json.Delim); !isBrace && at%2 == 0 { // { name value name value }
				rows[i] = append(rows[i], text(token))
			}
		}
	}
	return rows
}

func text(token json.Token) string {
	switch v := token.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
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

// inOneLine has one blank between words, whatever kind it was.
func inOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// textOf is what a person sees of an element: parts below each other with a semicolon between them, and nothing of what opens
// to more.
func textOf(n *html.Node) string {
	var text strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		if strings.Contains(attribute(n, "class"), "visually-hidden") || n.Data == "svg" || n.Data == "summary" {
			return
		}
		if n.Data == "div" && n.PrevSibling != nil && n.PrevSibling.Data == "div" {
			text.WriteString("; ")
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
		for child := range n.ChildNodes() {
			add(child)
		}
	}
	add(n)
	return inOneLine(text.String())
}
