package telephony

import (
	"cmp"
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const tryPath = "/try"

// triedView is what stands on the page of a call that is tried out.
type triedView struct {
	path string
	side sideView
	goes []ui.Link // the schemes of the number
	none *ui.Empty // no number can be called yet

	unrouted bool   // the number has no scheme
	give     string // where it gets one; empty for who may not
}

// tried is GET /telephony/try: what a call to a number would meet by what is published, and why (Rule T-33). Who calls, which number, when, who
// answers and what is pressed stand in the address.
func (p *pages) tried(v *cabinet.Visit) error {
	f := cabinet.NewForm(nil)
	for name, values := range v.URL.Query() {
		f.Values[name] = values
	}
	e := editor{v: v, f: f, another: true}
	var err error
	if e.who, err = p.people(v); err != nil {
		return err
	}
	if e.routes, err = p.routesOf(v); err != nil {
		return err
	}
	pg := page(v, tryPath)
	pg.Lead = v.T("telephony.try_lead")
	if len(e.routes.held) == 0 {
		return v.Render(pg, triedPage(triedView{none: &ui.Empty{
			Icon: ui.IconNumbers, Title: v.T("telephony.no_numbers"), Text: v.T("telephony.no_numbers_text"), Action: ui.Button{Text: v.T("telephony.to_numbers"), Href: v.Path("/numbers")},
		}}))
	}
	p.suggestCall(v, f, e.routes)
	number := f.Get("try.number")
	view := triedView{path: v.Path(root + tryPath)}
	if e.body, view.goes, err = p.schemesOf(v, e.routes, number); err != nil {
		return err
	}
	p.tryFields(v, &e, &view.side)
	if view.unrouted = e.routes.given[number].Scheme == ""; view.unrouted {
		if can(v, access.Schemes) {
			view.give = numberPath(v, number)
		}
		return v.Render(pg, triedPage(view))
	}
	if err := p.trial(v, routing.Trial{Number: phone.Number(number)}, &e, &view.side); err != nil {
		return err
	}
	return v.Render(pg, triedPage(view))
}

// suggestCall fills in what the address leaves out: somebody calls the first number now.
func (p *pages) suggestCall(v *cabinet.Visit, f *cabinet.Form, r routes) {
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
	if !f.Values.Has("try.from") {
		f.Values.Set("try.from", exampleOf(v.Project.Country))
	}
	if !slices.Contains(r.held, f.Get("try.number")) {
		f.Values.Set("try.number", r.held[0])
	}
	f.Values.Set("try.date", cmp.Or(f.Get("try.date"), civil.DateIn(v.At, zone).String()))
	f.Values.Set("try.time", cmp.Or(f.Get("try.time"), v.At.In(zone).Format("15:04")))
}

// schemesOf are the steps of a number's schemes, of that in working hours and of that outside them, each id once, and where the schemes are.
func (p *pages) schemesOf(v *cabinet.Visit, r routes, number string) (all dialplan.RoutingScheme, goes []ui.Link, err error) {
	given := r.given[number]
	known := map[string]bool{}
	for i, id := range []routing.SchemeID{given.Scheme, cmp.Or(given.Closed, r.settings.AfterHours)} {
		at := slices.IndexFunc(r.schemes, func(sc routing.Scheme) bool { return sc.ID == id && sc.Live > 0 })
		if given.Scheme == "" || at < 0 || i > 0 && id == given.Scheme {
			continue
		}
		var version routing.Version
		if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
			version, err = routing.GetVersion(ctx, q, v.Project.ID, id, r.schemes[at].Live)
			return err
		}); err != nil {
			return all, nil, err
		}
		goes = append(goes, ui.Link{Text: r.schemes[at].Name, Href: schemePath(v, id)})
		for _, s := range version.Body.Steps {
			if !known[s.ID] {
				known[s.ID], all.Steps = true, append(all.Steps, s)
			}
		}
	}
	return all, goes, nil
}
