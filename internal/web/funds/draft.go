package funds

import (
	"encoding/json"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// draft is the page of a fee of a day that is not closed: as it would be charged if the day ended now.
func (p pages) draft(v *cabinet.Visit) error {
	day, err := dayOf(v)
	if err != nil {
		return err
	}
	s, err := p.statementOf(v, day, today(v))
	if err != nil {
		return err
	}
	kind, item := v.URL.Query().Get("kind"), v.URL.Query().Get("item")
	line, ok := draftOf(s, day, kind, item)
	if !ok {
		return errs.New(errs.NotFound, "funds.no_draft", "the day has no such open fee").At("item")
	}
	raw, err := json.Marshal(line.Explain)
	if err != nil {
		return err
	}
	n := p.naming(v)
	why := n.explain(day, line.Line, raw)
	title := n.whole(line.Kind, day, line.Item)
	mark := v.T("funds.until", lang.Values{"Time": v.Time(v.At)})
	return v.Render(below(v, title, ui.Link{Text: v.Date(day), Href: dayPath(v, day)}), draftPage(n, line, why, mark))
}

func draftOf(s billing.Statement, day civil.Date, kind, item string) (billing.DayLine, bool) {
	for _, line := range s.Provisional {
		if line.Day == day && string(line.Kind) == kind && line.Item == item {
			return line, true
		}
	}
	return billing.DayLine{}, false
}
