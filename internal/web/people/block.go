package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// blockade shuts somebody out for as long as they are blocked. Rule A-12.
func (s *section) blockade() exit {
	return exit{s.blocking, func(ctx context.Context, tx *store.Tx, v *cabinet.Visit, e employee, handTo account.UserID) error {
		_, err := access.Block(ctx, tx, v.Permit, s.seats(), e.User, handTo, v.At, work...)
		return err
	}}
}

// askBlock is GET /people/users/{user}/block: everything a blocking does, in one dialog.
func (s *section) askBlock(v *cabinet.Visit) error { return s.askExit(v, s.blockade()) }

func (s *section) blocking(v *cabinet.Visit, st *staff, e employee) (l leaving, err error) {
	l.ask = ui.Confirm{
		Title: v.T("people.block_title", map[string]any{"Name": e.name()}), Text: v.T("people.block_text"), Action: userPath(v, e.User) + "/block",
		Yes: v.T("people.block_do"), No: userPath(v, e.User), Danger: true, Fields: daysOf(v),
	}
	bill, err := s.effectOn(v, st, e, plan.without)
	if err != nil {
		return l, err
	}
	l.ask.Effect = bill.lines
	switch {
	case len(bill.lines) == 0:
		l.ask.Text = v.T("people.block_text_free") // nothing follows "from tomorrow"
	case bill.now:
		l.ask.Text = v.T("people.block_text_bill")
	}
	if l.ends, err = s.openFor(v, e); err != nil {
		return l, err
	}
	l.stays = []string{v.T("people.stays_login"), v.T("people.stays_membership"), v.T("people.stays_work")}
	if isProject(v) && len(e.Seats) > 0 {
		l.stays = append(l.stays, v.N("people.stays_seats", len(e.Seats)))
	}
	l.heirs = st.heirOf(v, e)
	return l, nil
}

// block is POST /people/users/{user}/block, with hand_to.
func (s *section) block(v *cabinet.Visit) error {
	e, done, err := s.leave(v, s.blockade())
	if !done {
		return err
	}
	s.Revoke(e.User)
	toast := ui.Toast{Text: v.T("people.block_done", map[string]any{"Name": e.name()}), Undo: userPath(v, e.User) + "/unblock", Fields: daysOf(v)}
	return v.Done(userPath(v, e.User), toast)
}

// askUnblock is GET /people/users/{user}/unblock.
func (s *section) askUnblock(v *cabinet.Visit) error {
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	l := leaving{
		ask: ui.Confirm{
			Title: v.T("people.unblock_title", map[string]any{"Name": e.name()}), Text: v.T("people.unblock_text"), Action: userPath(v, e.User) + "/unblock",
			Yes: v.T("people.unblock_do"), No: userPath(v, e.User), Fields: daysOf(v),
		},
	}
	bill, err := s.effectOn(v, st, e, plan.within)
	if err != nil {
		return err
	}
	l.ask.Effect = bill.lines
	return v.Render(below(v, "", l.ask.Title, "blocking"), leavePage(l))
}

// unblock is POST /people/users/{user}/unblock: everything but the sessions is as it was.
func (s *section) unblock(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	change := billing.Change{}
	if isProject(v) {
		p, err := s.plan(v)
		if err != nil {
			return err
		}
		change = p.within(st, e)
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if _, err := access.Unblock(ctx, tx, v.Permit, s.seats(), e.User, v.At); err != nil {
			return err
		}
		return s.count(ctx, tx, v, e, change.AddUsers)
	})
	if err != nil {
		return err
	}
	return v.Done(userPath(v, e.User), ui.Toast{Text: v.T("people.unblock_done", map[string]any{"Name": e.name()})})
}

// count makes somebody who comes back a paid user of a term again.
func (s *section) count(ctx context.Context, tx *store.Tx, v *cabinet.Visit, e employee, users []string) error {
	for _, user := range users {
		if e.active() {
			return nil // nobody was blocked
		}
		if _, err := s.Billing.AddUser(ctx, tx, v.Project.ID, user, v.At); err != nil && errs.CodeOf(err) != "billing.user_exists" {
			return err
		}
	}
	return nil
}
