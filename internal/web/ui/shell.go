package ui

import (
	"github.com/a-h/templ"

	"bellwether/internal/lang"
)

// shortcutKeys are the keys that the scripts know, with what each does.
var shortcutKeys = []struct {
	keys []string
	text lang.Key
}{
	{[]string{"Ctrl", "K"}, "shortcuts.palette"},
	{[]string{"/"}, "shortcuts.search"},
	{[]string{"j"}, "shortcuts.next_row"},
	{[]string{"k"}, "shortcuts.previous_row"},
	{[]string{"Enter"}, "shortcuts.open_row"},
	{[]string{"s"}, "shortcuts.chat"},
	{[]string{"Esc"}, "shortcuts.close"},
	{[]string{"?"}, "shortcuts.this"},
}

// swapped marks a region that htmx puts in its place beside the main one. Within the full page it means nothing, so it
// stands there always and both answers are the same text.
func swapped() templ.Attributes { return templ.Attributes{"hx-swap-oob": "true"} }

// boosted makes links and forms of a page swap its main region. A plain page has another shell, so its links load whole.
func boosted() templ.Attributes { return templ.Attributes{"hx-boost:inherited": boost} }

func (t Theme) name() lang.Key {
	switch t {
	case ThemeLight:
		return "theme.light"
	case ThemeDark:
		return "theme.dark"
	default:
		return "theme.system"
	}
}
