package people

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// inviteForm is an invitation as it is filled in.
type inviteForm struct {
	path   string
	email  ui.Field
	role   ui.Radio
	wrong  string
	effect string   // what one more user of a book sold by term will cost
	pay    ui.Radio // how, where a term is paid
	day    ui.Choice
}

// askInvite is GET /people/invite; ?role= chooses one beforehand.
func (s *section) askInvite(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	f, err := s.inviteForm(v, st, "", st.known(access.RoleID(v.R.URL.Query().Get("role"))), nil)
	if err != nil {
		return err
	}
	return v.Render(below(v, "", v.T("people.invite"), "people"), invitePage(f))
}

// known is a role that can be given here, and none for any other word.
func (st *staff) known(id access.RoleID) access.RoleID {
	if slices.ContainsFunc(st.roles, func(r access.Role) bool { return r.ID == id }) {
		return id
	}
	return ""
}

func (s *section) inviteForm(v *cabinet.Visit, st *staff, email string, role access.RoleID, wrong error) (inviteForm, error) {
	f := inviteForm{
		path:  v.Path(root + "/invite"),
		email: ui.Field{ID: "email", Name: "email", Type: "email", Label: v.T("people.email"), Hint: v.T("people.invite_hint"), Value: email, Required: true, Autocomplete: "off", Longest: 254},
		role:  ui.Radio{ID: "role", Name: "role", Label: v.T("people.role"), Value: string(cmp.Or(role, least(st.roles)))},
	}
	for _, r := range st.roles {
		f.role.Choices = append(f.role.Choices, ui.RadioChoice{Value: string(r.ID), Text: nameOfRole(v.View, r), Hint: hintOf(v, r.ID)})
	}
	if wrong != nil {
		message, _ := v.Error(wrong)
		switch errs.CodeOf(wrong) {
		case "account.bad_email", "access.is_member":
			f.email.Error = message
		case "access.no_role", "access.beyond_own":
			f.role.Error = message
		default:
			f.wrong = message
		}
	}
	if !isProject(v) {
		return f, nil
	}
	f.day = v.DayOf()
	err := s.invitedBill(v, &f)
	if pay := v.R.PostFormValue("pay"); pay != "" {
		f.pay.Value = pay
	}
	return f, err
}

// least is the role that is chosen before anybody chooses: who only reads, else the last of those that can be given.
func least(roles []access.Role) access.RoleID {
	if slices.ContainsFunc(roles, func(r access.Role) bool { return r.ID == access.ReadOnly }) {
		return access.ReadOnly
	}
	return roles[len(roles)-1].ID
}

// invite is POST /people/invite, with email and role. The link goes by mail; where there is no mail it is shown once.
func (s *section) invite(v *cabinet.Visit) error {
	email, role := strings.TrimSpace(v.R.PostFormValue("email")), access.RoleID(v.R.PostFormValue("role"))
	atOnce := isProject(v) && v.R.PostFormValue("pay") == payNow
	if atOnce {
		if err := sameDay(v); err != nil {
			return err
		}
	}
	var made access.Invitation
	var secret string
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if made, secret, err = access.Invite(ctx, tx, v.Permit, s.Random, email, role, v.At); err != nil {
			return err
		}
		if atOnce {
			if err := s.payForInvited(ctx, tx, v, made.Email); err != nil {
				return err
			}
		}
		return s.mailInvitation(ctx, tx, v, made, secret)
	})
	if err == nil {
		return s.invited(v, made, secret)
	}
	switch errs.CodeOf(err) {
	case "account.bad_email", "access.is_member", "access.no_role", "access.beyond_own", "ledger.insufficient_funds":
	default:
		return err
	}
	st, failed := s.staff(v)
	if failed != nil {
		return failed
	}
	f, failed := s.inviteForm(v, st, email, role, err)
	if failed != nil {
		return failed
	}
	return v.RenderWrong(below(v, "", v.T("people.invite"), "people"), invitePage(f))
}
