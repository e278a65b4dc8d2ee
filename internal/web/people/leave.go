package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// leaving is the question before somebody is shut out: what ends at once, what stays, what it does to the bill, and who
// gets the work.
type leaving struct {
	ask   ui.Confirm
	ends  []string
	stays []string
	heirs []*ui.Select // one in each organisation, none where there is nobody to hand over to
	wrong string
}

// effectOn is what a change of a member does to the bill: nothing outside projects, and nothing for those who may not see it.
func (s *section) effectOn(v *cabinet.Visit, st *staff, e employee, change func(plan, *staff, employee) billing.Change) (rehearsed, error) {
	if !isProject(v) {
		return rehearsed{}, nil
	}
	p, err := s.plan(v)
	if err != nil {
		return rehearsed{}, err
	}
	return s.rehearse(v, change(p, st, e))
}

// work is what somebody who is shut out leaves behind: calls in a project, conversations on the operator's side. An agency has none of its own.
var work = []access.Work{call.HandOver, support.HandOver}

// heirHints say what an heir gets, by the kind of organisation: an agency has no work of its own.
var heirHints = map[ident.OrgKind]lang.Key{ident.ProjectKind: "people.hand_to_hint", ident.OperatorKind: "people.hand_to_hint_desk"}

// heirOf asks who takes over.
func (st *staff) heirOf(v *cabinet.Visit, e employee) []*ui.Select {
	heirs := st.heirs(e.User)
	hint := heirHints[v.Org.Kind]
	if len(heirs) == 0 || hint == "" {
		return nil
	}
	return []*ui.Select{{ID: "hand-to", Name: "hand_to", Label: v.T("people.hand_to"), Hint: v.T(hint), Any: v.T("people.hand_to_nobody"), Choices: heirs}}
}

// openFor is what somebody has open here, in words.
func (s *section) openFor(v *cabinet.Visit, e employee) (words []string, err error) {
	var sessions []account.Session
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		sessions, err = account.ListSessions(ctx, q, e.User, v.At)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(sessions) > 0 {
		words = append(words, v.N("people.ends_sessions", len(sessions)))
	}
	if isProject(v) {
		keys, err := s.keysOf(v, e.User)
		if err != nil {
			return nil, err
		}
		live := 0
		for _, k := range keys {
			if k.Live(v.At) {
				live++
			}
		}
		if live > 0 {
			words = append(words, v.N("people.ends_keys", live))
		}
	}
	return append(words, v.T("people.ends_updates"), v.T("people.ends_invitations")), nil
}

// keysOf are the keys of the project that somebody made.
func (s *section) keysOf(v *cabinet.Visit, id account.UserID) (made []account.Key, err error) {
	return made, v.Read(func(ctx context.Context, q store.Querier) error {
		keys, err := account.KeysOf(ctx, q, v.Org.Project(), id)
		made = keys
		return err
	})
}

// uncount takes somebody who is shut out off the paid users of a term, where they are one.
func (s *section) uncount(ctx context.Context, tx *store.Tx, v *cabinet.Visit, paidAs string) error {
	if paidAs == "" {
		return nil
	}
	_, err := s.Billing.RemoveUser(ctx, tx, v.Project.ID, paidAs, v.At)
	if errs.CodeOf(err) == "billing.unknown_user" {
		return nil // somebody else was faster
	}
	return err
}

// paidAs is by which name a member counts as a paid user; empty outside books sold by term.
func (s *section) paidAs(v *cabinet.Visit, e employee) (string, error) {
	if !isProject(v) {
		return "", nil
	}
	p, err := s.plan(v)
	return p.paidAs(e), err
}

// exit is a way of shutting somebody out: the question before it, and what it does.
type exit struct {
	ask func(*cabinet.Visit, *staff, employee) (leaving, error)
	do  func(ctx context.Context, tx *store.Tx, v *cabinet.Visit, e employee, handTo account.UserID) error
}

// askExit shows the question of an exit.
func (s *section) askExit(v *cabinet.Visit, x exit) error {
	st, e, err := s.member(v)
	if err != nil {
		return err
	}
	l, err := x.ask(v, st, e)
	if err != nil {
		return err
	}
	return v.Render(below(v, "", l.ask.Title, "blocking"), leavePage(l))
}

// leave shuts a member out by an exit, with hand_to, and takes them off the paid users. done is false where the answer was
// given: the question again, with what is wrong.
func (s *section) leave(v *cabinet.Visit, x exit) (e employee, done bool, err error) {
	if err := sameDay(v); err != nil {
		return e, false, err
	}
	st, e, err := s.member(v)
	if err != nil {
		return e, false, err
	}
	paidAs, err := s.paidAs(v, e)
	if err != nil {
		return e, false, err
	}
	handTo := account.UserID(v.R.PostFormValue("hand_to"))
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := x.do(ctx, tx, v, e, handTo); err != nil {
			return err
		}
		return s.uncount(ctx, tx, v, paidAs)
	})
	if err == nil || errs.KindOf(err) != errs.Invalid {
		return e, err == nil, err
	}
	l, failed := x.ask(v, st, e)
	if failed != nil {
		return e, false, failed
	}
	return e, false, askAgain(v, below(v, "", l.ask.Title, "blocking"), l, err)
}

// askAgain answers a question that was answered wrongly with the question, what was chosen, and what is wrong.
func askAgain(v *cabinet.Visit, p ui.Page, l leaving, err error) error {
	message, _ := v.Error(err)
	if errs.CodeOf(err) == "access.bad_heir" && len(l.heirs) == 1 {
		l.heirs[0].Error, l.heirs[0].Value = message, ""
	} else {
		l.wrong = message
	}
	return v.RenderWrong(p, leavePage(l))
}

var _ access.SeatCounter = counter{}
