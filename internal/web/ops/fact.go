package ops

import (
	"github.com/a-h/templ"

	"bellwether/internal/billing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// fact is one thing that is known.
type fact struct {
	name  string
	value templ.Component
}

func stateCell(v *cabinet.Visit, s billing.State) cabinet.Cell {
	word, tone := cabinet.StateOf(v.Printer, s)
	return cabinet.Status(tone, word)
}

func stateChoices(v *cabinet.Visit) (choices []ui.Choice) {
	for _, s := range billing.States {
		word, _ := cabinet.StateOf(v.Printer, s)
		choices = append(choices, ui.Choice{Value: string(s), Text: word})
	}
	return choices
}
