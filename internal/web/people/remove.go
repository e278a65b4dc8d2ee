package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// askRemove is GET /people/users/{user}/remove.
func (s *section) askRemove(v *cabinet.Visit) error {
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	l, err := s.removing(v, st, e)
	if err != nil {
		return err
	}
	return v.Render(below(v, "", l.ask.Title, "blocking"), leavePage(l))
}

func (s *section) removing(v *cabinet.Visit, st *staff, e employee) (l leaving, err error) {
	l.ask = ui.Confirm{
		Title: v.T("people.remove_title", map[string]any{"Name": e.name()}), Text: v.T("people.remove_text"), Action: userPath(v, e.User) + "/remove",
		Yes: v.T("people.remove_do"), No: userPath(v, e.User), Danger: true, Fields: daysOf(v),
	}
	if l.ask.Effect, err = s.effectOn(v, st, e, plan.without); err != nil {
		return l, err
	}
	l.ends = []string{v.T("people.ends_membership")}
	if isProject(v) {
		l.ends = append(l.ends, v.T("people.ends_places"), v.T("people.ends_keys_all"))
	}
	l.stays = []string{v.T("people.stays_login"), v.T("people.stays_work")}
	l.heir = st.heirOf(v, e, "", "")
	return l, nil
}

// remove is POST /people/users/{user}/remove, with hand_to: it takes a member out of the organisation.
func (s *section) remove(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	paidAs, err := s.paidAs(v, e)
	if err != nil {
		return err
	}
	handTo := account.UserID(v.R.PostFormValue("hand_to"))
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := access.RemoveMember(ctx, tx, v.Permit, s.seats(), e.User, handTo, v.At); err != nil {
			return err
		}
		return s.uncount(ctx, tx, v, paidAs)
	})
	if err != nil && errs.KindOf(err) == errs.Invalid {
		l, failed := s.removing(v, st, e)
		if failed != nil {
			return failed
		}
		return askAgain(v, below(v, "", l.ask.Title, "blocking"), l, err)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("people.remove_done", map[string]any{"Name": e.name()})})
}
