package me

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// provePath is the page that asks who somebody is and leads on to another of one's own pages.
func provePath(next string) string { return "/me/prove?" + url.Values{"next": {next}}.Encode() }

// nextOf is where a page leads on to: one of one's own, nothing else.
func nextOf(asked string) string {
	if next := web.Back(asked, ""); strings.HasPrefix(next, "/me/") {
		return next
	}
	return "/me/security"
}

// proved reports whether the reader has shown of late who they are (Rule A-05).
func (m *pages) proved(v *cabinet.Visit) (yes bool, err error) {
	err = account.Proof(v.Context(), m.DB, v.Principal.Session, v.At)
	if errs.CodeOf(err) == "account.proof_needed" {
		return false, nil
	}
	return err == nil, err
}

// orProve leads somebody who has to prove first who they are to the page that asks, and back from it to next.
func orProve(v *cabinet.Visit, err error, next string) error {
	if errs.CodeOf(err) == "account.proof_needed" {
		return v.Go(provePath(next))
	}
	return err
}

func (m *pages) askProof(v *cabinet.Visit) error {
	return m.renderProof(v, http.StatusOK, cabinet.NewForm(map[string]string{"next": nextOf(v.R.URL.Query().Get("next"))}))
}

func (m *pages) renderProof(v *cabinet.Visit, status int, f *cabinet.Form) error {
	p := part(v, v.T("me.prove"), v.T("me.security"), "/me/security")
	p.Lead = v.T("me.prove_lead")
	u, err := account.GetUser(v.Context(), m.DB, v.User.ID)
	if err != nil {
		return err
	}
	return v.RenderStatus(status, p, provePage(f, u))
}

// prove is POST /me/prove: a code where the reader has an authenticator app, else the password.
func (m *pages) prove(v *cabinet.Visit) error {
	f := v.Form()
	secret := f.Get("code")
	if secret == "" {
		secret = f.Raw("old")
	}
	next := nextOf(f.Get("next"))
	if err := m.Door.Prove(v.Context(), self(v), v.Principal.Session, secret, v.At); err != nil {
		if wrong := refuse(v, f, err, "code"); wrong != nil {
			return wrong
		}
		return m.renderProof(v, http.StatusUnprocessableEntity, f)
	}
	return v.Done(next, ui.Toast{Text: v.T("me.proved")})
}

// tellOfPasskey writes to the reader that a passkey opens their account, or no longer does: it may not have been they.
func (m *pages) tellOfPasskey(ctx context.Context, tx *store.Tx, v *cabinet.Visit, kind mail.Kind, name string) error {
	return m.Post.Send(ctx, tx, mail.Message{
		Kind: kind, To: v.User.Email, Lang: lang.Lang(v.User.Language), Path: "/me/security", Who: name, Place: v.From().Address,
	})
}
