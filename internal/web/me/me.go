package me

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// pages answers.
type pages struct{ *cabinet.Cabinet }

// Register adds the pages to the cabinet.
func Register(c *cabinet.Cabinet) {
	m := &pages{c}
	own := cabinet.SignedIn()
	c.Handle("GET /me", own, m.showProfile)
	c.Handle("POST /me", own, m.editProfile)
	c.Handle("GET /me/password", own, m.showPassword)
	c.Handle("POST /me/password", own, m.changePassword)
	c.Handle("GET /me/email", own, m.showEmail)
	c.Handle("POST /me/email", own, m.changeEmail)
	c.Handle("GET /me/security", own, m.showSecurity)
	c.Handle("GET /me/prove", own, m.askProof)
	c.Handle("POST /me/prove", own, m.prove)
	c.Handle("POST /me/totp/begin", own, m.beginTOTP)
	c.Handle("POST /me/totp", own, m.finishTOTP)
	c.Handle("GET /me/totp/off", own, m.askTOTPOff)
	c.Handle("POST /me/totp/off", own, m.turnTOTPOff)
	c.Handle("GET /me/recovery", own, m.askRecovery)
	c.Handle("POST /me/recovery", own, m.renewRecovery)
	c.Handle("POST /me/passkeys/begin", own, m.beginPasskey)
	c.Handle("POST /me/passkeys", own, m.addPasskey)
	c.Handle("GET /me/passkeys/{passkey}", own, m.showPasskey)
	c.Handle("POST /me/passkeys/{passkey}", own, m.renamePasskey)
	c.Handle("GET /me/passkeys/{passkey}/delete", own, m.askDeletePasskey)
	c.Handle("POST /me/passkeys/{passkey}/delete", own, m.deletePasskey)
	c.Handle("GET /me/sessions", own, m.showSessions)
	c.Handle("POST /me/sessions/{session}/end", own, m.endSession)
	c.Handle("POST /me/sessions/end-others", own, m.endOthers)
	c.Handle("GET "+cabinet.EndViewPath, own, m.askEndView)
	c.Handle("POST "+cabinet.EndViewPath, cabinet.Anybody().ForViewers(), m.endView)
}

// The articles about these pages.
const (
	signInArticle   = "/help/sign-in"
	sessionsArticle = "/help/sessions"
)

// page is one of the pages, which are tabs of one another.
func page(v *cabinet.Visit, title string) ui.Page {
	p := ui.Page{Title: title, Narrow: true, Help: signInArticle}
	for _, tab := range []ui.Link{
		{Text: v.T("me.profile"), Href: "/me"},
		{Text: v.T("me.password"), Href: "/me/password"},
		{Text: v.T("me.email"), Href: "/me/email"},
		{Text: v.T("me.security"), Href: "/me/security"},
		{Text: v.T("me.sessions"), Href: "/me/sessions"},
	} {
		tab.Here = tab.Href == v.URL.Path
		p.Tabs = append(p.Tabs, tab)
	}
	return p
}

// part is a page below one of the tabs.
func part(v *cabinet.Visit, title, text, href string) ui.Page {
	return ui.Page{Title: title, Narrow: true, Help: signInArticle, Crumbs: []ui.Link{{Text: v.T("cabinet.my_account"), Href: "/me"}, {Text: text, Href: href}}}
}

// self is who acts: the reader.
func self(v *cabinet.Visit) audit.Actor { return v.Principal.Actor() }

// refreshed makes the next request read the reader anew: what was changed shows at once.
func (m *pages) refreshed(v *cabinet.Visit) { m.Sessions.Forget(v.Token()) }

// refuse notes what is wrong beside a field. A wrong password or code is the form's matter, not that of whoever is signed in.
func refuse(v *cabinet.Visit, f *cabinet.Form, err error, fields ...string) error {
	switch errs.CodeOf(err) {
	case "account.bad_credentials":
		f.Wrong["old"] = v.T("me.wrong_password")
		return nil
	}
	return f.Refuse(v, err, fields...)
}

func (m *pages) showProfile(v *cabinet.Visit) error {
	return m.renderProfile(v, http.StatusOK, cabinet.NewForm(map[string]string{"name": v.User.Name, "language": v.User.Language}))
}

func (m *pages) renderProfile(v *cabinet.Visit, status int, f *cabinet.Form) error {
	lost, err := m.lost(v)
	if err != nil {
		return err
	}
	return v.RenderStatus(status, page(v, v.T("me.profile")), profilePage(f, v.User, lost))
}

// lost tells where the reader's access was ended and who may open it again, and not why (Rule A-12).
func (m *pages) lost(v *cabinet.Visit) (said []string, err error) {
	orgs, err := m.Gate.ShutOut(v.Context(), v.Principal, v.At)
	for _, org := range orgs {
		values := map[string]any{"Name": m.NameOf(v, org)}
		switch org.Kind {
		case ident.ProjectKind:
			said = append(said, v.T("me.lost_project", values))
		case ident.AgencyKind:
			said = append(said, v.T("me.lost_agency", values))
		case ident.OperatorKind:
			said = append(said, v.T("me.lost_operator"))
		}
	}
	return said, err
}

func (m *pages) editProfile(v *cabinet.Visit) error {
	f := v.Form()
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, self(v), v.User.ID, f.Get("name"), f.Get("language"), v.At)
		return err
	}); err != nil {
		if wrong := f.Refuse(v, err, "name", "language"); wrong != nil {
			return wrong
		}
		return m.renderProfile(v, http.StatusUnprocessableEntity, f)
	}
	m.refreshed(v)
	chosen := lang.For(lang.Lang(f.Get("language")), v.Zone()) // the page that follows is in it
	return v.Done("/me", ui.Toast{Text: chosen.T("me.saved")})
}
