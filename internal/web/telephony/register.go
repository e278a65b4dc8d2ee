package telephony

import (
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Parts are what the pages need besides a cabinet's.
type Parts struct {
	Staff   *staff.Service
	Routing *routing.Service
	Trunks  *trunk.Service
	Lines   func() []Line // where telephones register with this node, the best first; none where it takes no calls
}

// Line is one way for telephones to register.
type Line struct {
	Transport string // "UDP", "TCP", "TLS"
	Address   string // HOST:PORT
}

// pages are the pages on a cabinet.
type pages struct {
	*cabinet.Cabinet
	Parts
}

const (
	sectionKey = "telephony"
	root       = "/telephony"
	base       = "/p/{project}" + root
	rank       = 45
	rankOfOp   = 135
)

// Register adds the pages and their sections of the rail.
func Register(c *cabinet.Cabinet, parts Parts) {
	p := &pages{c, parts}
	c.AddSection(cabinet.Section{Key: sectionKey, Text: "telephony.section", Icon: ui.IconPhones, Path: root, Need: cabinet.Project(access.View, access.Schemes), Rank: rank})
	c.Commands = append(c.Commands,
		cabinet.Command{Text: "telephony.scheme_new", Icon: ui.IconPlus, Path: root + "/schemes/new", Need: cabinet.Project(access.Edit, access.Schemes)},
		cabinet.Command{Text: "telephony.employee_new", Icon: ui.IconPlus, Path: root + "/employees/new", Need: cabinet.Project(access.Edit, access.Telephony)},
	)
	p.schemeRoutes()
	p.employeeRoutes()
	p.planRoutes()
	p.promptRoutes()
	p.trunkRoutes(inProject)
	p.trunkRoutes(inOperator)
	p.banRoutes()
}

// tab is one of the pages that stand beside each other.
type tab struct {
	path   string
	text   lang.Key
	object access.Object
}

var tabs = []tab{
	{"", "telephony.schemes", access.Schemes},
	{"/numbers", "telephony.numbers", access.Schemes},
	{tryPath, "telephony.try_title", access.Schemes},
	{"/employees", "telephony.employees", access.Telephony},
	{"/hours", "telephony.hours", access.Schemes},
	{"/prompts", "telephony.prompts", access.Schemes},
	{"/blocked", "telephony.blocked", access.Schemes},
	{"/trunks", "telephony.trunks", access.Telephony},
	{"/settings", "telephony.settings", access.Telephony},
}

// page is a page of the section that is one of its tabs.
func page(v *cabinet.Visit, path string) ui.Page {
	p := ui.Page{Title: v.T("telephony.section"), Section: sectionKey, Help: help.About(root + path)}
	for _, t := range tabs {
		if v.May(access.View, t.object) {
			p.Tabs = append(p.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(root + t.path), Here: t.path == path})
		}
	}
	return p
}

// below is a page under one of the tabs, with the way back to it.
func below(v *cabinet.Visit, path, title string, more ...ui.Link) ui.Page {
	about := root + path
	if path == "" {
		about += "/schemes"
	}
	p := ui.Page{Title: title, Section: sectionKey, Help: help.About(about), Narrow: true, Crumbs: []ui.Link{{Text: v.T("telephony.section"), Href: v.Path(root)}}}
	for _, t := range tabs {
		if t.path == path && path != "" {
			p.Crumbs = append(p.Crumbs, ui.Link{Text: v.T(t.text), Href: v.Path(root + path)})
		}
	}
	p.Crumbs = append(p.Crumbs, more...)
	return p
}

func can(v *cabinet.Visit, o access.Object) bool { return v.May(access.Edit, o) }

// field is a field of one line.
func field(f *cabinet.Form, name, label, hint string) ui.Field {
	return ui.Field{ID: name, Name: name, Label: label, Hint: hint, Value: f.Raw(name), Error: f.Wrong[name], Autocomplete: "off", Longest: 100}
}

// whole is a field of digits.
func whole(f *cabinet.Form, name, label, hint, unit string) ui.Field {
	w := field(f, name, label, hint)
	w.Digits, w.Unit, w.Longest = true, unit, 10
	return w
}

// pick is a list to choose from.
func pick(f *cabinet.Form, name, label, hint, none string, choices ...ui.Choice) ui.Select {
	return ui.Select{ID: name, Name: name, Label: label, Hint: hint, Value: f.Raw(name), Error: f.Wrong[name], Any: none, Choices: choices}
}

func tick(f *cabinet.Form, name, label, hint string) ui.Check {
	return ui.Check{ID: name, Name: name, Label: label, Hint: hint, On: f.Get(name) != "", Error: f.Wrong[name]}
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

// deed is what a button of a form does to a line of it: "up:2".
type deed struct {
	verb string
	at   int
	sub  int // a line within the line: "drop:2.1"; -1 for none
}

func readDeed(f *cabinet.Form) deed {
	verb, rest, _ := strings.Cut(f.Get("do"), ":")
	at, sub, has := strings.Cut(rest, ".")
	d := deed{verb: verb, sub: -1}
	d.at, _ = strconv.Atoi(at)
	if has {
		d.sub, _ = strconv.Atoi(sub)
	}
	return d
}
