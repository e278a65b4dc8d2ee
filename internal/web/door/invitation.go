package door

import (
	"context"
	"net/http"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// invited is an invitation as its page shows it.
type invited struct {
	access.Invitation
	place   string // into what
	hasUser bool   // the address has an account: its owner signs in
	code    string
}

func (d *door) readInvitation(v *cabinet.Visit, code string) (i invited, err error) {
	i.code = code
	if i.Invitation, i.hasUser, err = access.InvitationOf(v.Context(), d.DB, code, v.At); err != nil {
		return invited{}, err
	}
	i.place = d.NameOf(v, i.Org)
	return i, nil
}

func (d *door) showInvitation(v *cabinet.Visit) error {
	i, err := d.readInvitation(v, v.R.URL.Query().Get("code"))
	if err != nil {
		return err
	}
	if i.Email == "" {
		return v.Go(cabinet.Link("/setup", i.code))
	}
	return d.renderInvitation(v, http.StatusOK, i, cabinet.NewForm(nil))
}

func (d *door) renderInvitation(v *cabinet.Visit, status int, i invited, f *cabinet.Form) error {
	page := ui.Page{Title: v.T("door.invitation"), Lead: v.T("door.invitation_lead", map[string]any{"Place": i.place})}
	return v.RenderPlain(status, page, invitationPage(i, v.User, f))
}

// accept makes a member of whoever is signed in, or of a newcomer, who then is signed in.
func (d *door) accept(v *cabinet.Visit) error {
	f := v.Form()
	i, err := d.readInvitation(v, f.Raw("code"))
	if err != nil {
		return err
	}
	switch {
	case v.User.ID != "":
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Accept(ctx, tx, v.Principal.Actor(), i.code, v.User.ID, v.At)
			return err
		})
	case i.hasUser:
		return v.Go(withBack("/sign-in", cabinet.Link("/invitation", i.code)))
	default:
		err = d.join(v, f, i)
	}
	if err != nil {
		if wrong := f.Refuse(v, err, "name", "password"); wrong != nil {
			return wrong
		}
		return d.renderInvitation(v, statusOf(err), i, f)
	}
	return v.Into(i.Org, ui.Toast{Text: v.T("door.joined", map[string]any{"Place": i.place})})
}

// join makes an account for whoever was invited. The address needs no confirmation: its mail was read.
func (d *door) join(v *cabinet.Visit, f *cabinet.Form, i invited) error {
	n, err := d.newUser(v, f, i.Email)
	if err != nil {
		return err
	}
	return d.begin(v, func(ctx context.Context, tx *store.Tx) (account.User, error) {
		u, _, err := access.AcceptNew(ctx, tx, v.From(), d.Random, i.code, n, v.At)
		return u, err
	})
}

// newUser is the account that a newcomer filled in.
func (d *door) newUser(v *cabinet.Visit, f *cabinet.Form, email string) (account.NewUser, error) {
	hashed, err := d.Door.Hasher.Hash(v.Context(), f.Raw("password"), email)
	return account.NewUser{Email: email, Name: f.Get("name"), Language: firstLanguage(v, f.Get("language")), Password: hashed}, err
}

// begin makes a newcomer in one transaction with what comes with them, and signs them in.
func (d *door) begin(v *cabinet.Visit, make func(ctx context.Context, tx *store.Tx) (account.User, error)) error {
	var token string
	var session account.Session
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		u, err := make(ctx, tx)
		if err != nil {
			return err
		}
		token, session, err = account.OpenSession(ctx, tx, v.From(), d.Random,
			account.NewSession{User: u.ID, Method: account.ByInvite, Lifetime: account.Signed}, v.At)
		return err
	})
	if err == nil {
		v.Begin(token, session)
	}
	return err
}
