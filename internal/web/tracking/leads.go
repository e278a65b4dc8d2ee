package tracking

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const (
	leadsKey    = "leads"
	leadsRoot   = "/leads"
	rankOfLeads = 27
	yes, no     = "yes", "no"
)

func (p *pages) leadRoutes() {
	view, edit := cabinet.Project(access.View, access.Clients), cabinet.Project(access.Edit, access.Clients)
	p.Handle("GET /p/{project}"+leadsRoot, view, p.leads)
	p.Handle("GET /p/{project}"+leadsRoot+"/{lead}", view, p.lead)
	p.Handle("POST /p/{project}"+leadsRoot+"/{lead}/state", edit, p.setLeadState)
	erase := cabinet.Project(access.Delete, access.Clients)
	p.Handle("GET /p/{project}"+leadsRoot+"/{lead}/erase", erase, p.askEraseLead)
	p.Handle("POST /p/{project}"+leadsRoot+"/{lead}/erase", erase, p.eraseLead)
}

var leadStateKeys = map[tracking.LeadState]lang.Key{
	tracking.NewLead: "tracking.lead_new", tracking.WorkingLead: "tracking.lead_working", tracking.WonLead: "tracking.lead_won", tracking.LostLead: "tracking.lead_lost",
}

var leadTones = map[tracking.LeadState]ui.Tone{tracking.NewLead: ui.Notice, tracking.WorkingLead: ui.Warning, tracking.WonLead: ui.Good, tracking.LostLead: ui.Neutral}

var leadKindKeys = map[string]lang.Key{"form": "tracking.kind_form", "tel": "tracking.kind_tel", "messenger": "tracking.kind_messenger", tracking.OrderLead: "tracking.kind_order"}

// leads is GET /p/{project}/leads: what visitors left on the sites, and orders, of a period.
func (p *pages) leads(v *cabinet.Visit) error {
	period := ui.ReadPeriod(v.URL, v.Today(), "30d")
	empty, err := p.emptySites(v)
	if err != nil {
		return err
	}
	if empty.Action.Href == "" { // there is a site: leads are a matter of its settings
		empty = ui.Empty{Icon: ui.IconOrders, Title: v.T("tracking.no_leads"), Text: v.T("tracking.no_leads_text")}
		if mayEdit(v) {
			empty.Action = ui.Button{Text: v.T("tracking.to_sites"), Href: v.Path(root)}
		}
	}
	list := cabinet.List{
		Spec:    ui.TableSpec{Sort: "-at", Columns: leadColumns(v), Filters: leadFilters(v)},
		Caption: v.T("tracking.leads"), Right: access.Clients,
		Empty: empty,
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			last, _ := strconv.ParseInt(after, 10, 64)
			found, err := tracking.Leads(ctx, p.Events, v.Project.ID, leadFilterOf(v, period, state), tracking.LeadID(max(0, last)), limit+1)
			for i, l := range found {
				if i == limit {
					return rows, found[i-1].ID.String(), err
				}
				rows = append(rows, leadRow(v, l))
			}
			return rows, "", err
		},
	}
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	return v.Render(ui.Page{Title: v.T("tracking.leads"), Section: leadsKey, Help: help.About(leadsRoot), Lead: v.T("tracking.leads_lead")}, leadsPage(period, table))
}

func leadColumns(v *cabinet.Visit) []ui.Column {
	return []ui.Column{
		{Key: "at", Title: v.T("tracking.lead_at"), Fixed: true},
		{Key: "name", Title: v.T("tracking.lead_name")},
		{Key: "phone", Title: v.T("tracking.lead_phone")},
		{Key: "kind", Title: v.T("tracking.lead_kind")},
		{Key: "state", Title: v.T("tracking.lead_state")},
		{Key: "source", Title: v.T("tracking.source")},
		{Key: "email", Title: v.T("tracking.lead_email"), Extra: true},
		{Key: "form", Title: v.T("tracking.lead_form"), Extra: true},
		{Key: "page", Title: v.T("tracking.lead_page")},
		{Key: "term", Title: v.T("tracking.field_term"), Extra: true},
		{Key: "content", Title: v.T("tracking.field_content"), Extra: true},
		{Key: "channel", Title: v.T("tracking.field_channel"), Extra: true},
		{Key: "landing", Title: v.T("tracking.field_entry"), Extra: true},
		{Key: "device", Title: v.T("tracking.field_device"), Extra: true},
		{Key: "region", Title: v.T("tracking.field_region"), Extra: true},
		{Key: "repeated", Title: v.T("tracking.lead_repeated"), Extra: true},
		{Key: "consent", Title: v.T("tracking.lead_consent"), Extra: true},
		{Key: "reference", Title: v.T("tracking.lead_reference"), Extra: true},
		{Key: "promo", Title: v.T("tracking.promo"), Extra: true},
		{Key: "visit", Title: v.T("tracking.visit"), Extra: true},
	}
}

func leadFilters(v *cabinet.Visit) []ui.Filter {
	states, kinds := []ui.Choice{}, []ui.Choice{}
	for _, s := range tracking.LeadStates {
		states = append(states, ui.Choice{Value: string(s), Text: v.T(leadStateKeys[s])})
	}
	for _, k := range tracking.LeadKinds {
		kinds = append(kinds, ui.Choice{Value: k, Text: v.T(leadKindKeys[k])})
	}
	return []ui.Filter{
		{Key: "state", Title: v.T("tracking.lead_state"), Choices: states},
		{Key: "kind", Title: v.T("tracking.lead_kind"), Choices: kinds},
		{Key: "phone", Title: v.T("tracking.lead_phone")},
		{Key: "source", Title: v.T("tracking.source")},
		{Key: "medium", Title: v.T("tracking.medium")},
		{Key: "campaign", Title: v.T("tracking.campaign")},
		{Key: "repeated", Title: v.T("tracking.lead_repeated"), Choices: []ui.Choice{{Value: yes, Text: v.T("tracking.yes")}, {Value: no, Text: v.T("tracking.no")}}},
		programsFilter(v),
	}
}

func leadFilterOf(v *cabinet.Visit, period ui.Period, state ui.TableState) tracking.LeadFilter {
	f := tracking.LeadFilter{
		From: civil.Midnight(period.From, v.Zone()), Until: civil.Midnight(period.To+1, v.Zone()), State: tracking.LeadState(state.Filters["state"]), Kind: state.Filters["kind"],
		Phone: state.Filters["phone"], Source: state.Filters["source"], Medium: state.Filters["medium"], Campaign: state.Filters["campaign"],
	}
	if number, err := phone.Parse(f.Phone, v.Project.Country); err == nil {
		f.Phone = string(number)
	}
	if programs := state.Filters["programs"]; programs != "any" {
		alone := programs == yes
		f.Programs = &alone
	}
	if text := state.Filters["repeated"]; text != "" {
		repeated := text == yes
		f.Repeated = &repeated
	}
	return f
}

func leadRow(v *cabinet.Visit, l tracking.LeadRecord) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(l.ID.At()), "kind": cabinet.Text(v.T(leadKindKeys[l.Kind])), "state": cabinet.Status(leadTones[l.State], v.T(leadStateKeys[l.State])),
		"consent": cabinet.Text(v.T(consentLevels[l.Consent])),
	}
	if strings.HasPrefix(l.Phone, "+") {
		cells["phone"] = cabinet.Phone(phone.Number(l.Phone))
	} else if l.Phone != "" {
		cells["phone"] = cabinet.Text(l.Phone)
	}
	if l.Repeated {
		cells["repeated"] = cabinet.Text(v.T("tracking.yes"))
	}
	if l.Visit != 0 {
		cells["visit"] = cabinet.Code(l.Visit.String())
	}
	for key, text := range map[string]string{
		"name": l.Name, "email": l.Email, "form": l.Form, "page": pageText(l.Page), "source": sourceText(l.From.Name, l.From.Medium, l.From.Campaign), "term": l.From.Term,
		"content": l.From.Content, "channel": string(l.From.Channel), "landing": pageText(l.Landing), "region": l.Place.Region, "reference": l.Reference, "promo": string(l.Promo),
	} {
		if text != "" {
			cells[key] = cabinet.Text(text)
		}
	}
	if l.Visit != 0 {
		cells["device"] = cabinet.Text(deviceText(v, l.Device))
	}
	return cabinet.Row{ID: l.ID.String(), Href: v.Path(leadsRoot + "/" + l.ID.String()), Cells: cells}
}

var consentLevels = map[tracking.Consent]lang.Key{tracking.NoConsent: "tracking.consent_of_none", tracking.SessionConsent: "tracking.consent_of_session", tracking.FullConsent: "tracking.consent_of_full"}
