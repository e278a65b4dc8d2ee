package cabinet

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web"
)

// The cookies that hold the token of a session. That of a view as somebody else goes before one's own, so that ending the
// view is being oneself again.
const (
	sessionCookie = "session"
	viewCookie    = "view"
)

// reader is whoever sent a request.
type reader struct {
	user      account.User
	principal access.Principal
	err       error // what kept it from being found out: the store
	visit     *Visit
}

func (r *reader) signedIn() bool { return r.principal.Session.ID != "" }

type readerContext struct{}

// readerOf is the reader of a request; a stranger where nobody was identified.
func readerOf(r *http.Request) *reader {
	if known, ok := r.Context().Value(readerContext{}).(*reader); ok {
		return known
	}
	return &reader{}
}

// SignedIn reports whether somebody who is signed in sent a request.
func (c *Cabinet) SignedIn(r *http.Request) bool { return readerOf(r).signedIn() }

// identify notes who sent a request, before its page is looked for.
func (c *Cabinet) identify(r *http.Request) *http.Request {
	found := &reader{principal: access.Principal{From: actorOf(r)}}
	cookies := web.CookiesOf(web.ClientOf(r.Context()))
	for _, name := range []string{viewCookie, sessionCookie} {
		token := cookies.Get(r, name)
		if token == "" {
			continue
		}
		session, user, err := c.Sessions.Authenticate(r.Context(), token, c.Clock())
		if err == nil {
			found.user, found.principal = user, access.BySession(session, found.principal.From)
			break
		}
		if errs.KindOf(err) != errs.Unauthenticated {
			found.err = err
		}
	}
	return r.WithContext(context.WithValue(r.Context(), readerContext{}, found))
}

// actorOf is from where a request comes.
func actorOf(r *http.Request) audit.Actor {
	client := web.ClientOf(r.Context())
	by := audit.Actor{Part: "cabinet", Agent: r.UserAgent(), Request: web.RequestID(r.Context())}
	if client.Address.IsValid() {
		by.Address = client.Address.String()
	}
	return by
}

// From is from where a visit comes, for what a stranger does: signing in, signing up.
func (v *Visit) From() audit.Actor { return v.Principal.From }

// Begin gives the browser the token of a session that was opened for it.
func (v *Visit) Begin(token string, s account.Session) {
	name := sessionCookie
	if s.ViewingAs != "" {
		name = viewCookie
	}
	v.cookies().Set(v.W, name, token, s.ExpiresAt.Sub(v.At))
}

// End makes the browser forget the session it shows: the view as somebody else, if there is one, else one's own.
func (v *Visit) End() {
	if v.Principal.Session.ViewingAs == "" {
		v.cookies().Drop(v.W, sessionCookie)
	}
	v.cookies().Drop(v.W, viewCookie)
}

// Token is what the browser shows of the session that counts.
func (v *Visit) Token() string {
	if token := v.Cookie(viewCookie); token != "" && v.Principal.Session.ViewingAs != "" {
		return token
	}
	return v.Cookie(sessionCookie)
}

func (v *Visit) cookies() web.Cookies { return web.CookiesOf(web.ClientOf(v.Context())) }

// Cookie and SetCookie keep a small value in the browser between pages, such as the ticket of a second factor.
func (v *Visit) Cookie(name string) string { return v.cookies().Get(v.R, name) }

// SetCookie keeps a value for the time given; an empty value drops it.
func (v *Visit) SetCookie(name, value string, keep time.Duration) {
	if value == "" {
		v.cookies().Drop(v.W, name)
		return
	}
	v.cookies().Set(v.W, name, value, keep)
}

// prefer is what the reader has chosen: the language of the account, the zone of the project that stands around the page.
func (c *Cabinet) prefer(r *http.Request) (p web.Preference) {
	known := readerOf(r)
	p.Lang = lang.Lang(known.user.Language)
	if !known.signedIn() {
		return p
	}
	var around *project.Project
	if id, ok := projectIn(r.URL.Path); ok {
		around, _ = c.Projects.Get(r.Context(), c.DB, id) // its page says what is wrong
	} else if isOwn(r.URL.Path) {
		around = c.lastVisit(r, known).Project
	}
	if around != nil {
		p.Zone = around.Calendar.Zone(around.Calendar.DayAt(c.Clock()))
	}
	return p
}

// isOwn tells the pages that belong to no organisation and stand within the frame of the last one.
func isOwn(path string) bool {
	return path == "/me" || strings.HasPrefix(path, "/me/") || path == helpRoot || strings.HasPrefix(path, helpRoot+"/")
}

// choose keeps the language that the reader has chosen in the menu with the account, for mails and other browsers too.
// Whoever looks through another's eyes changes nobody's.
func (c *Cabinet) choose(r *http.Request, l lang.Lang) error {
	known := readerOf(r)
	if !known.signedIn() || known.principal.Session.ViewingAs != "" || known.user.Language == string(l) {
		return nil
	}
	err := c.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, known.principal.Actor(), known.user.ID, known.user.Name, string(l), c.Clock())
		return err
	})
	c.Sessions.Forget(web.CookiesOf(web.ClientOf(r.Context())).Get(r, sessionCookie))
	return err
}

// projectIn is the project that a path is about.
func projectIn(path string) (ident.ProjectID, bool) {
	rest, ok := strings.CutPrefix(path, "/p/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	id, err := ident.ParseProjectID(name)
	return id, err == nil
}
