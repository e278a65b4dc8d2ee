package people

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostHeirs is for how many organisations the dialog asks who takes over; the work in the others becomes nobody's.
const mostHeirs = 20

// heirField is the name of the field that says who takes over in an organisation.
func heirField(org ident.Org) string { return "hand_to:" + org.String() }

// everywhere is the question before somebody is blocked in all organisations.
func (s *section) everywhere(v *cabinet.Visit, u account.User, of []access.Member) (l leaving, err error) {
	l = leaving{
		ask: ui.Confirm{
			Title: v.T("people.block_everywhere_title", map[string]any{"Name": u.Email}), Text: v.N("people.block_everywhere_text", len(of)),
			Action: anyonePath(v, u.ID) + "/block", Yes: v.T("people.block_do"), No: anyonePath(v, u.ID), Danger: true,
		},
		ends:  []string{v.T("people.ends_everywhere"), v.T("people.ends_keys_everywhere"), v.T("people.ends_updates"), v.T("people.ends_links")},
		stays: []string{v.T("people.stays_login"), v.T("people.stays_work"), v.T("people.stays_blocks")},
	}
	if l.heirs, err = s.heirsEverywhere(v, u.ID); err == nil && len(l.heirs) == 0 {
		l.ends = append(l.ends, v.T("people.ends_work"))
	}
	return l, err
}

// heirsEverywhere asks who takes over, in each organisation where somebody could.
func (s *section) heirsEverywhere(v *cabinet.Visit, id account.UserID) (heirs []*ui.Select, err error) {
	return heirs, v.Read(func(ctx context.Context, q store.Querier) error {
		heirs = nil
		colleagues, err := access.Colleagues(ctx, q, v.Permit, id)
		if err != nil {
			return err
		}
		for org, members := range colleagues {
			hint := heirHints[org.Kind]
			if hint == "" || len(members) == 0 || len(heirs) == mostHeirs {
				continue
			}
			choices, err := choicesOf(ctx, q, members)
			if err != nil {
				return err
			}
			heirs = append(heirs, &ui.Select{
				ID: "hand-to-" + org.ID, Name: heirField(org), Label: v.T("people.hand_to_in", map[string]any{"Where": s.NameOf(v, org)}), Hint: v.T(hint),
				Any: v.T("people.hand_to_nobody"), Choices: choices,
			})
		}
		slices.SortFunc(heirs, func(a, b *ui.Select) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
}

// choicesOf are members to choose from.
func choicesOf(ctx context.Context, q store.Querier, members []access.Member) ([]ui.Choice, error) {
	ids := make([]account.UserID, len(members))
	for i, m := range members {
		ids[i] = m.User
	}
	users, err := account.Users(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	st := &staff{}
	for _, m := range members {
		st.people = append(st.people, employee{Member: m, Person: users[m.User]})
	}
	slices.SortStableFunc(st.people, byName)
	return st.heirs(""), nil
}

// askBlockEverywhere is GET /op/people/everyone/{user}/block.
func (s *section) askBlockEverywhere(v *cabinet.Visit) error {
	u, of, err := s.somebody(v)
	if err != nil {
		return err
	}
	l, err := s.everywhere(v, u, of)
	if err != nil {
		return err
	}
	return v.Render(below(v, "/everyone", l.ask.Title, "blocking"), leavePage(l))
}

// blockEverywhere is POST /op/people/everyone/{user}/block, with hand_to:ORGANISATION for each. Rule A-12.
func (s *section) blockEverywhere(v *cabinet.Visit) error {
	u, of, err := s.somebody(v)
	if err != nil {
		return err
	}
	heirs := access.Heirs{}
	for _, m := range of {
		heirs[m.Org] = account.UserID(v.R.PostFormValue(heirField(m.Org)))
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return access.BlockEverywhere(ctx, tx, v.Permit, s.seats(), u.ID, heirs, v.At, work...)
	})
	if errs.CodeOf(err) == "access.bad_heir" {
		l, failed := s.everywhere(v, u, of)
		if failed != nil {
			return failed
		}
		return askAgain(v, below(v, "/everyone", l.ask.Title, "blocking"), l, err)
	}
	if err != nil {
		return err
	}
	s.Revoke(u.ID)
	return v.Done(anyonePath(v, u.ID), ui.Toast{Text: v.T("people.block_everywhere_done", map[string]any{"Name": u.Email}), Undo: anyonePath(v, u.ID) + "/unblock"})
}

// askUnblockEverywhere is GET /op/people/everyone/{user}/unblock.
func (s *section) askUnblockEverywhere(v *cabinet.Visit) error {
	u, _, err := s.somebody(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("people.unblock_everywhere_title", map[string]any{"Name": u.Email}), Text: v.T("people.unblock_everywhere_note"),
		Action: anyonePath(v, u.ID) + "/unblock", Yes: v.T("people.unblock_do"), No: anyonePath(v, u.ID),
	}
	return v.Render(below(v, "/everyone", ask.Title, "blocking"), ask.Draw())
}

// unblockEverywhere is POST /op/people/everyone/{user}/unblock.
func (s *section) unblockEverywhere(v *cabinet.Visit) error {
	u, _, err := s.somebody(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return access.UnblockEverywhere(ctx, tx, v.Permit, s.seats(), u.ID, v.At)
	})
	if err != nil {
		return err
	}
	return v.Done(anyonePath(v, u.ID), ui.Toast{Text: v.T("people.unblock_done", map[string]any{"Name": u.Email})})
}
