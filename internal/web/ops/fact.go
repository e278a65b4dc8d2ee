package ops

import (
	"github.com/a-h/templ"

	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// fact is one thing that is known.
type fact struct {
	name  string
	value templ.Component
}

// stateWords are the states of projects for people, with how worrying they are.
var stateWords = map[billing.State]struct {
	text lang.Key
	tone ui.Tone
}{
	billing.Active:     {"ops.state_active", ui.Good},
	billing.Low:        {"ops.state_low", ui.Warning},
	billing.Grace:      {"ops.state_grace", ui.Bad},
	billing.Suspended:  {"ops.state_suspended", ui.Bad},
	billing.Unpaid:     {"ops.state_unpaid", ui.Bad},
	billing.Quarantine: {"ops.state_quarantine", ui.Bad},
	billing.Released:   {"ops.state_released", ui.Neutral},
}

func stateCell(v *cabinet.Visit, s billing.State) cabinet.Cell {
	word := stateWords[s]
	return cabinet.Status(word.tone, v.T(word.text))
}

func stateChoices(v *cabinet.Visit) (choices []ui.Choice) {
	for _, s := range billing.States {
		choices = append(choices, ui.Choice{Value: string(s), Text: v.T(stateWords[s].text)})
	}
	return choices
}
