package people

import (
	"cmp"
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// invitations is GET /people/invitations: whom nobody took up yet.
func (s *section) invitations(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	pending, err := s.pending(v)
	if err != nil {
		return err
	}
	p := page(v, "/invitations", "people")
	if v.May(access.Edit, access.People) {
		p.Actions = ui.Button{Text: v.T("people.invite"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/invite"), Dialog: true}.Draw()
	}
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{Sort: "sent", Columns: []ui.Column{
			{Key: "email", Title: v.T("people.email"), Sortable: true, Fixed: true},
			{Key: "role", Title: v.T("people.role"), Sortable: true},
			{Key: "by", Title: v.T("people.invited_by"), Sortable: true},
			{Key: "sent", Title: v.T("people.sent"), Sortable: true},
			{Key: "expires", Title: v.T("people.expires"), Sortable: true},
			{Key: "state", Title: v.T("people.state")},
		}},
		Caption: v.T("people.invitations"), Right: access.People, Count: v.N("people.invitations_count", len(pending)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPeople, Title: v.T("people.no_invitations"), Text: v.T("people.no_invitations_text")},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, i := range pending {
				rows = append(rows, st.invitationRow(v, i))
			}
			return rows, nil
		}),
	})
}

func (s *section) pending(v *cabinet.Visit) (list []access.Invitation, err error) {
	return list, v.Read(func(ctx context.Context, q store.Querier) error {
		list, err = access.Invitations(ctx, q, v.Permit, v.At)
		return err
	})
}

func (st *staff) invitationRow(v *cabinet.Visit, i access.Invitation) cabinet.Row {
	tone, word := stateOf(v, i)
	row := cabinet.Row{ID: string(i.ID), Cells: map[string]cabinet.Cell{
		"email": cabinet.Text(i.Email), "role": cabinet.Text(st.roleName(v.View, i.Role)), "sent": cabinet.Moment(i.SentAt),
		"expires": cabinet.Moment(i.ExpiresAt), "state": cabinet.Status(tone, word),
	}}
	if i.InvitedBy != "" {
		row.Cells["by"] = cabinet.Text(st.outsiderOr(v.View, i.InvitedBy))
	}
	if v.May(access.Edit, access.People) {
		row.Href = invitationPath(v, i.ID)
	}
	return row
}

// stateOf says whether an invitation can still be accepted.
func stateOf(v *cabinet.Visit, i access.Invitation) (ui.Tone, string) {
	switch {
	case i.Waits(v.At):
		return ui.Notice, v.T("people.invitation_waits")
	case i.Lapsed:
		return ui.Warning, v.T("people.invitation_lapsed")
	}
	return ui.Warning, v.T("people.invitation_expired")
}

func invitationPath(v *cabinet.Visit, id access.InvitationID) string {
	return v.Path(root + "/invitations/" + string(id))
}

// chosenInvitation is the one that the path names.
func (s *section) chosenInvitation(v *cabinet.Visit) (access.Invitation, error) {
	pending, err := s.pending(v)
	if err != nil {
		return access.Invitation{}, err
	}
	for _, i := range pending {
		if string(i.ID) == v.R.PathValue("invitation") {
			return i, nil
		}
	}
	return access.Invitation{}, errs.New(errs.NotFound, "access.no_invitation", "there is no invitation %.40q", v.R.PathValue("invitation")).At("invitation")
}

// invitationContent is what stands on the page of one invitation.
type invitationContent struct {
	email string
	facts []fact
	path  string
	back  string
	link  string // shown once, where there is a new one
}

// invitation is GET /people/invitations/{invitation}: it can be sent again and taken back.
func (s *section) invitation(v *cabinet.Visit) error {
	i, err := s.chosenInvitation(v)
	if err != nil {
		return err
	}
	return s.showInvitation(v, i, "")
}

func (s *section) showInvitation(v *cabinet.Visit, i access.Invitation, link string) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	c := invitationContent{email: i.Email, path: invitationPath(v, i.ID), back: v.Path(root + "/invitations"), link: link, facts: []fact{
		{v.T("people.role"), ui.Text(st.roleName(v.View, i.Role))}, {v.T("people.sent"), ui.Moment(i.SentAt)}, {v.T("people.expires"), ui.Moment(i.ExpiresAt)},
	}}
	if tone, word := stateOf(v, i); tone == ui.Warning {
		c.facts = append(c.facts, fact{v.T("people.state"), ui.Text(word)})
	}
	if i.InvitedBy != "" {
		c.facts = append(c.facts, fact{v.T("people.invited_by"), ui.Text(st.outsiderOr(v.View, i.InvitedBy))})
	}
	return v.Render(below(v, "/invitations", i.Email, "people"), invitationPage(c))
}

// resend is POST /people/invitations/{invitation}/resend: a new link, good for a week; the old one opens nothing.
func (s *section) resend(v *cabinet.Visit) error {
	var made access.Invitation
	var secret string
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if made, secret, err = access.Resend(ctx, tx, v.Permit, s.Random, access.InvitationID(v.R.PathValue("invitation")), v.At); err != nil {
			return err
		}
		return s.mailInvitation(ctx, tx, v, made, secret)
	})
	if err != nil {
		return err
	}
	return s.invited(v, made, secret)
}

// mailInvitation puts the mail with the link, where there is a server to send it with.
func (s *section) mailInvitation(ctx context.Context, tx *store.Tx, v *cabinet.Visit, i access.Invitation, secret string) error {
	if !s.Post.Ready {
		return nil
	}
	return s.Post.Send(ctx, tx, mail.Message{
		Kind: mail.Invite, To: i.Email, Lang: s.languageOf(ctx, tx, v, i.Email), Path: invitationQuery(secret), Who: cmp.Or(v.User.Name, v.User.Email), Place: s.NameOf(v, v.Org),
	})
}

// languageOf is that of whoever has an address; of strangers it is taken to be the one an agency chose for them, else the language they
// are invited in.
func (s *section) languageOf(ctx context.Context, q store.Querier, v *cabinet.Visit, address string) lang.Lang {
	if u, err := account.FindUser(ctx, q, address); err == nil {
		if known, ok := lang.Parse(u.Language); ok {
			return known
		}
	}
	if v.Org.Kind == ident.AgencyKind {
		if a, err := access.GetAgency(ctx, q, v.Org.ID); err == nil {
			if chosen, ok := lang.Parse(a.Language); ok {
				return chosen
			}
		}
	}
	return v.Lang
}

func invitationQuery(secret string) string { return cabinet.InvitationPath + "?code=" + secret }

// invited tells that a mail is under way or, where none can be, shows the link, once.
func (s *section) invited(v *cabinet.Visit, i access.Invitation, secret string) error {
	if s.Post.Ready {
		return v.Done(v.Path(root+"/invitations"), ui.Toast{Text: v.T("people.invitation_mailed", map[string]any{"Email": i.Email})})
	}
	return s.showInvitation(v, i, s.Origin+invitationQuery(secret))
}

// revokeInvitation is POST /people/invitations/{invitation}/revoke.
func (s *section) revokeInvitation(v *cabinet.Visit) error {
	i, err := s.chosenInvitation(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := access.RevokeInvitation(ctx, tx, v.Permit, i.ID, v.At); err != nil {
			return err
		}
		return s.uncountInvited(ctx, tx, v, i.Email)
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/invitations"), ui.Toast{Text: v.T("people.invitation_revoked", map[string]any{"Email": i.Email})})
}
