package cabinet

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/web/ui"
)

// orgCookie remembers where the reader was last, for their own pages, which belong to no organisation.
const (
	orgCookie = "org"
	aMonth    = 30 * 24 * time.Hour
)

// frame is what stands around a page for its reader. A stranger gets none.
func (c *Cabinet) frame(r *http.Request) ui.Frame {
	known := readerOf(r)
	if !known.signedIn() {
		return ui.Frame{Help: helpRoot}
	}
	v := known.visit
	if v == nil || v.Permit.Org == (ident.Org{}) {
		v = c.lastVisit(r, known)
	}
	f := ui.Frame{
		Sections: c.sectionsOf(v), User: c.userOf(known), Help: helpRoot, Live: "/live", Commands: c.commands(v),
	}
	if v.Org != (ident.Org{}) {
		f.Search, f.Suggest = v.Path("/search"), v.Path("/suggest")
	}
	if v.Org.Kind != ident.ProjectKind {
		f.SearchHint = v.T("cabinet.search_operator")
	}
	c.addProjects(v, &f)
	if v.Project != nil {
		f.Currency = v.Project.Currency
		f.Balance = c.balanceOf(v)
	}
	if known.principal.Session.ViewingAs != "" {
		f.Notices = append(f.Notices, ui.FrameNotice{
			Tone: ui.Warning, Text: v.T("cabinet.viewing_as"), Link: ui.Link{Text: v.T("cabinet.end_view"), Href: EndViewPath},
		})
	}
	if c.Notice != nil {
		if notice, ok := c.Notice(v); ok {
			f.Notices = append(f.Notices, notice)
		}
	}
	if c.Chat != nil {
		f.Chat = c.Chat(v)
	}
	return f
}

// EndViewPath is the page that ends a view as somebody else.
const EndViewPath = "/me/view/end"

// InvitationPath is the page that takes an invitation up: its link goes on with ?code=SECRET.
const InvitationPath = "/invitation"

const helpRoot = "/help"

// lastVisit is a visit to the organisation the reader was last in, where they still stand in it, else to the first of
// theirs: around pages of their own.
func (c *Cabinet) lastVisit(r *http.Request, known *reader) *Visit {
	v := &Visit{View: ui.Of(r.Context()), R: r, At: c.Clock(), User: known.user, Principal: known.principal, cabinet: c}
	orgs := c.orgsOf(v)
	last := v.Cookie(orgCookie)
	for i, org := range orgs {
		if org.String() == last {
			orgs[0], orgs[i] = orgs[i], orgs[0]
		}
	}
	if len(orgs) == 0 {
		return v
	}
	if permit, err := c.Gate.Enter(v.Context(), v.Principal, orgs[0], v.At); err == nil {
		v.Permit, v.Org = permit, orgs[0]
		if id := orgs[0].Project(); id != "" {
			v.Project, _ = c.Projects.Get(v.Context(), c.DB, id) // without it the frame says less
		}
	}
	return v
}

// orgsOf are the organisations the reader is a member of.
func (c *Cabinet) orgsOf(v *Visit) []ident.Org {
	belongings, err := c.Gate.Belongings(v.Context(), v.Principal, v.At)
	if err != nil {
		c.Log.Error("reading memberships", "request", v.R.URL.Path, "error", err)
	}
	var orgs []ident.Org
	for _, b := range belongings {
		orgs = append(orgs, b.Org)
	}
	return orgs
}

// userOf is the reader in the corner.
func (c *Cabinet) userOf(known *reader) ui.User {
	u := ui.User{Name: known.user.Name, Email: known.user.Email, SignOut: "/sign-out"}
	if known.visit != nil && known.principal.Session.ViewingAs == "" {
		u.Links = []ui.Link{{Text: known.visit.T("cabinet.my_account"), Href: "/me", Icon: ui.IconUser}}
	}
	return u
}

// mostInSwitcher bounds how many projects the switcher lists; the operator's list of projects finds the rest.
const mostInSwitcher = 50

// addProjects fills the switcher with the organisations of the reader.
func (c *Cabinet) addProjects(v *Visit, f *ui.Frame) {
	orgs := c.orgsOf(v)
	here := v.Org
	if here != (ident.Org{}) && !slices.Contains(orgs, here) {
		orgs = append([]ident.Org{here}, orgs...)
	}
	for _, org := range orgs[:min(mostInSwitcher, len(orgs))] {
		link := ui.ProjectLink{Name: c.NameOf(v, org), Href: Base(org), Here: org == here}
		switch org.Kind {
		case ident.AgencyKind:
			link.Note = v.T("cabinet.agency")
		case ident.OperatorKind:
			link.Note = v.T("cabinet.operator_note")
		}
		if link.Here {
			f.Project = link.Name
		}
		f.Projects = append(f.Projects, link)
	}
}

// NameOf is what people call an organisation.
func (c *Cabinet) NameOf(v *Visit, org ident.Org) string {
	switch org.Kind {
	case ident.ProjectKind:
		if found, err := c.Projects.Get(v.Context(), c.DB, org.Project()); err == nil {
			return found.Name
		}
	case ident.AgencyKind:
		if found, err := access.GetAgency(v.Context(), c.DB, org.ID); err == nil {
			return found.Name
		}
	case ident.OperatorKind:
		return v.T("cabinet.operator")
	}
	return org.ID
}

// commands are what the palette offers besides sections and projects.
func (c *Cabinet) commands(v *Visit) []ui.Link {
	links := []ui.Link{{Text: v.T("cabinet.my_account"), Href: "/me", Icon: ui.IconUser}}
	for _, command := range c.Commands {
		if command.Need.Kind == v.Org.Kind && v.Org != (ident.Org{}) && (!command.Need.Right || v.May(command.Need.Action, command.Need.Object)) {
			links = append(links, ui.Link{Text: v.T(command.Text), Href: v.Path(command.Path), Icon: command.Icon})
		}
	}
	return links
}

// start leads a reader to the first page of the organisation they were last in.
func (c *Cabinet) start(v *Visit) error {
	last := c.lastVisit(v.R, readerOf(v.R))
	if last.Org == (ident.Org{}) {
		return v.Go(cmp.Or(c.Newcomer, "/me"))
	}
	return v.Go(c.first(last, last.Org, last.Permit))
}

// Revoke ends the live updates of somebody whose sessions all ended, at once; other nodes do so within 5 seconds by themselves.
func (c *Cabinet) Revoke(id account.UserID) { c.Hub.Revoke(string(id)) }

// RevokeSession is Revoke for one session that ended: the others of its user go on.
func (c *Cabinet) RevokeSession(id account.SessionID) { c.Hub.RevokeSession(string(id)) }
