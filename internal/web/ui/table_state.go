package ui

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// TableSpec is what a table can show; with it the address is read.
type TableSpec struct {
	Name    string // in front of the parameters, where a page has more than one table: "calls"
	Columns []Column
	Filters []Filter
	Sort    string // the column sorted by where the address names none; "-day" is descending
	Rows    int    // rows a page, 50 where 0
}

// TableState is what the address says of a table. What it does not know, it drops: a page never sees a column, a filter
// or an order that its TableSpec does not have.
type TableState struct {
	Spec       TableSpec
	Sort       string // key of a sortable column
	Descending bool
	Columns    []Column          // those shown, in the order of the spec
	Filters    map[string]string // by key, without empty ones
	After      string            // the cursor to go on after
	Before     string            // the cursor to go back before
	Compact    bool
	Format     string // the export wanted; empty for the page
	url        *url.URL
}

const (
	paramSort    = "sort"
	paramColumns = "cols"
	paramAfter   = "after"
	paramBefore  = "before"
	paramDensity = "density"
	paramFormat  = "format"
	paramFilter  = "f."
	dense        = "compact"
	rowsPerPage  = 50
)

// ReadTable reads the state of a table from the address of its page.
func ReadTable(u *url.URL, spec TableSpec) TableState {
	s := TableState{Spec: spec, Filters: map[string]string{}, url: u}
	if s.Spec.Rows == 0 {
		s.Spec.Rows = rowsPerPage
	}
	s.readSort()
	s.readColumns()
	query := u.Query()
	for _, f := range spec.Filters {
		if value := query.Get(s.param(paramFilter + f.Key)); value != "" && f.allows(value) {
			s.Filters[f.Key] = value
		}
	}
	s.After, s.Before = query.Get(s.param(paramAfter)), query.Get(s.param(paramBefore))
	s.Compact = query.Get(s.param(paramDensity)) == dense
	s.Format = query.Get(s.param(paramFormat))
	return s
}

func (f Filter) allows(value string) bool {
	return f.Choices == nil || slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value })
}

func (s *TableState) readSort() {
	for _, wish := range []string{s.url.Query().Get(s.param(paramSort)), s.Spec.Sort} {
		key, descending := strings.CutPrefix(wish, "-")
		if slices.ContainsFunc(s.Spec.Columns, func(c Column) bool { return c.Key == key && c.Sortable }) {
			s.Sort, s.Descending = key, descending
			return
		}
	}
}

func (s *TableState) readColumns() {
	var wanted []string
	for _, value := range s.url.Query()[s.param(paramColumns)] {
		wanted = append(wanted, strings.Split(value, ",")...)
	}
	for _, c := range s.Spec.Columns {
		if c.Fixed || slices.Contains(wanted, c.Key) || (len(wanted) == 0 && !c.Extra) {
			s.Columns = append(s.Columns, c)
		}
	}
}

// param is the name of a parameter of this table.
func (s TableState) param(name string) string {
	if s.Spec.Name == "" {
		return name
	}
	return s.Spec.Name + "." + name
}

// shows tells whether a column is shown.
func (s TableState) shows(key string) bool {
	return slices.ContainsFunc(s.Columns, func(c Column) bool { return c.Key == key })
}

// link is the address of the page with parameters of this table changed: pairs of a name and its new value, an empty
// one to drop it. A new order or filter begins at the first page again.
func (s TableState) link(pairs ...string) string {
	query := s.url.Query()
	query.Del(s.param(paramFormat))
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := s.param(pairs[i]), pairs[i+1]
		query.Del(name)
		if value != "" {
			query.Set(name, value)
		}
		if pairs[i] != paramDensity && pairs[i] != paramColumns && pairs[i] != paramFormat && pairs[i] != paramBefore {
			query.Del(s.param(paramBefore))
		}
		if pairs[i] != paramDensity && pairs[i] != paramColumns && pairs[i] != paramFormat && pairs[i] != paramAfter {
			query.Del(s.param(paramAfter))
		}
	}
	return address(s.url.Path, query)
}

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// sortLink sorts by a column: ascending first, numbers descending first, then the other way.
func (s TableState) sortLink(c Column) string {
	descending := c.Numeric
	if s.Sort == c.Key {
		descending = !s.Descending
	}
	if descending {
		return s.link(paramSort, "-"+c.Key)
	}
	return s.link(paramSort, c.Key)
}

// clear is the address without any filter.
func (s TableState) clear() string {
	var pairs []string
	for _, f := range s.Spec.Filters {
		pairs = append(pairs, paramFilter+f.Key, "")
	}
	return s.link(pairs...)
}

// kept are the parameters a GET form passes on: all but those it sets itself, and the cursors.
func (s TableState) kept(own ...string) []Choice {
	var kept []Choice
	drop := []string{s.param(paramAfter), s.param(paramBefore), s.param(paramFormat)}
	for _, name := range own {
		drop = append(drop, s.param(name))
	}
	query := s.url.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.Contains(drop, name) {
			continue
		}
		for _, value := range query[name] {
			kept = append(kept, Choice{name, value})
		}
	}
	return kept
}

func (s TableState) filterParams() []string {
	var names []string
	for _, f := range s.Spec.Filters {
		names = append(names, paramFilter+f.Key)
	}
	return names
}

// sameAs compares the address with a saved query; where the reader is within the list does not count.
func (s TableState) sameAs(saved string) bool {
	query, err := url.ParseQuery(saved)
	if err != nil {
		return false
	}
	mine := s.url.Query()
	for _, passing := range []string{paramAfter, paramBefore, paramFormat} {
		mine.Del(s.param(passing))
		query.Del(s.param(passing))
	}
	return mine.Encode() == query.Encode()
}

// Query is the state as a saved view keeps it: what follows the question mark, without the place within the list.
func (s TableState) Query() string {
	query := s.url.Query()
	for _, passing := range []string{paramAfter, paramBefore, paramFormat} {
		query.Del(s.param(passing))
	}
	return query.Encode()
}

// id makes an identifier within the page for a part of this table.
func (s TableState) id(part string) string {
	name := s.Spec.Name
	if name == "" {
		name = "table"
	}
	return name + "-" + part
}

// skeletonWidth varies the bars of a skeleton so that they look like text.
func skeletonWidth(row, column int) string { return strconv.Itoa(30 + (row*37+column*23)%60) }
