package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// removal takes somebody out of the organisation.
func (s *section) removal() exit {
	return exit{s.removing, func(ctx context.Context, tx *store.Tx, v *cabinet.Visit, e employee, handTo account.UserID) error {
		return access.RemoveMember(ctx, tx, v.Permit, s.seats(), e.User, handTo, v.At, work...)
	}}
}

// askRemove is GET /people/users/{user}/remove.
func (s *section) askRemove(v *cabinet.Visit) error { return s.askExit(v, s.removal()) }

func (s *section) removing(v *cabinet.Visit, st *staff, e employee) (l leaving, err error) {
	l.ask = ui.Confirm{
		Title: v.T("people.remove_title", map[string]any{"Name": e.name()}), Text: v.T("people.remove_text"), Action: userPath(v, e.User) + "/remove",
		Yes: v.T("people.remove_do"), No: userPath(v, e.User), Danger: true, Fields: daysOf(v),
	}
	bill, err := s.effectOn(v, st, e, plan.without)
	if err != nil {
		return l, err
	}
	l.ask.Effect = bill.lines
	l.ends = []string{v.T("people.ends_membership")}
	if isProject(v) {
		l.ends = append(l.ends, v.T("people.ends_places"), v.T("people.ends_keys_all"))
	}
	l.stays = []string{v.T("people.stays_login"), v.T("people.stays_work")}
	l.heirs = st.heirOf(v, e)
	return l, nil
}

// remove is POST /people/users/{user}/remove, with hand_to: it takes a member out of the organisation.
func (s *section) remove(v *cabinet.Visit) error {
	e, done, err := s.leave(v, s.removal())
	if !done {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("people.remove_done", map[string]any{"Name": e.name()})})
}
