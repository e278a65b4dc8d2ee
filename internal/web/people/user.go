package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"

	"bellwether/internal/store"

	"github.com/a-h/templ"
)

// user is GET /people/users/{user}: one member, what they have here, and what can be done about it.
func (s *section) user(v *cabinet.Visit) error {
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	return s.showUser(v, st, e, "")
}

// member finds the member that the path names.
func (s *section) member(v *cabinet.Visit) (st *staff, e employee, err error) {
	if st, err = s.staff(v); err != nil {
		return nil, employee{}, err
	}
	e, err = st.find(v.R.PathValue("user"))
	return st, e, err
}

// userContent is what stands on the page of one member.
type userContent struct {
	e     employee
	facts []fact
	role  ui.Select
	edit  bool // the reader may change the role
	seats []seatSwitch
	keys  []account.Key
	deeds []deed
	wrong string
	at    func(below string) string
}

// fact is a line of what is known.
type fact struct {
	Name  string
	Value templ.Component
}

// deed is something that can be done, with what it means.
type deed struct {
	Text   string
	Note   string
	Button ui.Button
}

func (s *section) showUser(v *cabinet.Visit, st *staff, e employee, wrong string) error {
	c := userContent{
		e: e, facts: st.facts(v, e), edit: v.May(access.Edit, access.People), wrong: wrong, deeds: deedsFor(v, e),
		role: ui.Select{
			ID: "role", Name: "role", Label: v.T("people.role"), Value: string(e.Role), Choices: st.roleChoices(v.View), Off: !v.May(access.Edit, access.People),
			Hint: hintOf(v, e.Role), Error: wrong,
		},
		at: func(below string) string { return userPath(v, e.User) + below },
	}
	if isProject(v) {
		p, err := s.plan(v)
		if err != nil {
			return err
		}
		c.seats = switches(v, p, e)
	}
	if v.May(access.View, access.Keys) {
		var err error
		if c.keys, err = s.keysOf(v, e.User); err != nil {
			return err
		}
	}
	p := below(v, "", e.name(), "people")
	if wrong != "" {
		return v.RenderWrong(p, userPage(c))
	}
	return v.Render(p, userPage(c))
}

func hintOf(v *cabinet.Visit, role access.RoleID) string {
	if key, ok := roleHintKeys[role]; ok {
		return v.T(key)
	}
	return ""
}

// facts are what is known of a member.
func (st *staff) facts(v *cabinet.Visit, e employee) []fact {
	totp := ui.Status(ui.Warning, v.T("people.totp_off"))
	if e.Person.TOTP {
		totp = ui.Status(ui.Good, v.T("people.totp_on"))
	}
	list := []fact{
		{v.T("people.state"), e.state(v.View).Show},
		{v.T("people.email"), ui.Text(e.Person.Email)},
		{v.T("people.totp"), totp},
		{v.T("people.joined"), ui.Moment(e.JoinedAt)},
	}
	if !e.active() {
		list = append(list, fact{v.T("people.blocked_since"), ui.Moment(e.BlockedAt)})
	}
	if e.SeenAt.IsZero() {
		list = append(list, fact{v.T("people.seen"), ui.Text(v.T("people.never"))})
	} else {
		list = append(list, fact{v.T("people.seen"), ui.Moment(e.SeenAt)})
	}
	if e.InvitedBy != "" {
		list = append(list, fact{v.T("people.invited_by"), ui.Text(st.outsiderOr(v.View, e.InvitedBy))})
	}
	for _, d := range e.Departments {
		list = append(list, fact{v.T("people.department"), ui.Text(d.Name)})
	}
	return list
}

// deedsFor are what the reader can do about a member.
func deedsFor(v *cabinet.Visit, e employee) (list []deed) {
	if e.User == v.Permit.Self {
		return nil // nobody shuts out themselves (Rule A-10)
	}
	at := func(below string) string { return userPath(v, e.User) + below }
	if v.May(access.Edit, access.People) && !e.Everywhere {
		if e.active() {
			list = append(list, deed{v.T("people.block"), v.T("people.block_note"), ui.Button{Text: v.T("people.block_do"), Icon: ui.IconLock, Href: at("/block"), Dialog: true}})
		} else {
			list = append(list, deed{v.T("people.unblock"), v.T("people.unblock_note"), ui.Button{Text: v.T("people.unblock_do"), Icon: ui.IconUndo, Href: at("/unblock"), Dialog: true}})
		}
	}
	if v.May(access.Delete, access.People) {
		list = append(list, deed{v.T("people.remove"), v.T("people.remove_note"), ui.Button{Text: v.T("people.remove_do"), Kind: ui.Danger, Href: at("/remove"), Dialog: true}})
	}
	return list
}

// setRole is POST /people/users/{user}/role, with role: it counts within 5 seconds, and can be undone.
func (s *section) setRole(v *cabinet.Visit) error {
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	role := access.RoleID(v.R.PostFormValue("role"))
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.SetRole(ctx, tx, v.Permit, e.User, role, v.At)
		return err
	})
	if errs.CodeOf(err) == "access.no_role" {
		message, _ := v.Error(err)
		return s.showUser(v, st, e, message)
	}
	if err != nil {
		return err
	}
	return v.Done(userPath(v, e.User), ui.Toast{
		Text: v.T("people.role_set", map[string]any{"Name": e.name(), "Role": st.roleName(v.View, role)}),
		Undo: userPath(v, e.User) + "/role", Fields: []ui.Choice{{Value: "role", Text: string(e.Role)}},
	})
}
