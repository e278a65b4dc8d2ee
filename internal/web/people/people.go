package people

import (
	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// section is the pages, on the cabinet they stand in.
type section struct {
	*cabinet.Cabinet
	savings savings
}

const (
	sectionKey = "people"
	root       = "/people"
	rank       = 60
	rankOfOp   = 190
)

// place is where a group of the pages stands: below a project, an agency or the operator.
type place struct {
	base string
	rank int
	need func(access.Action, access.Object) cabinet.Need
}

var (
	inProject  = place{"/p/{project}" + root, rank, cabinet.Project}
	inAgency   = place{"/a/{agency}" + root, rank, cabinet.Agency}
	inOperator = place{"/op" + root, rankOfOp, cabinet.Operator}
)

// Register adds the section to the cabinet.
func Register(c *cabinet.Cabinet) {
	s := &section{Cabinet: c}
	for _, p := range []place{inProject, inAgency, inOperator} {
		view := p.need(access.View, access.People)
		c.AddSection(cabinet.Section{Key: sectionKey, Text: "people.section", Icon: ui.IconPeople, Path: root, Need: view, Rank: p.rank})
		c.AddFinder(cabinet.Finder{Kind: "people.user", Need: view, Find: s.find})
		c.Commands = append(c.Commands, cabinet.Command{Text: "people.invite", Icon: ui.IconPlus, Path: root + "/invite", Need: p.need(access.Edit, access.People)})
		s.handleUsers(p)
		s.handleInvitations(p)
		s.handleRoles(p)
	}
	s.handleTrail(inProject)
	s.handleTrail(inAgency)
	s.handleDepartments(inProject)
	s.handleSeats(inProject)
	s.Handle("GET "+inProject.base+"/ways", cabinet.Project(access.View, access.Funds), s.waysPart)
	s.handleKeys(inProject)
	s.handleKeys(inOperator)
	s.handleEveryone(inOperator)
	c.AddFinder(cabinet.Finder{Kind: "people.anyone", Need: cabinet.Operator(access.View, access.People), Find: s.findAnyone})
}

func (s *section) handleUsers(p place) {
	view, edit, remove := p.need(access.View, access.People), p.need(access.Edit, access.People), p.need(access.Delete, access.People)
	s.Handle("GET "+p.base, view, s.users)
	s.Handle("GET "+p.base+"/users/{user}", view, s.user)
	s.Handle("POST "+p.base+"/users/{user}/role", edit, s.setRole)
	s.Handle("GET "+p.base+"/users/{user}/block", edit, s.askBlock)
	s.Handle("POST "+p.base+"/users/{user}/block", edit, s.block)
	s.Handle("GET "+p.base+"/users/{user}/unblock", edit, s.askUnblock)
	s.Handle("POST "+p.base+"/users/{user}/unblock", edit, s.unblock)
	s.Handle("GET "+p.base+"/users/{user}/remove", remove, s.askRemove)
	s.Handle("POST "+p.base+"/users/{user}/remove", remove, s.remove)
}

func (s *section) handleInvitations(p place) {
	view, edit := p.need(access.View, access.People), p.need(access.Edit, access.People)
	s.Handle("GET "+p.base+"/invitations", view, s.invitations)
	s.Handle("GET "+p.base+"/invite", edit, s.askInvite)
	s.Handle("POST "+p.base+"/invite", edit, s.invite)
	s.Handle("GET "+p.base+"/invitations/{invitation}", edit, s.invitation)
	s.Handle("POST "+p.base+"/invitations/{invitation}/resend", edit, s.resend)
	s.Handle("POST "+p.base+"/invitations/{invitation}/revoke", edit, s.revokeInvitation)
}

// tab is one of the pages that stand beside each other.
type tab struct {
	path string
	text lang.Key
	open func(v *cabinet.Visit) bool
}

func may(a access.Action, o access.Object) func(*cabinet.Visit) bool {
	return func(v *cabinet.Visit) bool { return v.May(a, o) }
}

func isProject(v *cabinet.Visit) bool { return v.Org.Kind == ident.ProjectKind }

var tabs = []tab{
	{"", "people.users", may(access.View, access.People)},
	{"/invitations", "people.invitations", may(access.View, access.People)},
	{"/seats", "people.seats", isProject},
	{"/departments", "people.departments", isProject},
	{"/roles", "people.roles", may(access.View, access.Roles)},
	{"/keys", "people.keys", may(access.View, access.Keys)},
	{"/audit", "people.audit", func(v *cabinet.Visit) bool {
		return v.Org.Kind != ident.OperatorKind && v.May(access.View, access.Audit)
	}}, // the operator's is of everybody
	{"/everyone", "people.everyone", func(v *cabinet.Visit) bool { return v.Org.Kind == ident.OperatorKind }},
}

// page is a page of the section that is one of its tabs.
func page(v *cabinet.Visit, path string, help string) ui.Page {
	p := ui.Page{Title: v.T("people.section"), Section: sectionKey, Help: "/help/" + help}
	for _, t := range tabs {
		if t.open(v) {
			p.Tabs = append(p.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(root + t.path), Here: t.path == path})
		}
	}
	return p
}

// below is a page under one of the tabs, with the way back to it.
func below(v *cabinet.Visit, path, title, help string) ui.Page {
	p := ui.Page{Title: title, Section: sectionKey, Help: "/help/" + help, Narrow: true}
	for _, t := range tabs {
		if t.path == path {
			p.Crumbs = []ui.Link{{Text: v.T("people.section"), Href: v.Path(root)}}
			if path != "" {
				p.Crumbs = append(p.Crumbs, ui.Link{Text: v.T(t.text), Href: v.Path(root + path)})
			}
		}
	}
	return p
}
