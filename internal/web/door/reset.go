package door

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (d *door) showForgot(v *cabinet.Visit) error {
	return d.renderForgot(v, http.StatusOK, cabinet.NewForm(nil))
}

func (d *door) renderForgot(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.forgot"), Lead: v.T("door.forgot_lead")}, forgotPage(f, d.Post.Ready))
}

// forgot mails a link to set a new password with; a stranger is told the same for every address.
func (d *door) forgot(v *cabinet.Visit) error {
	f := v.Form()
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		r, err := account.RequestReset(ctx, tx, v.From(), d.Random, f.Get("email"), v.At)
		if err != nil {
			return err
		}
		m := mail.Message{Kind: mail.Reset, To: r.User.Email, Lang: lang.Lang(r.User.Language), Path: cabinet.Link("/reset", r.Token)}
		if r.Token == "" {
			m.Lang = v.Lang
			return d.Post.SendNobody(ctx, tx, m)
		}
		return d.Post.Send(ctx, tx, m)
	})
	if err != nil {
		slowDown(v, err)
		if wrong := f.Refuse(v, err, "email"); wrong != nil {
			return wrong
		}
		return d.renderForgot(v, statusOf(err), f)
	}
	if !d.Post.Ready {
		return said(v, http.StatusOK, v.T("door.not_sent"), v.T("door.forgot_waits"), ui.Button{Text: v.T("door.to_sign_in"), Href: "/sign-in"})
	}
	return said(v, http.StatusOK, v.T("door.look_into_mail"), v.T("door.forgot_mailed"), ui.Button{Text: v.T("door.to_sign_in"), Href: "/sign-in"})
}

func (d *door) showReset(v *cabinet.Visit) error {
	code := v.R.URL.Query().Get("code")
	u, err := account.ResetOf(v.Context(), d.DB, code, v.At)
	if err != nil {
		return err
	}
	return d.renderReset(v, http.StatusOK, u, cabinet.NewForm(map[string]string{"code": code}))
}

func (d *door) renderReset(v *cabinet.Visit, status int, u account.User, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.reset")}, resetPage(f, u.Email))
}

// reset sets the new password, and ends every session and passkey there was.
func (d *door) reset(v *cabinet.Visit) error {
	f := v.Form()
	u, err := account.ResetOf(v.Context(), d.DB, f.Raw("code"), v.At)
	if err != nil {
		return err
	}
	hashed, err := d.Door.Hasher.Hash(v.Context(), f.Raw("password"), u.Email)
	if err != nil {
		if wrong := f.Refuse(v, err, "password"); wrong != nil {
			return wrong
		}
		return d.renderReset(v, statusOf(err), u, f)
	}
	var removed []string
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		removed, err = account.ResetPassword(ctx, tx, v.From(), f.Raw("code"), hashed, v.At)
		return err
	}); err != nil {
		return err
	}
	d.Revoke(u.ID)
	text := v.T("door.reset_done")
	if len(removed) > 0 {
		text = v.T("door.reset_done_passkeys")
	}
	return v.Done("/sign-in", ui.Toast{Text: text})
}
