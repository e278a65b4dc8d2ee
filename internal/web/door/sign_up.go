package door

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (d *door) showSignUp(v *cabinet.Visit) error {
	return d.renderSignUp(v, http.StatusOK, cabinet.NewForm(nil))
}

func (d *door) renderSignUp(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.sign_up")}, signUpPage(f))
}

// signUp makes an account that counts once its address is confirmed. Whether the address has one already, only its mailbox
// is told.
func (d *door) signUp(v *cabinet.Visit) error {
	f := v.Form()
	if err := d.makeAccount(v, f); err != nil {
		slowDown(v, err)
		if wrong := f.Refuse(v, err, "name", "email", "password"); wrong != nil {
			return wrong
		}
		return d.renderSignUp(v, statusOf(err), f)
	}
	return said(v, http.StatusOK, v.T("door.look_into_mail"), v.T("door.sign_up_mailed"), ui.Button{Text: v.T("door.to_sign_in"), Href: "/sign-in"})
}

func (d *door) makeAccount(v *cabinet.Visit, f *cabinet.Form) error {
	n := account.NewUser{Email: f.Get("email"), Name: f.Get("name"), Language: string(v.Lang)}
	if err := d.Door.Hasher.Check(f.Raw("password"), n.Email); err != nil {
		return err
	}
	err := v.Change(func(ctx context.Context, tx *store.Tx) error { return account.BeginSignUp(ctx, tx, v.From(), n, v.At) })
	if err != nil {
		return err
	}
	if n.Password, err = d.Door.Hasher.Hash(v.Context(), f.Raw("password"), n.Email); err != nil {
		return err
	}
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		made, err := account.SignUp(ctx, tx, v.From(), d.Random, n, v.At)
		if err != nil {
			return err
		}
		m := mail.Message{Kind: mail.Confirm, To: f.Get("email"), Lang: v.Lang, Path: cabinet.Link("/confirm", made.Token)}
		if made.Taken {
			m.Kind, m.Path, m.To, m.Lang = mail.Taken, "/forgot", made.User.Email, lang.Lang(made.User.Language)
		}
		return d.Post.Send(ctx, tx, m)
	})
}

func (d *door) showConfirm(v *cabinet.Visit) error {
	return d.renderConfirm(v, http.StatusOK, cabinet.NewForm(map[string]string{"code": v.R.URL.Query().Get("code")}))
}

func (d *door) renderConfirm(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.confirm"), Lead: v.T("door.confirm_lead")}, confirmPage(f))
}

// confirm takes the link of the mail and the password of the sign-up that it was mailed for.
func (d *door) confirm(v *cabinet.Visit) error {
	f := v.Form()
	_, err := d.Door.ConfirmEmail(v.Context(), v.From(), f.Raw("code"), f.Raw("password"), v.At)
	switch errs.CodeOf(err) {
	case "account.other_sign_up", "account.too_many_attempts", "account.busy":
		slowDown(v, err)
		if wrong := f.Refuse(v, err, "password"); wrong != nil {
			return wrong
		}
		return d.renderConfirm(v, statusOf(err), f)
	}
	if err != nil {
		return err
	}
	return v.Done("/sign-in", ui.Toast{Text: v.T("door.confirmed")})
}

func (d *door) showEmail(v *cabinet.Visit) error {
	return v.RenderPlain(http.StatusOK, ui.Page{Title: v.T("door.email"), Lead: v.T("door.email_lead")},
		pressPage("/email", v.R.URL.Query().Get("code"), v.T("door.email_button"), ""))
}

// changeEmail takes one of the two links of a change of address.
func (d *door) changeEmail(v *cabinet.Visit) error {
	f := v.Form()
	var done bool
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		_, done, err = account.ConfirmEmailChange(ctx, tx, v.From(), f.Raw("code"), v.At)
		return err
	}); err != nil {
		return err
	}
	if !done {
		return said(v, http.StatusOK, v.T("door.email_half"), v.T("door.email_half_text"), ui.Button{Text: v.T("error.home"), Href: "/"})
	}
	return v.Done("/me", ui.Toast{Text: v.T("door.email_done")})
}
