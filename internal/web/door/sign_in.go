package door

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// The cookies between two pages of signing in, and of a browser that was seen before.
const (
	ticketCookie = "ticket"
	deviceCookie = "device"
	ticketLife   = 5 * time.Minute
	deviceLife   = 400 * 24 * time.Hour
)

// askToSignIn stands in the place of a page that needs a reader, at its address.
func (d *door) askToSignIn(v *cabinet.Visit) error {
	back := v.URL.RequestURI()
	if v.R.Method != http.MethodGet {
		back = "/"
		if from, err := url.Parse(v.R.Referer()); err == nil && from.Host == v.R.Host {
			back = web.Back(from.RequestURI(), "/")
		}
	}
	return d.renderSignIn(v, http.StatusUnauthorized, cabinet.NewForm(map[string]string{"back": back}))
}

func (d *door) showSignIn(v *cabinet.Visit) error {
	back := backOf(v.R.URL.Query())
	if v.User.ID != "" {
		return v.Go(back)
	}
	return d.renderSignIn(v, http.StatusOK, cabinet.NewForm(map[string]string{"back": back}))
}

func (d *door) renderSignIn(v *cabinet.Visit, status int, f *cabinet.Form) error {
	passkeys := d.Door.Passkeys != nil && web.ClientOf(v.Context()).Trustworthy()
	return v.RenderPlain(status, ui.Page{Title: v.T("door.sign_in")}, signInPage(f, passkeys, d.SignUp))
}

// signIn takes an address and its password.
func (d *door) signIn(v *cabinet.Visit) error {
	f := v.Form()
	entry, err := d.Door.SignIn(v.Context(), v.From(), v.Cookie(deviceCookie), f.Get("email"), f.Raw("password"), v.At)
	if err != nil {
		return d.refuseSignIn(v, f, err)
	}
	if entry.Token == "" {
		v.SetCookie(ticketCookie, entry.Ticket, ticketLife)
		return v.Go(withBack("/sign-in/code", backOf(f.Values)))
	}
	return d.letIn(v, entry, backOf(f.Values))
}

func (d *door) refuseSignIn(v *cabinet.Visit, f *cabinet.Form, err error) error {
	slowDown(v, err)
	if wrong := f.Refuse(v, err); wrong != nil {
		return wrong
	}
	return d.renderSignIn(v, statusOf(err), f)
}

// letIn gives the browser its session and leads on.
func (d *door) letIn(v *cabinet.Visit, entry account.Entry, back string) error {
	v.SetCookie(ticketCookie, "", 0)
	if err := d.greetDevice(v, entry); err != nil {
		return err
	}
	v.Begin(entry.Token, entry.Session)
	return v.Go(back)
}

// greetDevice writes to somebody who signed in with a browser that does not show that they did before.
func (d *door) greetDevice(v *cabinet.Visit, entry account.Entry) error {
	if d.Door.KnowsDevice(entry.User.ID, v.Cookie(deviceCookie)) {
		return nil
	}
	mark, err := d.Door.MarkDevice(entry.User.ID)
	if err != nil {
		return err
	}
	v.SetCookie(deviceCookie, mark, deviceLife)
	if entry.User.SeenAt.IsZero() {
		return nil // the first sign-in is no news
	}
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		return d.Post.Send(ctx, tx, mail.Message{
			Kind: mail.NewDevice, To: entry.User.Email, Lang: lang.Lang(entry.User.Language), Path: "/me/sessions",
			Device: deviceOf(v), Place: v.From().Address,
		})
	})
}

func (d *door) showCode(v *cabinet.Visit) error {
	back := backOf(v.R.URL.Query())
	if v.Cookie(ticketCookie) == "" {
		return v.Go(withBack("/sign-in", back))
	}
	return d.renderCode(v, http.StatusOK, cabinet.NewForm(map[string]string{"back": back}))
}

func (d *door) renderCode(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.code"), Lead: v.T("door.code_lead")}, codePage(f))
}

// takeCode takes the code of an authenticator app, or one for recovery.
func (d *door) takeCode(v *cabinet.Visit) error {
	f := v.Form()
	entry, err := d.Door.SecondFactor(v.Context(), v.From(), v.Cookie(ticketCookie), f.Get("code"), v.At)
	switch {
	case errs.CodeOf(err) == "account.bad_token":
		v.SetCookie(ticketCookie, "", 0)
		f.Wrong[""] = v.T("door.too_late")
		return d.renderSignIn(v, http.StatusUnauthorized, f)
	case err != nil:
		slowDown(v, err)
		if wrong := f.Refuse(v, err, "code"); wrong != nil {
			return wrong
		}
		return d.renderCode(v, statusOf(err), f)
	}
	return d.letIn(v, entry, backOf(f.Values))
}

// signOut ends the session, or the view as somebody else that goes before one's own.
func (d *door) signOut(v *cabinet.Visit) error {
	s := v.Principal.Session
	if s.ID != "" {
		owner := s.User
		err := v.Change(func(ctx context.Context, tx *store.Tx) error {
			return account.EndSession(ctx, tx, v.Principal.Actor(), owner, s.ID, v.At)
		})
		if err != nil && errs.CodeOf(err) != "account.no_session" {
			return err
		}
	}
	v.End()
	if s.ViewingAs != "" {
		return v.Go("/")
	}
	return v.Done("/sign-in", ui.Toast{Text: v.T("door.signed_out")})
}

// firstLanguage is the language a newcomer's account begins with: the one the page is in.
func firstLanguage(v *cabinet.Visit, chosen string) string {
	if l, ok := lang.Parse(strings.TrimSpace(chosen)); ok {
		return string(l)
	}
	return string(v.Lang)
}

// longestDevice bounds what an unknown browser says of itself, in a mail.
const longestDevice = 80

// deviceOf names the browser for a mail: by what is known of it, else as it calls itself.
func deviceOf(v *cabinet.Visit) string {
	agent := strings.ToValidUTF8(v.R.UserAgent(), "")
	if len(agent) > longestDevice {
		agent = strings.ToValidUTF8(agent[:longestDevice], "")
	}
	return cmp.Or(web.Device(agent), agent, v.T("door.unknown_device"))
}
