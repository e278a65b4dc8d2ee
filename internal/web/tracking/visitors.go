package tracking

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/help"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) visitorRoutes() {
	view := cabinet.Project(access.View, access.Visits)
	p.Handle("GET /p/{project}"+visitorsRoot, view, p.visitors)
	p.Handle("GET /p/{project}"+visitorsRoot+"/now", view, p.visitorsNow)
	p.Handle("GET /p/{project}"+visitorsRoot+"/all", view, p.visits)
	p.Handle("GET /p/{project}"+visitorsRoot+"/sources", view, p.visitSources)
	p.Handle("GET /p/{project}"+visitorsRoot+"/{visit}", view, p.visit)
}

// visitorsPage is a page of the section that is one of its tabs.
func visitorsPage(v *cabinet.Visit, path string) ui.Page {
	p := ui.Page{Title: v.T("tracking.visitors"), Section: visitorsKey, Help: help.About(visitorsRoot)}
	for _, t := range []tab{{"", "tracking.visitors_now"}, {"/all", "tracking.visits"}, {"/sources", "tracking.visit_sources"}} {
		p.Tabs = append(p.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(visitorsRoot + t.path), Here: t.path == path})
	}
	return p
}

// visitorsView is who is on the sites.
type visitorsView struct {
	topic, refresh string
	online, open   int
	guests         []guestView
	empty          ui.Empty
	toggle         ui.Button // shows programs too, or hides them
}

// withPrograms asks for programs too: the word is that of the list of visits.
const withPrograms = "?programs=any"

// emptySites says why nobody is on the sites: there may be no site yet.
func (p *pages) emptySites(v *cabinet.Visit) (empty ui.Empty, err error) {
	var sites []tracking.Site
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		sites, err = tracking.Sites(ctx, q, v.Project.ID)
		return err
	}); err != nil {
		return empty, err
	}
	if len(sites) > 0 {
		return ui.Empty{Icon: ui.IconGlobe, Title: v.T("tracking.nobody"), Text: v.T("tracking.nobody_text")}, nil
	}
	empty = ui.Empty{Icon: ui.IconGlobe, Title: v.T("tracking.no_sites"), Text: v.T("tracking.no_sites_text")}
	if mayEdit(v) {
		empty.Action = ui.Button{Text: v.T("tracking.site_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/sites/new")}
	}
	return empty, nil
}

// guestView is one of them.
type guestView struct {
	tracking.Guest
	source, page       string
	about              string // "2 pages · Phone · Ukraine · visit 3"
	client, clientPath string // a number that is known, and its card
	calls              string // how often they called; empty where never, or nobody knows
	callsPath          string // those calls, where their number has no card
	path               string // of the visit
}

// visitors is GET /visitors: who is on the sites now.
func (p *pages) visitors(v *cabinet.Visit) error {
	view, err := p.visitorsView(v)
	if err != nil {
		return err
	}
	pg := visitorsPage(v, "")
	pg.Lead = v.T("tracking.visitors_lead")
	return v.Render(pg, visitorsPart(view))
}

// visitorsNow is GET /visitors/now: the same, for an open page.
func (p *pages) visitorsNow(v *cabinet.Visit) error {
	view, err := p.visitorsView(v)
	if err != nil {
		return err
	}
	return v.RenderPart(visitorsPart(view))
}

func (p *pages) visitorsView(v *cabinet.Visit) (visitorsView, error) {
	view := visitorsView{
		topic: cabinet.Topic(v.Org, cabinet.TopicVisits), refresh: v.Path(visitorsRoot + "/now"),
		toggle: ui.Button{Text: v.T("tracking.show_programs"), Href: v.Path(visitorsRoot + withPrograms), Small: true, Kind: ui.Quiet},
	}
	programs := v.R.FormValue("programs") == "any"
	if programs {
		view.refresh += withPrograms
		view.toggle.Text, view.toggle.Href = v.T("tracking.hide_programs"), v.Path(visitorsRoot)
	}
	guests, err := tracking.Guests(v.Context(), p.Events, v.Project.ID, v.At, programs)
	if err != nil {
		return view, err
	}
	for _, g := range guests {
		if g.Online {
			view.online++
		}
		view.guests = append(view.guests, guestOf(v, g))
	}
	view.open = len(guests)
	if view.empty, err = p.emptySites(v); err != nil {
		return view, err
	}
	return view, p.addCalls(v, view.guests)
}

func guestOf(v *cabinet.Visit, g tracking.Guest) guestView {
	one := guestView{Guest: g, source: sourceText(g.From.Name, g.From.Medium, g.From.Campaign), page: pageText(cmp.Or(g.Page, g.Landing)), path: visitPath(v, g.ID)}
	words := []string{v.N("tracking.pages_seen", int(g.Pages)), deviceText(v, g.Device), v.Country(g.Place.Country), g.Place.City}
	if g.Visitor != "" {
		words = append(words, v.T("tracking.nth_visit", lang.Values{"Number": g.Ordinal}))
	}
	one.about = strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " · ")
	if g.Phone != "" {
		one.client = v.Phone(g.Phone)
	}
	return one
}

var deviceKeys = map[string]lang.Key{"desktop": "tracking.device_desktop", "mobile": "tracking.device_mobile", "tablet": "tracking.device_tablet", "tv": "tracking.device_tv"}

func deviceText(v *cabinet.Visit, device string) string {
	return v.T(cmp.Or(deviceKeys[device], "tracking.device_other"))
}

// sourceText names a source as reports do.
func sourceText(words ...string) string {
	var named []string
	for _, word := range words {
		if word != "" {
			named = append(named, word)
		}
	}
	return strings.Join(named, " / ")
}

// pageText is the address of a page without its parameters.
func pageText(address string) string {
	page, err := url.Parse(address)
	if err != nil || page.Host == "" {
		return address
	}
	return page.Host + page.Path
}

// addCalls adds how often visitors have called, for those who may see calls: by their number, or else by the calls that are put down to their visits.
func (p *pages) addCalls(v *cabinet.Visit, guests []guestView) error {
	for i := range guests {
		g := &guests[i]
		calls, path, err := p.callsOf(v, string(g.Phone))
		if err != nil {
			return err
		}
		if g.clientPath = path; calls > 0 {
			g.calls = v.N("tracking.calls_before", calls)
		}
	}
	return p.addJoined(v, guests)
}

// addJoined adds how many calls are put down to visits of those of whom no other call is known: to all of a visitor who is known again, else to this one.
func (p *pages) addJoined(v *cabinet.Visit, guests []guestView) error {
	if !v.May(access.View, access.Calls) {
		return nil
	}
	var visitors, visits []string
	for _, g := range guests {
		switch {
		case g.calls != "":
		case g.Visitor != "":
			visitors = append(visitors, g.Visitor)
		default:
			visits = append(visits, g.ID.String())
		}
	}
	var ofVisitors, ofVisits map[string]int64
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		if ofVisitors, err = w.OfVisitors(ctx, q, visitors); err != nil {
			return err
		}
		ofVisits, err = w.OfVisits(ctx, q, visits)
		return err
	}); err != nil {
		return err
	}
	for i := range guests {
		g := &guests[i]
		whose, name, calls := call.ByVisitor, g.Visitor, ofVisitors[g.Visitor]
		if g.Visitor == "" {
			whose, name, calls = call.ByVisit, g.ID.String(), ofVisits[g.ID.String()]
		}
		if g.calls == "" && calls > 0 {
			g.calls, g.callsPath = v.N("tracking.calls_before", int(calls)), callsPutDown(v, whose, name)
		}
	}
	return nil
}

// callsPutDown is the log with the calls of the last year that are put down to a visitor, or to a visit.
func callsPutDown(v *cabinet.Visit, whose call.Dimension, name string) string {
	const year = 365
	return v.Path("/calls") + "?f." + string(whose) + "=" + url.QueryEscape(name) + "&from=" + (v.Today() - year).String() + "&to=" + v.Today().String()
}

// callsOf counts the calls of a number that the reader may see, and says where their card is: nowhere where there are none.
func (p *pages) callsOf(v *cabinet.Visit, phone string) (calls int, path string, err error) {
	if phone == "" || !v.May(access.View, access.Calls) {
		return 0, "", nil
	}
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		totals, err := w.Totals(ctx, q, call.Filter{Client: phone})
		calls = int(totals.Calls)
		return err
	})
	if calls > 0 {
		path = v.Path("/clients/" + phone)
	}
	return calls, path, err
}

// Watcher tells open pages of visits, whichever node took the hits.
type Watcher = cabinet.Follower[int64]

// watchEvery is how often visits are looked for: pages that follow a busy site are not drawn anew more often.
const watchEvery = 2 * time.Second

func (p *pages) watcher() *Watcher {
	return &Watcher{Cabinet: p.Cabinet, What: cabinet.TopicVisits, Every: watchEvery, Pulses: func(ctx context.Context, projects []ident.ProjectID) (map[ident.ProjectID]int64, error) {
		return tracking.Pulse(ctx, p.Events, projects)
	}}
}
