package calls

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/help"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Exchange is the PBX, as far as these pages need it.
type Exchange interface {
	// Obey has something done to a call that goes on. Where the order rings an employee and names none, the member who asks is rung.
	// Errors: those of pbx.PBX.Order, and errs.Conflict `pbx.no_telephone`.
	Obey(ctx context.Context, by access.Permit, id call.ID, order call.Command) error
	// Callback connects a client with those whom the scheme of a number rings, and gives the call's id at once.
	Callback(ctx context.Context, project ident.ProjectID, number phone.Number, to string, clientFirst bool) (call.ID, error)
	// CallBack rings the member who asks and then the client of a call.
	CallBack(ctx context.Context, by access.Permit, id call.ID) error
	// Agents are the employees who could be rung, and since when each is as they are.
	Agents(ctx context.Context, project ident.ProjectID) ([]Agent, error)
}

// Parts are what the pages stand on besides the cabinet.
type Parts struct {
	Files    call.Files
	Links    call.Links
	Exchange Exchange  // nil while no PBX runs: what needs it is not offered
	Events   *store.DB // the receipts of call tracking
	// Promo finds where a call came from by its caller's code (app.OriginByCode).
	Promo func(ctx context.Context, p access.Permit, id call.ID, code string) (call.Origin, error)
	// Rescore scores anew where a call came from, and reports whether there was anything to change (app.RescoreFor).
	Rescore func(ctx context.Context, p access.Permit, id call.ID) (changed bool, err error)
}

// section is the pages, on the cabinet they stand in.
type section struct {
	*cabinet.Cabinet
	Parts
}

const (
	sectionKey = "calls"
	liveKey    = "live"
	root       = "/calls"
	liveRoot   = "/live"
	base       = "/p/{project}"
	rank       = 20
	rankOfLive = 15
)

// Register adds the pages, and gives what tells open ones of calls: run it until the program ends.
func Register(c *cabinet.Cabinet, parts Parts) *Watcher {
	s := &section{Cabinet: c, Parts: parts}
	view, edit := cabinet.Project(access.View, access.Calls), cabinet.Project(access.Edit, access.Calls)
	c.AddSection(cabinet.Section{Key: liveKey, Text: "calls.live", Icon: ui.IconLive, Path: liveRoot, Need: view, Rank: rankOfLive})
	c.AddSection(cabinet.Section{Key: sectionKey, Text: "calls.section", Icon: ui.IconCalls, Path: root, Need: view, Rank: rank})
	c.AddFinder(cabinet.Finder{Kind: "calls.call", Need: view, Find: s.find})
	c.Commands = append(c.Commands, cabinet.Command{Text: "calls.missed", Icon: ui.IconCalls, Path: root + "/missed", Need: view})
	s.Handle("GET "+base+root, view, s.log)
	s.Handle("GET "+base+root+"/missed", view, s.missed)
	s.Handle("GET "+base+root+"/sources", view, s.sources)
	s.Handle("GET "+base+root+"/{call}", view, s.call)
	s.Handle("GET "+base+root+"/{call}/replay", cabinet.Project(access.Edit, access.Telephony), s.replay)
	s.Handle("POST "+base+root+"/{call}/note", edit, s.addNote)
	s.Handle("POST "+base+root+"/{call}/note/{note}/remove", edit, s.removeNote)
	s.Handle("POST "+base+root+"/{call}/labels", edit, s.setLabels)
	s.Handle("POST "+base+root+"/{call}/code", edit, s.setCode)
	s.Handle("POST "+base+root+"/{call}/rescore", edit, s.rescore)
	s.Handle("GET "+base+"/clients/{client}", view, s.card)
	erase := cabinet.Project(access.Delete, access.Clients)
	s.Handle("GET "+base+"/clients/{client}/erase", erase, s.askErasePerson)
	s.Handle("POST "+base+"/clients/{client}/erase", erase, s.erasePerson)
	s.Handle("GET "+base+liveRoot, view, s.live)
	s.Handle("GET "+base+liveRoot+"/now", view, s.liveNow)
	s.recordings()
	s.settings()
	if parts.Exchange != nil {
		s.orders()
		s.Handle("POST "+base+root+"/{call}/call-back", edit, s.callBack)
	}
	return s.watcher()
}

func (s *section) recordings() {
	view, listen := cabinet.Project(access.View, access.Recordings), cabinet.Project(access.Listen, access.Recordings)
	remove := cabinet.Project(access.Delete, access.Recordings)
	s.Handle("GET "+base+root+"/voicemail", view, s.voicemail)
	at := base + root + "/{call}/recordings/{recording}"
	s.Handle("GET "+at+"/sound", listen, s.sound)
	s.Handle("GET "+at+"/link", listen, s.link)
	s.Handle("POST "+at+"/heard", listen, s.heard(true))
	s.Handle("POST "+at+"/unheard", listen, s.heard(false))
	s.Handle("POST "+at+"/restore", view, s.restore)
	s.Handle("GET "+at+"/erase", remove, s.askErase)
	s.Handle("POST "+at+"/erase", remove, s.erase)
	s.Handle("GET "+call.LinkPath+"{secret}", cabinet.Anybody(), s.open)
}

func (s *section) settings() {
	edit := cabinet.Project(access.Edit, access.Telephony)
	s.Handle("GET "+base+root+"/settings", edit, s.askSettings)
	s.Handle("POST "+base+root+"/settings", edit, s.setSettings)
}

// tab is one of the pages that stand beside each other.
type tab struct {
	path   string
	text   lang.Key
	action access.Action
	object access.Object
}

var tabs = []tab{
	{"", "calls.log", access.View, access.Calls},
	{"/sources", "tracking.sources", access.View, access.Calls},
	{"/missed", "calls.missed", access.View, access.Calls},
	{"/voicemail", "calls.voicemail", access.View, access.Recordings},
	{"/settings", "calls.settings", access.Edit, access.Telephony},
}

// page is one of the tabs.
func page(v *cabinet.Visit, path string) ui.Page {
	p := ui.Page{Title: v.T("calls.section"), Section: sectionKey, Help: help.About(root + path)}
	for _, t := range tabs {
		if v.May(t.action, t.object) {
			p.Tabs = append(p.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(root + t.path), Here: t.path == path})
		}
	}
	return p
}

// below is a page under the log.
func below(v *cabinet.Visit, title string) ui.Page {
	return ui.Page{Title: title, Section: sectionKey, Help: help.About(root), Crumbs: []ui.Link{{Text: v.T("calls.section"), Href: v.Path(root)}}}
}

// callPath is the page of a call, below the project.
func callPath(id call.ID) string { return root + "/" + id.String() }

// clientPath is the card of a number, below the project.
func clientPath(client string) string { return "/clients/" + client }
