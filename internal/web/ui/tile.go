package ui

import "github.com/a-h/templ"

// Tile is one number of a page, against the period before, with the reason why it is what it is.
type Tile struct {
	Label  string
	Value  templ.Component
	Change string // "+12 %"; empty where there is nothing to compare with
	Tone   Tone   // of the change: more may be good or bad
	Than   string // what it is compared with: "than 1–21 Oct"
	Spark  []Point
	Why    Why
	Href   string // what the number opens to; empty for nothing
}

// Why explains a number: the parts it is made of, which add up to it, and the rule.
type Why struct {
	Parts []Part
	Text  string
	Rule  Link // the rule's text; nothing is drawn for the zero value
}

// Part is one line of an explanation.
type Part struct {
	Text  string
	Value templ.Component
	Total bool // the sum of those above
	Href  string
}

func (w Why) empty() bool { return len(w.Parts) == 0 && w.Text == "" }
