package archtest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// architecture is what docs/ARCHITECTURE.md says in its tables.
type architecture struct {
	rows    []row
	modules map[string][]string // of a pure package: what it may import besides the standard library
	large   map[string]string   // file, or file:function, to the reason why it may be large
}

// row is one line of the table of packages.
type row struct {
	ring    string // "0" to "4", "plumbing" or "programs"
	name    string
	planned bool     // does not exist yet
	peers   []string // packages of its ring that it may import
	tables  []string // first words of the tables it owns
}

const (
	plumbing = "plumbing"
	programs = "programs"
)

// rings are the names in the first column; a package imports those to the left of its own.
var rings = []string{"0", "1", "2", "3", "4", plumbing, programs}

func (a architecture) row(name string) (row, bool) {
	for _, r := range a.rows {
		if r.name == name {
			return r, true
		}
	}
	return row{}, false
}

var backquoted = regexp.MustCompile("`([^`]+)`")

func inBackquotes(cell string) []string {
	var found []string
	for _, match := range backquoted.FindAllStringSubmatch(cell, -1) {
		found = append(found, match[1])
	}
	return found
}

// parseArchitecture reads the tables with the headings it knows and leaves the rest of the page alone.
func parseArchitecture(page string) (architecture, error) {
	a := architecture{modules: map[string][]string{}, large: map[string]string{}}
	var err error
	eachTableRow(page, func(heading, cells []string) {
		switch heading[0] {
		case "ring":
			r, wrong := parseRow(cells)
			err = errors.Join(err, wrong)
			a.rows = append(a.rows, r)
		case "package":
			a.modules[strings.Trim(cells[0], "`")] = inBackquotes(cells[1])
		case "large on purpose":
			a.large[strings.Trim(cells[0], "`")] = cells[1]
		}
	})
	if len(a.rows) == 0 {
		err = errors.Join(err, errors.New("no table whose first column is headed ring"))
	}
	return a, err
}

func parseRow(cells []string) (row, error) {
	const columns = 5
	if len(cells) != columns {
		return row{}, fmt.Errorf("row %q has %d cells, want %d", strings.Join(cells, " | "), len(cells), columns)
	}
	ring, _, _ := strings.Cut(cells[0], " ")
	names := inBackquotes(cells[1])
	if len(names) != 1 || ringIndex(ring) < 0 {
		return row{}, fmt.Errorf("row %q names no ring and package", strings.Join(cells, " | "))
	}
	return row{
		ring: ring, name: names[0], planned: strings.Contains(cells[1], "(planned)"),
		peers: inBackquotes(cells[3]), tables: inBackquotes(cells[4]),
	}, nil
}

func ringIndex(name string) int {
	for i, ring := range rings {
		if ring == name {
			return i
		}
	}
	return -1
}

// eachTableRow calls do with every body row of every Markdown table of page and the row that heads it.
func eachTableRow(page string, do func(heading, cells []string)) {
	var heading []string
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			heading = nil
		case heading == nil:
			heading = tableCells(line)
		case !strings.HasPrefix(line, "|---"):
			if cells := tableCells(line); len(cells) >= len(heading) {
				do(heading, cells)
			}
		}
	}
}

func tableCells(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}
