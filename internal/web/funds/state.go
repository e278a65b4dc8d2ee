package funds

import (
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// nextKeys say what happens when a project gets into a state.
var nextKeys = map[billing.State]lang.Key{
	billing.Grace: "funds.next_grace", billing.Suspended: "funds.next_suspended", billing.Unpaid: "funds.next_unpaid",
	billing.Quarantine: "funds.next_quarantine", billing.Released: "funds.next_released",
}

// ahead is one thing that happens to the project unless somebody pays.
type ahead struct {
	text   string
	when   string
	passed bool
}

// ahead lists what happens next and when: from the day funds ended, or from that on which they are likely to (Rule B-60).
func (p picture) ahead() []ahead {
	dry, is := p.standing.DrySince()
	if !is {
		if !p.outlook.EndP50.Within {
			return nil
		}
		dry = p.Project.Calendar.Start(p.outlook.EndP50.Date)
	}
	var list []ahead
	for _, stage := range billing.Stages(p.lifecycle, dry) {
		list = append(list, ahead{text: p.T(nextKeys[stage.To]), when: p.when(stage.At, is), passed: is && !stage.At.After(p.At)})
	}
	return list
}

// when is an instant that is known, or a day that is likely.
func (p picture) when(at time.Time, known bool) string {
	if known {
		return p.DateTime(at)
	}
	return p.T("funds.likely_on", lang.Values{"Day": p.Date(p.Project.Calendar.DayAt(at))})
}

// state is where the project stands.
func (p picture) state() templ.Component {
	word, tone := cabinet.StateOf(p.Printer, p.standing.State)
	return ui.Status(tone, word)
}

// stateText says what the state means for the project now.
func (p picture) stateText() string {
	switch {
	case p.idle():
		return p.T("funds.idle_text")
	case p.standing.State == billing.Active && !p.outlook.EndP50.Within:
		return p.T("funds.active_long")
	case p.standing.State == billing.Active:
		return p.T("funds.active_text")
	case p.standing.State == billing.Low:
		return p.N("funds.low_text", int(p.lifecycle.LowDays))
	}
	return p.T("funds.dry_text")
}
