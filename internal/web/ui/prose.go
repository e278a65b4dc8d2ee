package ui

import "github.com/a-h/templ"

// Prose is a text with headings, lists and links that this program made from its own Markdown: the one place where ready HTML
// is drawn, so it must never hold what a reader wrote.
func Prose(html string) templ.Component { return prose(templ.Raw(html)) }

// Mark is a piece of text, marked where it is what was searched for.
type Mark struct {
	Text string
	Hit  bool
}
