package tracking

import (
	"context"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// leadView is what stands on the page of a lead.
type leadView struct {
	tracking.LeadRecord
	state     cabinet.Cell
	facts     []fact
	moves     []ui.Choice // states that it may be brought to
	path      string      // of its state
	visitPath string
	visit     *visitView // nil where it is not known, or not the reader's to see
}

// fact is one thing that is known, in words.
type fact struct{ name, text, href string }

// lead is GET /p/{project}/leads/{lead}.
func (p *pages) lead(v *cabinet.Visit) error {
	id, err := tracking.ParseLeadID(v.R.PathValue("lead"))
	if err != nil {
		return err
	}
	l, err := tracking.GetLead(v.Context(), p.Events, v.Project.ID, id)
	if err != nil {
		return err
	}
	facts, err := leadFacts(v, l)
	if err != nil {
		return err
	}
	view := leadView{LeadRecord: l, state: cabinet.Status(leadTones[l.State], v.T(leadStateKeys[l.State])), path: v.Path(leadsRoot + "/" + l.ID.String() + "/state"), facts: facts}
	if reach, err := v.Permit.May(access.Edit, access.Clients); err == nil && reach.Covers("") {
		for _, s := range tracking.LeadStates {
			if s != l.State {
				view.moves = append(view.moves, ui.Choice{Value: string(s), Text: v.T(moveKeys[s])})
			}
		}
	}
	if l.Visit != 0 && v.May(access.View, access.Visits) {
		visit, err := p.visitViewOf(v, l.Visit)
		if err != nil {
			return err
		}
		view.visit, view.visitPath = &visit, v.Path(visitorsRoot+"/"+l.Visit.String())
	}
	pg := ui.Page{
		Title: v.T("tracking.lead_title", lang.Values{"Kind": v.T(leadKindKeys[l.Kind]), "At": v.DateTime(l.ID.At())}), Section: leadsKey, Help: help.About(leadsRoot), Narrow: true,
		Crumbs: []ui.Link{{Text: v.T("tracking.leads"), Href: v.Path(leadsRoot)}},
	}
	return v.Render(pg, leadPage(view))
}

var moveKeys = map[tracking.LeadState]lang.Key{
	tracking.NewLead: "tracking.move_new", tracking.WorkingLead: "tracking.move_working", tracking.WonLead: "tracking.move_won", tracking.LostLead: "tracking.move_lost",
}

// callsOf is where the calls of a telephone number are: for those who may see them, and where it has called; else empty.
func callsOf(v *cabinet.Visit, number string) (path string, err error) {
	if !v.May(access.View, access.Calls) {
		return "", nil
	}
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		totals, err := w.Totals(ctx, q, call.Filter{Client: number})
		if totals.Calls > 0 {
			path = v.Path("/clients/" + number)
		}
		return err
	})
	return path, err
}

// leadFacts are what is known of a lead besides its visit.
func leadFacts(v *cabinet.Visit, l tracking.LeadRecord) (facts []fact, err error) {
	row := leadRow(v, l)
	for _, one := range []struct {
		key  string
		text lang.Key
	}{
		{"name", "tracking.lead_name"},
		{"phone", "tracking.lead_phone"},
		{"email", "tracking.lead_email"},
		{"form", "tracking.lead_form"},
		{"page", "tracking.lead_page"},
		{"reference", "tracking.lead_reference"},
		{"promo", "tracking.promo"},
		{"repeated", "tracking.lead_repeated"},
		{"consent", "tracking.lead_consent"},
	} {
		text, _ := row.Cells[one.key].Value.(string)
		if text == "" || one.key == "consent" && l.Kind == tracking.OrderLead {
			continue
		}
		f := fact{name: v.T(one.text), text: text}
		if one.key == "phone" {
			f.text = phoneText(v, text)
			if f.href, err = callsOf(v, text); err != nil {
				return nil, err
			}
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// setLeadState is POST /p/{project}/leads/{lead}/state, with the state.
func (p *pages) setLeadState(v *cabinet.Visit) error {
	id, err := tracking.ParseLeadID(v.R.PathValue("lead"))
	if err != nil {
		return err
	}
	before, after, err := p.Tracking.SetLeadState(v.Context(), p.DB, p.Events, v.Permit, id, tracking.LeadState(v.Form().Get("state")), v.At)
	if err != nil {
		return err
	}
	path := v.Path(leadsRoot + "/" + id.String())
	return v.Done(path, ui.Toast{
		Text: v.T("tracking.lead_moved", lang.Values{"State": v.T(leadStateKeys[after.State])}), Undo: path + "/state", Fields: []ui.Choice{{Value: "state", Text: string(before.State)}},
	})
}

// phoneText is a number as people read it; what is none stays as it was typed.
func phoneText(v *cabinet.Visit, text string) string {
	if strings.HasPrefix(text, "+") {
		return v.Phone(phone.Number(text))
	}
	return text
}
