package ui

import "github.com/a-h/templ"

// Table is a table as it is shown: what TableState says of the address, and the rows a page found for it.
type Table struct {
	State   TableState
	Caption string // what the rows are; the table's name for screen readers
	Rows    []Row
	Sums    map[string]templ.Component // by column; nil for no row of sums
	Sum     string                     // the name of the row of sums: "Total over 90 days"
	Next    string                     // the cursor after the last row, empty on the last page
	Before  string                     // the cursor before the first row, empty on the first page
	Count   string                     // how many rows there are: "1,204 calls"; may be empty
	Exports []Export
	Views   []SavedView
	Save    string // the path that takes a new view by POST; empty where views cannot be saved
	Empty   Empty
	Loading bool // the rows are still being found: a skeleton is shown
	Short   bool // as high as its rows; otherwise as high as the window, with its own scroll bar
}

// Column is a column of a table.
type Column struct {
	Key      string
	Title    string
	Hint     string // what the column means, where its title is too short for it
	Numeric  bool   // aligned by the decimal point, to the right
	Sortable bool
	Extra    bool // hidden until chosen
	Fixed    bool // cannot be hidden
	Tool     bool // what can be done with the row, which an export leaves out
}

// Row is a row. Cells are by the key of their column; one that is missing is drawn as a dash.
type Row struct {
	ID    string
	Href  string // what the row opens to; the first cell carries the link
	Cells map[string]templ.Component
	Tone  Tone
	Draft bool // provisional: it may still change
}

// Export is a format the very rows shown can be had in.
type Export struct {
	Format string // "csv": the value of the format parameter
	Text   string // "CSV"
}

// SavedView is a name for a state of the table.
type SavedView struct {
	Name   string
	Query  string // what follows the question mark
	Remove string // the path that removes it by POST; empty where it cannot be
}

// Filter is what rows can be narrowed by.
type Filter struct {
	Key     string
	Title   string
	Choices []Choice // nil: any text
}

// Choice is one value of a list to choose from.
type Choice struct {
	Value string
	Text  string
}

// TextOf is the reader's word for a value, the value itself where the list does not have it.
func (f Filter) TextOf(value string) string {
	for _, c := range f.Choices {
		if c.Value == value {
			return c.Text
		}
	}
	return value
}

// cell is the content of a row under a column.
func (r Row) cell(c Column) templ.Component {
	if content := r.Cells[c.Key]; content != nil {
		return content
	}
	return dash()
}

func (r Row) class() string {
	class := r.Tone.class("row")
	if r.Draft {
		class += " row-draft"
	}
	return class
}

func (c Column) class() string {
	switch {
	case c.Numeric:
		return "numeric"
	case c.Tool:
		return "tool"
	}
	return ""
}

// bare tells whether there is nothing to look through, sort or take along: then the table is what stands in its place, and what to do.
func (t Table) bare() bool {
	return len(t.Rows) == 0 && !t.Loading && len(t.State.Filters) == 0 && t.State.After == "" && t.State.Before == "" && len(t.Views) == 0
}

// sorted is the value of aria-sort.
func (t Table) sorted(c Column) string {
	switch {
	case !c.Sortable:
		return ""
	case t.State.Sort != c.Key:
		return "none"
	case t.State.Descending:
		return "descending"
	default:
		return "ascending"
	}
}

// tall is the class of a table's frame.
func (t Table) frameClass() string {
	class := "table-frame"
	if t.State.Compact {
		class += " table-compact"
	}
	if t.Short {
		class += " table-short"
	}
	return class
}

// here tells whether the table shows what the view names.
func (t Table) here(v SavedView) bool { return t.State.sameAs(v.Query) }

// densityLink switches between comfortable and compact rows.
func (t Table) densityLink() string {
	if t.State.Compact {
		return t.State.link(paramDensity, "")
	}
	return t.State.link(paramDensity, dense)
}

func ariaSort(value string) templ.Attributes {
	if value == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": value}
}
