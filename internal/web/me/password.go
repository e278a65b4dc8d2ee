package me

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

func (m *pages) showPassword(v *cabinet.Visit) error {
	return m.renderPassword(v, http.StatusOK, cabinet.NewForm(nil))
}

func (m *pages) renderPassword(v *cabinet.Visit, status int, f *cabinet.Form) error {
	passkeys, err := account.ListPasskeys(v.Context(), m.DB, v.User.ID)
	if err != nil {
		return err
	}
	return v.RenderStatus(status, page(v, v.T("me.password")), passwordPage(f, v.User, len(passkeys)))
}

// changePassword sets a new one for whoever knows the old one, and ends the other sessions.
func (m *pages) changePassword(v *cabinet.Visit) error {
	f := v.Form()
	if err := m.Door.ChangePassword(v.Context(), self(v), v.User.ID, v.Principal.Session.ID, f.Raw("old"), f.Raw("password"), v.At); err != nil {
		if wrong := refuse(v, f, err, "password"); wrong != nil {
			return wrong
		}
		return m.renderPassword(v, http.StatusUnprocessableEntity, f)
	}
	return v.Done("/me/password", ui.Toast{Text: v.T("me.password_changed")})
}

func (m *pages) showEmail(v *cabinet.Visit) error {
	return m.renderEmail(v, http.StatusOK, cabinet.NewForm(nil))
}

func (m *pages) renderEmail(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderStatus(status, page(v, v.T("me.email")), emailPage(f, v.User, m.Post.Ready))
}

// changeEmail asks both addresses, for whoever knows the password.
func (m *pages) changeEmail(v *cabinet.Visit) error {
	f := v.Form()
	err := m.Door.CheckPassword(v.Context(), self(v), v.User.ID, f.Raw("old"), v.At)
	if err == nil {
		err = m.requestEmail(v, f.Get("email"))
	}
	if err != nil {
		if wrong := refuse(v, f, err, "email"); wrong != nil {
			return wrong
		}
		return m.renderEmail(v, http.StatusUnprocessableEntity, f)
	}
	return v.Done("/me/email", ui.Toast{Text: v.T("me.email_mailed"), Tone: ui.Notice})
}

func (m *pages) requestEmail(v *cabinet.Visit, address string) error {
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		change, err := account.RequestEmailChange(ctx, tx, self(v), m.Random, v.User.ID, address, v.At)
		if err != nil {
			return err
		}
		l := lang.Lang(v.User.Language)
		if err := m.Post.Send(ctx, tx, mail.Message{Kind: mail.EmailOld, To: change.Old, Lang: l, Path: cabinet.Link("/email", change.OldToken), Place: change.New}); err != nil {
			return err
		}
		return m.Post.Send(ctx, tx, mail.Message{Kind: mail.EmailNew, To: change.New, Lang: l, Path: cabinet.Link("/email", change.NewToken)})
	})
}
