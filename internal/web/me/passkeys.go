package me

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// beginPasskey tells the page's script what to ask the browser for.
func (m *pages) beginPasskey(v *cabinet.Visit) error {
	var ceremony account.Ceremony
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		ceremony, err = m.Door.BeginPasskey(ctx, tx, v.Principal.Session, v.At)
		return err
	}); err != nil {
		return err
	}
	return v.RenderJSON(http.StatusOK, ceremony)
}

// addPasskey registers what the browser made, under the name of the device, and tells its owner by mail.
func (m *pages) addPasskey(v *cabinet.Visit) error {
	f := v.Form()
	name := web.Device(v.R.UserAgent())
	if name == "" {
		name = v.T("me.passkey")
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		made, err := m.Door.FinishPasskey(ctx, tx, self(v), v.User.ID, f.Raw("token"), name, []byte(f.Raw("answer")), v.At)
		if err != nil {
			return err
		}
		return m.tellOfPasskey(ctx, tx, v, mail.PasskeyAdded, made.Name)
	}); err != nil {
		if wrong := f.Refuse(v, err); wrong != nil {
			return wrong
		}
		return m.renderSecurity(v, http.StatusUnprocessableEntity, f)
	}
	return v.Done("/me/security", ui.Toast{Text: v.T("me.passkey_added")})
}

// passkey finds the one that the address names among the reader's own.
func (m *pages) passkey(v *cabinet.Visit) (account.Passkey, error) {
	all, err := account.ListPasskeys(v.Context(), m.DB, v.User.ID)
	if err != nil {
		return account.Passkey{}, err
	}
	for _, p := range all {
		if p.ID == v.R.PathValue("passkey") {
			return p, nil
		}
	}
	return account.Passkey{}, errs.New(errs.NotFound, "account.no_passkey", "there is no such passkey").At("passkey")
}

func (m *pages) showPasskey(v *cabinet.Visit) error {
	p, err := m.passkey(v)
	if err != nil {
		return err
	}
	return m.renderPasskey(v, http.StatusOK, p, cabinet.NewForm(map[string]string{"name": p.Name}))
}

func (m *pages) renderPasskey(v *cabinet.Visit, status int, p account.Passkey, f *cabinet.Form) error {
	return v.RenderStatus(status, part(v, v.T("me.passkey"), v.T("me.security"), "/me/security"), passkeyPage(f, p))
}

func (m *pages) renamePasskey(v *cabinet.Visit) error {
	p, err := m.passkey(v)
	if err != nil {
		return err
	}
	f := v.Form()
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return account.RenamePasskey(ctx, tx, self(v), v.User.ID, p.ID, f.Get("name"), v.At)
	}); err != nil {
		if wrong := f.Refuse(v, err, "name"); wrong != nil {
			return wrong
		}
		return m.renderPasskey(v, http.StatusUnprocessableEntity, p, f)
	}
	return v.Done("/me/security", ui.Toast{Text: v.T("me.saved")})
}

func (m *pages) askDeletePasskey(v *cabinet.Visit) error {
	p, err := m.passkey(v)
	if err != nil {
		return err
	}
	if err := account.Proof(v.Context(), m.DB, v.Principal.Session, v.At); err != nil {
		return orProve(v, err, v.URL.Path)
	}
	title := v.T("me.passkey_delete_title", map[string]any{"Name": p.Name})
	return v.Render(part(v, title, v.T("me.security"), "/me/security"), ui.Confirm{
		Title: title, Text: v.T("me.passkey_delete_text"), Action: v.URL.Path,
		Yes: v.T("me.passkey_delete"), No: "/me/security", Danger: true,
	}.Draw())
}

func (m *pages) deletePasskey(v *cabinet.Visit) error {
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		gone, err := account.DeletePasskey(ctx, tx, self(v), v.Principal.Session, v.R.PathValue("passkey"), v.At)
		if err != nil {
			return err
		}
		return m.tellOfPasskey(ctx, tx, v, mail.PasskeyGone, gone.Name)
	}); err != nil {
		return orProve(v, err, v.URL.Path)
	}
	return v.Done("/me/security", ui.Toast{Text: v.T("me.passkey_deleted")})
}
