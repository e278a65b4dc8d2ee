package tracking

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// visitView is what is shown of a visit.
type visitView struct {
	tracking.PastVisit
	facts []fact
	steps []stepView
	leads []fact
	calls []fact // that are put down to it
	older []fact // the visitor's other visits
}

// stepView is a page that was seen, or a lead that was left.
type stepView struct{ since, text, url string }

// visit is GET /p/{project}/visitors/{visit}.
func (p *pages) visit(v *cabinet.Visit) error {
	id, err := tracking.ParseVisitID(v.R.PathValue("visit"))
	if err != nil {
		return err
	}
	view, err := p.visitViewOf(v, id)
	if err != nil {
		return err
	}
	if err := p.addAround(v, &view); err != nil {
		return err
	}
	pg := ui.Page{
		Title: v.T("tracking.visit_title", lang.Values{"Source": sourceText(view.From.Name, view.From.Medium)}), Section: visitorsKey, Help: help.About(visitorsRoot), Narrow: true,
		Crumbs: []ui.Link{{Text: v.T("tracking.visitors"), Href: v.Path(visitorsRoot)}},
	}
	return v.Render(pg, visitPage(view))
}

func (p *pages) visitViewOf(v *cabinet.Visit, id tracking.VisitID) (view visitView, err error) {
	if view.PastVisit, err = tracking.OneVisit(v.Context(), p.Events, v.Project.ID, id); err != nil {
		return view, err
	}
	code, err := tracking.PromoOf(v.Context(), p.Events, v.Project.ID, id)
	if err != nil {
		return view, err
	}
	view.facts = visitFacts(v, view.PastVisit, code)
	steps, err := tracking.Steps(v.Context(), p.Events, v.Project.ID, id)
	for _, s := range steps {
		text := v.T("tracking.step_page")
		if s.Kind == tracking.LeadHit {
			text = v.T("tracking.step_lead")
		}
		view.steps = append(view.steps, stepView{"+" + v.Clock(max(0, s.At.Sub(view.Begun))), text, pageText(s.URL)})
	}
	return view, err
}

func visitFacts(v *cabinet.Visit, visit tracking.PastVisit, code tracking.PromoCode) (facts []fact) {
	numbers, clicks := []string{}, []string{}
	for _, s := range visit.Shown {
		if s.Number != "" {
			numbers = append(numbers, v.Phone(s.Number))
		}
	}
	for _, c := range visit.From.Clicks {
		clicks = append(clicks, c.Name+"="+c.ID)
	}
	place := sourceText(v.Country(visit.Place.Country), visit.Place.Region, visit.Place.City)
	nth := ""
	if visit.Visitor != "" {
		nth = v.T("tracking.nth_visit", lang.Values{"Number": visit.Ordinal})
	}
	for _, one := range []struct {
		name lang.Key
		text string
	}{
		{"tracking.begun", v.DateTime(visit.Begun)},
		{"tracking.lasted", v.Duration(max(0, visit.Last.Sub(visit.Begun)))},
		{"tracking.source", sourceText(visit.From.Name, visit.From.Medium, visit.From.Campaign)},
		{"tracking.field_channel", string(visit.From.Channel)},
		{"tracking.field_term", visit.From.Term},
		{"tracking.field_content", visit.From.Content},
		{"tracking.clicks", strings.Join(clicks, ", ")},
		{"tracking.field_entry", visit.Landing},
		{"tracking.field_referrer", visit.Referrer},
		{"tracking.shown_numbers", strings.Join(numbers, ", ")},
		{"tracking.promo", string(code)},
		{"tracking.field_device", deviceText(v, visit.Device)},
		{"tracking.place", place},
		{"tracking.field_language", v.Language(visit.Language)},
		{"tracking.network", visit.Network},
		{"tracking.visitor", nth},
		{"tracking.lead_consent", v.T(consentLevels[visit.Consent])},
		{"tracking.client_id", visit.ClientID()},
		{"tracking.custom", visit.Custom.String()},
		{"tracking.program", visit.Bot},
	} {
		if one.text != "" {
			facts = append(facts, fact{name: v.T(one.name), text: one.text})
		}
	}
	return facts
}

// addAround adds the visit's leads, for those who may see clients, its calls, for those who may see them, and the visitor's other visits.
func (p *pages) addAround(v *cabinet.Visit, view *visitView) error {
	const most = 20
	if v.May(access.View, access.Clients) {
		leads, err := tracking.Leads(v.Context(), p.Events, v.Project.ID, tracking.LeadFilter{Visit: view.ID}, 0, most)
		if err != nil {
			return err
		}
		for _, l := range leads {
			view.leads = append(view.leads, fact{v.DateTime(l.ID.At()), sourceText(v.T(leadKindKeys[l.Kind]), l.Name, l.Phone), v.Path(leadsRoot + "/" + l.ID.String())})
		}
	}
	var err error
	if view.calls, err = callsBehind(v, view.ID, most); err != nil || view.Visitor == "" {
		return err
	}
	visits, err := tracking.VisitsOf(v.Context(), p.Events, v.Project.ID, view.Visitor, most)
	for _, other := range visits {
		if other.ID != view.ID {
			view.older = append(view.older, fact{v.DateTime(other.Begun), sourceText(other.From.Name, other.From.Medium, other.From.Campaign), visitPath(v, other.ID)})
		}
	}
	return err
}

// callsBehind are the calls that are put down to a visit, as far as the reader may see them.
func callsBehind(v *cabinet.Visit, id tracking.VisitID, most int) (facts []fact, err error) {
	if !v.May(access.View, access.Calls) {
		return nil, nil
	}
	return facts, v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		facts = nil
		found, err := w.List(ctx, q, call.Filter{Origin: map[call.Dimension]string{call.ByVisit: id.String()}}, call.NewestFirst, 0, most)
		for _, c := range found {
			text := v.T("tracking.call_behind", lang.Values{"Client": phoneText(v, c.Client), "Certainty": v.Percent(int(c.Origin.Certainty), false)})
			facts = append(facts, fact{v.DateTime(c.StartedAt), text, v.Path("/calls/" + c.ID.String())})
		}
		return err
	})
}

func visitPath(v *cabinet.Visit, id tracking.VisitID) string {
	return v.Path(visitorsRoot + "/" + id.String())
}

// visits is GET /p/{project}/visitors/all: the visits of a period.
func (p *pages) visits(v *cabinet.Visit) error {
	period := ui.ReadPeriod(v.URL, v.Today(), "7d")
	empty, err := p.emptySites(v)
	if err != nil {
		return err
	}
	if empty.Action.Href == "" {
		empty.Title = v.T("tracking.no_visits")
	}
	sites, err := siteChoices(v)
	if err != nil {
		return err
	}
	list := cabinet.List{
		Spec:    visitSpec(v, sites),
		Caption: v.T("tracking.visits"), Right: access.Visits,
		Empty: empty,
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			last, _ := strconv.ParseInt(after, 10, 64)
			found, err := tracking.Visits(ctx, p.Events, v.Project.ID, visitFilterOf(v, period, state), tracking.VisitID(max(0, last)), limit+1)
			for i, visit := range found {
				if i == limit {
					return rows, found[i-1].ID.String(), err
				}
				rows = append(rows, visitRow(v, visit))
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
	return v.Render(visitorsPage(v, "/all"), leadsPage(period, table))
}

// programsFilter chooses between people, whom a list shows by itself, programs and both.
func programsFilter(v *cabinet.Visit) ui.Filter {
	return ui.Filter{Key: "programs", Title: v.T("tracking.programs"), Choices: []ui.Choice{{Value: yes, Text: v.T("tracking.programs_alone")}, {Value: "any", Text: v.T("tracking.programs_too")}}}
}

// visitSpec is the table of visits.
func visitSpec(v *cabinet.Visit, sites []ui.Choice) ui.TableSpec {
	return ui.TableSpec{Sort: "-at", Columns: []ui.Column{
		{Key: "at", Title: v.T("tracking.begun"), Fixed: true},
		{Key: "source", Title: v.T("tracking.source")},
		{Key: "landing", Title: v.T("tracking.field_entry")},
		{Key: "pages", Title: v.T("tracking.pages_count"), Numeric: true},
		{Key: "lasted", Title: v.T("tracking.lasted"), Numeric: true},
		{Key: "numbers", Title: v.T("tracking.shown_numbers")},
		{Key: "device", Title: v.T("tracking.field_device")},
		{Key: "place", Title: v.T("tracking.place")},
		{Key: "channel", Title: v.T("tracking.field_channel"), Extra: true},
		{Key: "term", Title: v.T("tracking.field_term"), Extra: true},
		{Key: "content", Title: v.T("tracking.field_content"), Extra: true},
		{Key: "referrer", Title: v.T("tracking.field_referrer"), Extra: true},
		{Key: "language", Title: v.T("tracking.field_language"), Extra: true},
		{Key: "visitor", Title: v.T("tracking.visitor"), Extra: true},
		{Key: "consent", Title: v.T("tracking.lead_consent"), Extra: true},
		{Key: "program", Title: v.T("tracking.program"), Extra: true},
		{Key: "id", Title: v.T("tracking.visit"), Extra: true},
	}, Filters: []ui.Filter{
		{Key: "source", Title: v.T("tracking.source")},
		{Key: "medium", Title: v.T("tracking.medium")},
		{Key: "campaign", Title: v.T("tracking.campaign")},
		{Key: "term", Title: v.T("tracking.field_term")},
		{Key: "channel", Title: v.T("tracking.field_channel")},
		{Key: "click", Title: v.T("tracking.clicks")},
		{Key: "visitor", Title: v.T("tracking.visitor")},
		{Key: "site", Title: v.T("tracking.site"), Choices: sites},
		programsFilter(v),
	}}
}

// siteChoices are the project's sites, to choose from.
func siteChoices(v *cabinet.Visit) (choices []ui.Choice, err error) {
	return choices, v.Read(func(ctx context.Context, q store.Querier) error {
		sites, err := tracking.Sites(ctx, q, v.Project.ID)
		for _, s := range sites {
			choices = append(choices, ui.Choice{Value: string(s.ID), Text: s.Name})
		}
		return err
	})
}

func visitFilterOf(v *cabinet.Visit, period ui.Period, state ui.TableState) tracking.VisitFilter {
	f := tracking.VisitFilter{
		From: civil.Midnight(period.From, v.Zone()), Until: civil.Midnight(period.To+1, v.Zone()), Source: state.Filters["source"], Medium: state.Filters["medium"],
		Campaign: state.Filters["campaign"], Term: state.Filters["term"], Channel: state.Filters["channel"], Click: state.Filters["click"],
		Visitor: state.Filters["visitor"], Site: tracking.SiteID(state.Filters["site"]),
	}
	if programs := state.Filters["programs"]; programs != "any" {
		alone := programs == yes
		f.Programs = &alone
	}
	return f
}

func visitRow(v *cabinet.Visit, visit tracking.PastVisit) cabinet.Row {
	var numbers []string
	for _, s := range visit.Shown {
		if s.Number != "" {
			numbers = append(numbers, v.Phone(s.Number))
		}
	}
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(visit.Begun), "pages": cabinet.Int(int(visit.Pages)), "lasted": cabinet.Text(v.Clock(max(0, visit.Last.Sub(visit.Begun)))), "id": cabinet.Code(visit.ID.String()),
		"consent": cabinet.Text(v.T(consentLevels[visit.Consent])), "device": cabinet.Text(deviceText(v, visit.Device)),
	}
	for key, text := range map[string]string{
		"source": sourceText(visit.From.Name, visit.From.Medium, visit.From.Campaign), "landing": pageText(visit.Landing), "numbers": strings.Join(numbers, ", "),
		"place": sourceText(v.Country(visit.Place.Country), visit.Place.City), "channel": string(visit.From.Channel), "term": visit.From.Term, "content": visit.From.Content,
		"referrer": pageText(visit.Referrer), "language": v.Language(visit.Language), "visitor": visit.Visitor, "program": visit.Bot,
	} {
		if text != "" {
			cells[key] = cabinet.Text(text)
		}
	}
	return cabinet.Row{ID: visit.ID.String(), Href: visitPath(v, visit.ID), Cells: cells}
}
