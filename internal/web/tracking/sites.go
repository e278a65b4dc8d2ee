package tracking

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/widget"
)

func (p *pages) siteRoutes() {
	view, edit, remove := cabinet.Project(access.View, access.Pools), cabinet.Project(access.Edit, access.Pools), cabinet.Project(access.Delete, access.Pools)
	p.Handle("GET "+base, view, p.sites)
	p.Handle("GET "+base+"/sites/new", edit, p.askSite)
	p.Handle("POST "+base+"/sites/new", edit, p.addSite)
	p.Handle("GET "+base+"/sites/{site}", view, p.site)
	p.Handle("GET "+base+"/sites/{site}/seen", view, p.siteSeen)
	p.Handle("GET "+base+"/sites/{site}/settings", edit, p.askSettings)
	p.Handle("POST "+base+"/sites/{site}/settings", edit, p.setSettings)
	p.Handle("GET "+base+"/sites/{site}/remove", remove, p.askRemoveSite)
	p.Handle("POST "+base+"/sites/{site}/remove", remove, p.removeSite)
}

func sitePath(v *cabinet.Visit, id tracking.SiteID, below string) string {
	return v.Path(root + "/sites/" + string(id) + below)
}

// chosenSite reads the site of the path.
func (p *pages) chosenSite(v *cabinet.Visit) (site tracking.Site, err error) {
	return site, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		site, err = tracking.GetSite(ctx, q, v.Project.ID, tracking.SiteID(v.R.PathValue("site")))
		return err
	})
}

// belowSite is a page under that of a site.
func belowSite(v *cabinet.Visit, site tracking.Site, title string) ui.Page {
	return below(v, "", title, ui.Link{Text: site.Name, Href: sitePath(v, site.ID, "")})
}

// sites is GET /tracking: the sites, what is swapped on them, and when somebody was last there.
func (p *pages) sites(v *cabinet.Visit) error {
	var list []tracking.Site
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		list, err = tracking.Sites(ctx, q, v.Project.ID)
		return err
	}); err != nil {
		return err
	}
	seen := map[tracking.SiteID]time.Time{}
	for _, site := range list {
		at, err := tracking.LatestVisit(v.Context(), p.Events, v.Project.ID, site.ID)
		if err != nil {
			return err
		}
		seen[site.ID] = at
	}
	traffic, err := p.traffic(v, monthDays)
	if err != nil {
		return err
	}
	pg, add := page(v, ""), ui.Button{}
	if mayEdit(v) {
		add = ui.Button{Text: v.T("tracking.site_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/sites/new")}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("tracking.site"), Sortable: true, Fixed: true},
			{Key: "state", Title: v.T("tracking.state"), Sortable: true},
			{Key: "hosts", Title: v.T("tracking.hosts")},
			{Key: "targets", Title: v.T("tracking.targets")},
			{Key: "visits", Title: v.T("tracking.visits_month"), Numeric: true, Sortable: true},
			{Key: "seen", Title: v.T("tracking.seen_last"), Sortable: true},
			{Key: "key", Title: v.T("tracking.key"), Extra: true},
		}},
		Caption: v.T("tracking.sites"), Right: access.Pools, Count: v.N("tracking.sites_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconWidgets, Title: v.T("tracking.no_sites"), Text: v.T("tracking.no_sites_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, site := range list {
				rows = append(rows, cabinet.Row{ID: string(site.ID), Href: sitePath(v, site.ID, ""), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(site.Name), "state": stateOf(v.View, site, seen[site.ID]), "hosts": cabinet.Text(strings.Join(site.Hosts, ", ")),
					"targets": cabinet.Text(targetsText(v.View, site)), "seen": cabinet.Moment(seen[site.ID]), "visits": cabinet.Int(int(traffic[site.ID].Visits)), "key": cabinet.Code(site.Key),
				}})
			}
			return rows, nil
		}),
	})
}

func stateOf(v *ui.View, site tracking.Site, seen time.Time) cabinet.Cell {
	switch {
	case site.Off:
		return cabinet.Status(ui.Neutral, v.T("tracking.site_off"))
	case seen.IsZero():
		return cabinet.Status(ui.Warning, v.T("tracking.site_waits"))
	}
	return cabinet.Status(ui.Good, v.T("tracking.site_works"))
}

// targetsText are the numbers of a site that are swapped, in one line.
func targetsText(v *ui.View, site tracking.Site) string {
	var words []string
	for _, t := range site.Targets {
		for _, n := range t.Numbers {
			words = append(words, v.Phone(n))
		}
	}
	return strings.Join(words, ", ")
}

// siteView is what stands on the page of a site.
type siteView struct {
	path     string
	site     tracking.Site
	seen     seenView
	traffic  []ui.Tile
	snippets []snippetView
	proxy    string // for the client's own server; empty where the site has no host of its own
	rules    string // in words
	settings ui.Button
	toRules  ui.Button
	remove   ui.Button
}

// seenView says whether the tag has spoken yet.
type seenView struct {
	topic, refresh string
	off            bool
	at             time.Time // zero while nobody came
}

type snippetView struct {
	title, hint, text string
	open              bool
}

var snippetKeys = map[string][2]lang.Key{
	"page":      {"tracking.snippet_page", "tracking.snippet_page_hint"},
	"plain":     {"tracking.snippet_plain", "tracking.snippet_plain_hint"},
	"steady":    {"tracking.snippet_steady", "tracking.snippet_steady_hint"},
	"gtm":       {"tracking.snippet_gtm", "tracking.snippet_gtm_hint"},
	"wordpress": {"tracking.snippet_wordpress", "tracking.snippet_wordpress_hint"},
}

func (p *pages) snippets(v *cabinet.Visit, site tracking.Site) (list []snippetView) {
	for i, s := range widget.Served(site, p.Origin).Snippets() {
		if keys, ok := snippetKeys[s.Name]; ok {
			list = append(list, snippetView{v.T(keys[0]), v.T(keys[1]), s.Text, i == 0})
		}
	}
	return list
}

func (p *pages) seenView(v *cabinet.Visit, site tracking.Site) (seenView, error) {
	at, err := tracking.LatestVisit(v.Context(), p.Events, v.Project.ID, site.ID)
	return seenView{cabinet.Topic(v.Org, cabinet.TopicVisits), sitePath(v, site.ID, "/seen"), site.Off, at}, err
}

// site is GET /tracking/sites/{site}: how to install the tag, and whether it works.
func (p *pages) site(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	view := siteView{path: sitePath(v, site.ID, ""), site: site, snippets: p.snippets(v, site)}
	if view.seen, err = p.seenView(v, site); err != nil {
		return err
	}
	if view.traffic, err = p.siteTraffic(v, site); err != nil {
		return err
	}
	if site.Collector != "" {
		view.proxy = widget.Proxy(p.Origin)
	}
	var rules tracking.Rules
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		rules, err = tracking.GetRules(ctx, q, v.Project.ID, site.ID)
		return err
	}); err != nil {
		return err
	}
	view.rules = v.T("tracking.no_rules_text")
	if len(rules.Rules) > 0 {
		view.rules = v.N("tracking.rules_in_force", len(rules.Rules), lang.Values{"Version": rules.Version})
	}
	view.toRules = ui.Button{Text: v.T("tracking.to_rules"), Href: sitePath(v, site.ID, "/rules")}
	if mayEdit(v) {
		view.settings = ui.Button{Text: v.T("tracking.settings"), Icon: ui.IconSettings, Href: sitePath(v, site.ID, "/settings")}
	}
	if v.May(access.Delete, access.Pools) {
		view.remove = ui.Button{Text: v.T("tracking.site_remove"), Kind: ui.Danger, Href: sitePath(v, site.ID, "/remove"), Dialog: true}
	}
	return v.Render(below(v, "", site.Name), sitePage(view))
}

// siteSeen is GET /tracking/sites/{site}/seen: whether the tag works, for an open page.
func (p *pages) siteSeen(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	seen, err := p.seenView(v, site)
	if err != nil {
		return err
	}
	return v.RenderPart(seenPart(seen))
}

// askRemoveSite is GET /tracking/sites/{site}/remove.
func (p *pages) askRemoveSite(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("tracking.site_remove_title", lang.Values{"Name": site.Name}), Text: v.T("tracking.site_remove_text"), Action: sitePath(v, site.ID, "/remove"),
		Yes: v.T("tracking.site_remove"), No: sitePath(v, site.ID, ""), Danger: true,
	}
	return v.Render(belowSite(v, site, ask.Title), ask.Draw())
}

// removeSite is POST /tracking/sites/{site}/remove.
func (p *pages) removeSite(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Tracking.RemoveSite(ctx, tx, v.Permit, site.ID, v.At)
	}); err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("tracking.site_removed", lang.Values{"Name": site.Name})})
}
