package me

import (
	"context"
	"net/http"

	"github.com/pquerna/otp"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// security is what the page of that name shows.
type security struct {
	totp     bool
	left     int // recovery codes not used
	passkeys []account.Passkey
	able     bool // the address lets browsers use passkeys
	proved   bool // the reader has shown of late who they are
}

func (m *pages) showSecurity(v *cabinet.Visit) error {
	return m.renderSecurity(v, http.StatusOK, cabinet.NewForm(nil))
}

func (m *pages) renderSecurity(v *cabinet.Visit, status int, f *cabinet.Form) error {
	proved, err := m.proved(v)
	if err != nil {
		return err
	}
	s := security{able: m.Door.Passkeys != nil && web.ClientOf(v.Context()).Trustworthy(), proved: proved}
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		u, err := account.GetUser(ctx, q, v.User.ID)
		if err != nil {
			return err
		}
		s.totp = u.TOTP
		if s.left, err = account.RecoveryLeft(ctx, q, u.ID); err != nil {
			return err
		}
		s.passkeys, err = account.ListPasskeys(ctx, q, u.ID)
		return err
	})
	if err != nil {
		return err
	}
	return v.RenderStatus(status, page(v, v.T("me.security")), securityPage(f, s))
}

// beginTOTP shows a new seed, which counts once a code of it was typed.
func (m *pages) beginTOTP(v *cabinet.Visit) error {
	var e account.Enrolment
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		e, err = m.Door.BeginTOTP(ctx, tx, v.Principal.Session, v.At)
		return err
	}); err != nil {
		return orProve(v, err, "/me/security")
	}
	return m.renderTOTP(v, http.StatusOK, e.URL, cabinet.NewForm(nil))
}

func (m *pages) renderTOTP(v *cabinet.Visit, status int, address string, f *cabinet.Form) error {
	key, err := otp.NewKeyFromURL(address)
	if err != nil || key.Type() != "totp" {
		return errs.New(errs.Invalid, "cabinet.bad_form", "this is no authenticator app").At("url")
	}
	picture, err := ui.NewQR(address)
	if err != nil {
		return errs.New(errs.Invalid, "cabinet.bad_form", "this fits no QR code").At("url")
	}
	return v.RenderStatus(status, part(v, v.T("me.totp"), v.T("me.security"), "/me/security"), totpPage(f, address, key.Secret(), picture))
}

// finishTOTP turns the app on and shows the recovery codes, once.
func (m *pages) finishTOTP(v *cabinet.Visit) error {
	f := v.Form()
	var codes []string
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		codes, err = m.Door.FinishTOTP(ctx, tx, self(v), v.User.ID, v.Principal.Session.ID, f.Get("code"), v.At)
		return err
	})
	if err != nil {
		if wrong := refuse(v, f, err, "code"); wrong != nil {
			return wrong
		}
		return m.renderTOTP(v, http.StatusUnprocessableEntity, f.Raw("url"), f)
	}
	m.refreshed(v)
	return m.renderCodes(v, codes)
}

func (m *pages) renderCodes(v *cabinet.Visit, codes []string) error {
	p := part(v, v.T("me.recovery"), v.T("me.security"), "/me/security")
	p.Lead = v.T("me.recovery_lead")
	return v.Render(p, codesPage(codes))
}

func (m *pages) askTOTPOff(v *cabinet.Visit) error {
	return m.askCode(v, http.StatusOK, cabinet.NewForm(nil), codeQuestion{v.T("me.totp_off"), v.T("me.totp_off_text"), "/me/totp/off", v.T("me.totp_off_yes"), true})
}

func (m *pages) turnTOTPOff(v *cabinet.Visit) error {
	f := v.Form()
	if err := m.Door.TurnOffTOTP(v.Context(), self(v), v.User.ID, f.Get("code"), v.At); err != nil {
		if wrong := refuse(v, f, err, "code"); wrong != nil {
			return wrong
		}
		return m.askCode(v, http.StatusUnprocessableEntity, f, codeQuestion{v.T("me.totp_off"), v.T("me.totp_off_text"), "/me/totp/off", v.T("me.totp_off_yes"), true})
	}
	m.refreshed(v)
	return v.Done("/me/security", ui.Toast{Text: v.T("me.totp_is_off")})
}

// codeQuestion is a page that asks for a code before something grave.
type codeQuestion struct {
	title, text, action, yes string
	danger                   bool
}

func (m *pages) askCode(v *cabinet.Visit, status int, f *cabinet.Form, q codeQuestion) error {
	return v.RenderStatus(status, part(v, q.title, v.T("me.security"), "/me/security"), codeQuestionPage(f, q))
}

func (m *pages) askRecovery(v *cabinet.Visit) error {
	return m.askCode(v, http.StatusOK, cabinet.NewForm(nil), codeQuestion{v.T("me.recovery_new"), v.T("me.recovery_new_text"), "/me/recovery", v.T("me.recovery_new_yes"), false})
}

// renewRecovery makes new recovery codes for whoever shows one.
func (m *pages) renewRecovery(v *cabinet.Visit) error {
	f := v.Form()
	codes, err := m.Door.RenewRecovery(v.Context(), self(v), v.User.ID, f.Get("code"), v.At)
	if err != nil {
		if wrong := refuse(v, f, err, "code"); wrong != nil {
			return wrong
		}
		return m.askCode(v, http.StatusUnprocessableEntity, f, codeQuestion{v.T("me.recovery_new"), v.T("me.recovery_new_text"), "/me/recovery", v.T("me.recovery_new_yes"), false})
	}
	return m.renderCodes(v, codes)
}
