package tracking

import (
	"cmp"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
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
	_, clientPath, err := p.callsOf(v, l.Phone)
	if err != nil {
		return err
	}
	view := leadView{
		LeadRecord: l, state: cabinet.Status(leadTones[l.State], v.T(leadStateKeys[l.State])), path: v.Path(leadsRoot + "/" + l.ID.String() + "/state"),
		facts: leadFacts(v, l, clientPath),
	}
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
	if v.May(access.Delete, access.Clients) {
		erase := v.Path(leadsRoot + "/" + l.ID.String() + "/erase")
		if clientPath != "" {
			erase = clientPath + "/erase" // their calls too
		}
		pg.Actions = ui.Button{Text: v.T("tracking.lead_erase"), Href: erase, Dialog: true, Kind: ui.Quiet}.Draw()
	}
	return v.Render(pg, leadPage(view))
}

// askEraseLead is GET /p/{project}/leads/{lead}/erase.
func (p *pages) askEraseLead(v *cabinet.Visit) error {
	id, err := tracking.ParseLeadID(v.R.PathValue("lead"))
	if err != nil {
		return err
	}
	l, err := tracking.GetLead(v.Context(), p.Events, v.Project.ID, id)
	if err != nil {
		return err
	}
	path := v.Path(leadsRoot + "/" + id.String())
	title := v.T("tracking.lead_erase_title")
	pg := ui.Page{Title: title, Section: leadsKey, Help: help.About(leadsRoot), Narrow: true, Crumbs: []ui.Link{{Text: v.T("tracking.leads"), Href: v.Path(leadsRoot)}}}
	return v.Render(pg, ui.Confirm{
		Title: title, Text: v.T("tracking.lead_erase_text", lang.Values{"Who": cmp.Or(l.Name, phoneText(v, l.Phone), l.Email, v.T("tracking.visitor"))}),
		Yes: v.T("tracking.lead_erase"), No: path, Danger: true, Action: path + "/erase",
	}.Draw())
}

// eraseLead is POST /p/{project}/leads/{lead}/erase (Rule C-106).
func (p *pages) eraseLead(v *cabinet.Visit) error {
	id, err := tracking.ParseLeadID(v.R.PathValue("lead"))
	if err != nil {
		return err
	}
	if _, err := tracking.EraseLeadOf(v.Context(), p.DB, p.Events, v.Permit, id, v.At); err != nil {
		return err
	}
	return v.Done(v.Path(leadsRoot), ui.Toast{Text: v.T("tracking.lead_erased")})
}

var moveKeys = map[tracking.LeadState]lang.Key{
	tracking.NewLead: "tracking.move_new", tracking.WorkingLead: "tracking.move_working", tracking.WonLead: "tracking.move_won", tracking.LostLead: "tracking.move_lost",
}

// leadFacts are what is known of a lead besides its visit; clientPath is the card of its number, where that has called.
func leadFacts(v *cabinet.Visit, l tracking.LeadRecord, clientPath string) (facts []fact) {
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
			f.text, f.href = phoneText(v, text), clientPath
		}
		facts = append(facts, f)
	}
	return facts
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
