package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"

	"bellwether/internal/lang"
	"bellwether/internal/web/asset"
	"bellwether/internal/web/ui"
)

// Options are what a Site stands on.
type Options struct {
	Log     *slog.Logger
	Now     func() time.Time
	Proxies Proxies
	// Identify notes in a request's context who sent it, before anything else looks at it; nil where nobody needs to know.
	Identify func(r *http.Request) *http.Request
	// Frame makes the frame of a request's reader; nil for pages without one. Toasts, notices of an insecure address and
	// the path of preferences are added by the Site.
	Frame func(r *http.Request) ui.Frame
	// Choose keeps the language a reader has just chosen with their account; nil, or an error, leaves it to the cookie.
	Choose func(r *http.Request, l lang.Lang) error
	// Prefer tells what the reader has chosen in the account; empty values leave the choice to cookies and the browser.
	Prefer func(r *http.Request) Preference
}

// Preference is what a reader has chosen.
type Preference struct {
	Lang  lang.Lang
	Theme ui.Theme
	Zone  *time.Location
}

// Site answers browsers: routes are added with Handle, pages rendered with Render.
type Site struct {
	options Options
	mux     *http.ServeMux
	routes  []string
	origin  *http.CrossOriginProtection
	reports reports
}

// New makes a site with what every page needs: assets, preferences, the page about insecure addresses, policy reports.
func New(options Options) *Site {
	s := &Site{options: options, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	s.origin.SetDenyHandler(http.HandlerFunc(s.denyOrigin))
	s.mux.Handle("GET "+asset.Prefix, asset.Handler())
	s.Handle("POST "+preferencesPath, s.setPreferences)
	s.Handle("POST "+reportPath, s.report)
	s.Handle("GET "+insecurePath, s.insecure)
	s.Handle("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, asset.URL("favicon.svg"), http.StatusFound)
	})
	s.Handle("/", func(w http.ResponseWriter, r *http.Request) { s.NotFound(w, r) })
	return s
}

// Handle adds a route, in the pattern language of http.ServeMux.
func (s *Site) Handle(pattern string, action http.HandlerFunc) {
	s.routes = append(s.routes, pattern)
	s.mux.Handle(pattern, action)
}

// Patterns are the routes added with Handle, in their order.
func (s *Site) Patterns() []string { return slices.Clone(s.routes) }

// request is what a Site notes about a request.
type request struct {
	id     string
	client Client
}

type requestContext struct{}

func requestOf(ctx context.Context) request {
	noted, _ := ctx.Value(requestContext{}).(request)
	return noted
}

// ClientOf is where the request of a context comes from.
func ClientOf(ctx context.Context) Client { return requestOf(ctx).client }

// RequestID is the name of the request of a context, as the log has it.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// ServeHTTP guards the answer with headers, refuses what another site sent, and answers a panic with a page.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	noted := request{id: newID(), client: s.options.Proxies.Of(r)}
	ctx := context.WithValue(r.Context(), requestContext{}, noted)
	r = r.WithContext(ctx)
	if s.options.Identify != nil {
		r = s.options.Identify(r)
	}
	r = r.WithContext(ui.With(r.Context(), s.viewOf(r)))
	guard(w.Header(), noted.client)
	w.Header().Set("X-Request-Id", noted.id)
	compressed(w, r, func(w http.ResponseWriter) {
		defer s.recovered(w, r)
		if r.URL.Path == reportPath {
			s.mux.ServeHTTP(w, r) // a browser's report carries no origin of ours
			return
		}
		s.origin.Handler(s.mux).ServeHTTP(w, r)
	})
}

func (s *Site) recovered(w http.ResponseWriter, r *http.Request) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason == http.ErrAbortHandler {
		panic(reason)
	}
	s.options.Log.Error("page panicked", "request", RequestID(r.Context()), "reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
	s.Fail(w, r, fmt.Errorf("panic: %v", reason))
}

func newID() string {
	var chance [8]byte
	_, _ = rand.Read(chance[:]) // never fails
	return hex.EncodeToString(chance[:])
}

// viewOf is what components know of a request: the account's choice first, then the cookies', then the browser's.
func (s *Site) viewOf(r *http.Request) *ui.View {
	var chosen Preference
	if s.options.Prefer != nil {
		chosen = s.options.Prefer(r)
	}
	cookies := CookiesOf(ClientOf(r.Context()))
	if chosen.Lang == "" {
		l, known := lang.Parse(cookies.Get(r, langCookie))
		if !known {
			l = lang.Match(r.Header.Get("Accept-Language"))
		}
		chosen.Lang = l
	}
	if chosen.Theme == "" {
		chosen.Theme = ui.ParseTheme(cookies.Get(r, themeCookie))
	}
	address := &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	return &ui.View{
		Printer: lang.For(chosen.Lang, chosen.Zone), Theme: chosen.Theme, URL: address, Now: s.options.Now(),
		Swap: r.Header.Get("HX-Request") == "true", Shell: r.Header.Get(ui.ShellHeader),
	}
}
