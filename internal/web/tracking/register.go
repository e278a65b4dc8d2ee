package tracking

import (
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Parts are what the pages need besides a cabinet's.
type Parts struct {
	Tracking *tracking.Service
	Events   *store.DB // what visitors do
	Origin   string    // where the tag comes from and hits go, of sites without a host of their own: "https://collect.example"
}

// pages are the pages on a cabinet.
type pages struct {
	*cabinet.Cabinet
	Parts
}

const (
	sectionKey     = "tracking"
	visitorsKey    = "visitors"
	root           = "/tracking"
	visitorsRoot   = "/visitors"
	base           = "/p/{project}" + root
	rank           = 43
	rankOfVisitors = 25
)

// Register adds the pages and their sections of the rail, and gives what tells open ones of visits: run it until the program ends.
func Register(c *cabinet.Cabinet, parts Parts) *Watcher {
	p := &pages{c, parts}
	c.AddSection(cabinet.Section{Key: sectionKey, Text: "tracking.section", Icon: ui.IconWidgets, Path: root, Need: cabinet.Project(access.View, access.Pools), Rank: rank})
	c.AddSection(cabinet.Section{Key: visitorsKey, Text: "tracking.visitors", Icon: ui.IconGlobe, Path: visitorsRoot, Need: cabinet.Project(access.View, access.Visits), Rank: rankOfVisitors})
	c.AddSection(cabinet.Section{Key: leadsKey, Text: "tracking.leads", Icon: ui.IconOrders, Path: leadsRoot, Need: cabinet.Project(access.View, access.Clients), Rank: rankOfLeads})
	c.Commands = append(c.Commands,
		cabinet.Command{Text: "tracking.site_new", Icon: ui.IconPlus, Path: root + "/sites/new", Need: cabinet.Project(access.Edit, access.Pools)},
		cabinet.Command{Text: "tracking.pool_new", Icon: ui.IconPlus, Path: root + "/pools/new", Need: cabinet.Project(access.Edit, access.Pools)},
	)
	p.siteRoutes()
	p.poolRoutes()
	p.numberRoutes()
	p.ruleRoutes()
	p.visitorRoutes()
	p.leadRoutes()
	p.calculatorRoutes()
	return p.watcher()
}

// tab is one of the pages that stand beside each other.
type tab struct {
	path string
	text lang.Key
}

var tabs = []tab{
	{"", "tracking.sites"},
	{"/pools", "tracking.pools"},
	{"/numbers", "tracking.numbers"},
	{"/calculator", "tracking.calculator"},
}

// page is a page of the section that is one of its tabs.
func page(v *cabinet.Visit, path string) ui.Page {
	p := ui.Page{Title: v.T("tracking.section"), Section: sectionKey, Help: help.About(root + path)}
	for _, t := range tabs {
		p.Tabs = append(p.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(root + t.path), Here: t.path == path})
	}
	return p
}

// below is a page under one of the tabs, with the way back to it.
func below(v *cabinet.Visit, path, title string, more ...ui.Link) ui.Page {
	p := ui.Page{Title: title, Section: sectionKey, Help: help.About(root + path), Narrow: true, Crumbs: []ui.Link{{Text: v.T("tracking.section"), Href: v.Path(root)}}}
	for _, t := range tabs {
		if t.path == path && path != "" {
			p.Crumbs = append(p.Crumbs, ui.Link{Text: v.T(t.text), Href: v.Path(root + path)})
		}
	}
	p.Crumbs = append(p.Crumbs, more...)
	return p
}

func mayEdit(v *cabinet.Visit) bool { return v.May(access.Edit, access.Pools) }

// field is a field of one line.
func field(f *cabinet.Form, name, label, hint string) ui.Field {
	return ui.Field{ID: idOf(name), Name: name, Label: label, Hint: hint, Value: f.Raw(name), Error: f.Wrong[name], Autocomplete: "off", Longest: 200}
}

// idOf is a name as an id of the page: dots would be hard to point at.
func idOf(name string) string { return strings.ReplaceAll(name, ".", "-") }

// lines is a field of several lines, one entry a line.
func lines(f *cabinet.Form, name, label, hint string) ui.Field {
	l := field(f, name, label, hint)
	l.Lines, l.Longest = 3, 8000
	return l
}

// whole is a field of digits.
func whole(f *cabinet.Form, name, label, hint, unit string) ui.Field {
	w := field(f, name, label, hint)
	w.Digits, w.Unit, w.Longest = true, unit, 10
	return w
}

// pick is a list to choose from.
func pick(f *cabinet.Form, name, label, hint, none string, choices ...ui.Choice) ui.Select {
	return ui.Select{ID: idOf(name), Name: name, Label: label, Hint: hint, Value: f.Raw(name), Error: f.Wrong[name], Any: none, Choices: choices}
}

func tick(f *cabinet.Form, name, label, hint string) ui.Check {
	return ui.Check{ID: idOf(name), Name: name, Label: label, Hint: hint, On: f.Get(name) != "", Error: f.Wrong[name]}
}

// number reads a field of digits: 0 where it is empty, -1 where it holds no number.
func number(f *cabinet.Form, name string) int {
	text := f.Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }

// entries are what a field holds, an entry a line or between commas.
func entries(text string) (list []string) {
	for _, one := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' || c == '\r' }) {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// on is how a form says yes.
func on(yes bool) string {
	if yes {
		return "on"
	}
	return ""
}
