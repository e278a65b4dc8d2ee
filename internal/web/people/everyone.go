package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (s *section) handleEveryone(p place) {
	view, edit := p.need(access.View, access.People), p.need(access.Edit, access.People)
	s.Handle("GET "+p.base+"/everyone", view, s.everyone)
	s.Handle("GET "+p.base+"/everyone/{user}", view, s.anyone)
	s.Handle("GET "+p.base+"/everyone/{user}/block", edit, s.askBlockEverywhere)
	s.Handle("POST "+p.base+"/everyone/{user}/block", edit, s.blockEverywhere)
	s.Handle("GET "+p.base+"/everyone/{user}/unblock", edit, s.askUnblockEverywhere)
	s.Handle("POST "+p.base+"/everyone/{user}/unblock", edit, s.unblockEverywhere)
}

// everyone is GET /op/people/everyone: all users of the installation.
func (s *section) everyone(v *cabinet.Visit) error {
	p := page(v, "/everyone", "op-view-as")
	p.Lead = v.T("people.everyone_lead")
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "name", Title: v.T("people.name"), Fixed: true},
				{Key: "email", Title: v.T("people.email")},
				{Key: "state", Title: v.T("people.state")},
				{Key: "totp", Title: v.T("people.totp")},
				{Key: "seen", Title: v.T("people.seen")},
				{Key: "created", Title: v.T("people.signed_up")},
			},
			Filters: []ui.Filter{{Key: "words", Title: v.T("people.name_or_email")}},
		},
		Caption: v.T("people.everyone"), Right: access.People,
		Load: func(_ context.Context, state ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			var users []account.User
			err = v.Read(func(ctx context.Context, q store.Querier) error {
				users, err = account.FindUsers(ctx, q, state.Filters["words"], account.UserID(after), limit+1)
				return err
			})
			for i, u := range users {
				if i == limit {
					return rows, string(users[i-1].ID), nil
				}
				rows = append(rows, anyoneRow(v, u))
			}
			return rows, "", err
		},
	})
}

// mostAnyone is how many users of the installation a search gives at most.
const mostAnyone = 50

// findAnyone looks for users of the installation by name and address, for the operator's search.
func (s *section) findAnyone(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	return links, v.Read(func(ctx context.Context, q store.Querier) error {
		users, err := account.FindUsers(ctx, q, words, "", mostAnyone)
		links = nil
		for _, u := range users {
			text := u.Email
			if u.Name != "" {
				text = u.Name + " · " + u.Email
			}
			links = append(links, ui.Link{Text: text, Href: anyonePath(v, u.ID), Icon: ui.IconUser})
		}
		return err
	})
}

func anyoneRow(v *cabinet.Visit, u account.User) cabinet.Row {
	e := employee{Person: u, Member: access.Member{User: u.ID, BlockedAt: u.BlockedAt, Everywhere: !u.BlockedAt.IsZero()}}
	row := (&staff{}).row(v, e)
	row.Href, row.Cells["seen"], row.Cells["created"] = anyonePath(v, u.ID), cabinet.Moment(u.SeenAt), cabinet.Moment(u.CreatedAt)
	return row
}

func anyonePath(v *cabinet.Visit, id account.UserID) string {
	return v.Path(root + "/everyone/" + string(id))
}

// somebody reads the user that the path names, and what they are a member of.
func (s *section) somebody(v *cabinet.Visit) (u account.User, of []access.Member, err error) {
	id := account.UserID(v.R.PathValue("user"))
	return u, of, v.Read(func(ctx context.Context, q store.Querier) error {
		if u, err = account.GetUser(ctx, q, id); err != nil {
			return err
		}
		of, err = access.Memberships(ctx, q, v.Permit, id)
		return err
	})
}

// anyoneContent is what stands on the page of one user of the installation.
type anyoneContent struct {
	facts []fact
	in    []belonging
	deeds []deed
}

// belonging is an organisation that somebody is a member of.
type belonging struct {
	Name, Href, Role string
	State            fact
	View             ui.Button
}

// anyone is GET /op/people/everyone/{user}.
func (s *section) anyone(v *cabinet.Visit) error {
	u, of, err := s.somebody(v)
	if err != nil {
		return err
	}
	e := employee{Person: u, Member: access.Member{User: u.ID, BlockedAt: u.BlockedAt, Everywhere: !u.BlockedAt.IsZero(), JoinedAt: u.CreatedAt, SeenAt: u.SeenAt}}
	c := anyoneContent{facts: (&staff{}).facts(v, e)}
	for _, m := range of {
		c.in = append(c.in, s.belongingOf(v, m))
	}
	if u.ID != v.Permit.Self && v.May(access.Edit, access.People) {
		at := anyonePath(v, u.ID)
		if e.active() {
			c.deeds = append(c.deeds, deed{v.T("people.block_everywhere"), v.T("people.block_everywhere_note"), ui.Button{Text: v.T("people.block_do"), Kind: ui.Danger, Icon: ui.IconLock, Href: at + "/block", Dialog: true}})
		} else {
			c.deeds = append(c.deeds, deed{v.T("people.unblock_everywhere"), v.T("people.unblock_everywhere_note"), ui.Button{Text: v.T("people.unblock_do"), Icon: ui.IconUndo, Href: at + "/unblock", Dialog: true}})
		}
	}
	return v.Render(below(v, "/everyone", e.name(), "op-view-as"), anyonePage(c))
}

func (s *section) belongingOf(v *cabinet.Visit, m access.Member) belonging {
	st := &staff{}
	b := belonging{Name: s.NameOf(v, m.Org), Href: cabinet.Base(m.Org) + root, Role: v.T("people.role_own")}
	if name, ok := cabinet.BuiltinRole(v.Printer, m.Role); ok {
		b.Role = name
	}
	e := employee{Member: m}
	b.State = fact{st.nameOf(m.User), e.state(v.View).Show}
	if m.Org.Kind == ident.ProjectKind && v.May(access.Edit, access.ViewAs) && m.User != v.Permit.Self && e.active() {
		b.View = ui.Button{Text: v.T("people.view_as"), Small: true, Href: v.Path("/projects/" + m.Org.ID + "/view?member=" + string(m.User))}
	}
	return b
}
