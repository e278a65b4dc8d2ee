package cabinet

import (
	"io"
	"log/slog"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/mail"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/live"
	"bellwether/internal/web/ui"
)

// Parts are what pages stand on. All are required but Wake.
type Parts struct {
	DB       *store.DB
	Books    *pricebook.Library
	Billing  *billing.Service
	Charging *charging.Service
	Numbers  *number.Service
	Projects *project.Cache
	Door     *account.Door
	Sessions *account.Sessions
	Gate     *access.Gate
	Hub      *live.Hub
	Post     *mail.Post
	Clock    func() time.Time
	Log      *slog.Logger
	Random   io.Reader // crypto/rand.Reader outside tests
	Proxies  web.Proxies
	Origin   string // the address people open, for links in mails: "https://cabinet.example.com"; no slash at its end
	Wake     func() // called after a change, so that its events are delivered at once
}

// Cabinet is the pages of signed-in readers. Make one with New; it is an http.Handler through its Site.
type Cabinet struct {
	*web.Site
	Parts
	Commands []Command                             // of the palette, besides the sections
	Newcomer string                                // where somebody who is a member of nothing begins; empty where nobody can
	Chat     func(v *Visit) templ.Component        // in the corner of every page; nil for none
	Notice   func(v *Visit) (ui.FrameNotice, bool) // above the pages it concerns; nil for none

	routes   []*Route
	sections []Section
	finders  []Finder
	signIn   Action
	outlooks outlooks
	stir     chan struct{} // tells Watch that something was changed here
}

// New makes a cabinet with no pages but those every reader has.
func New(parts Parts) *Cabinet {
	if parts.Wake == nil {
		parts.Wake = func() {}
	}
	c := &Cabinet{Parts: parts, stir: make(chan struct{}, 1)}
	c.Site = web.New(web.Options{
		Log: parts.Log, Now: parts.Clock, Proxies: parts.Proxies, Identify: c.identify, Prefer: c.prefer, Choose: c.choose, Frame: c.frame,
	})
	c.Handle("GET /{$}", SignedIn(), c.start)
	c.Handle("GET /live", SignedIn(), c.stream)
	c.Handle("GET /p/{project}/pill", Project(access.View, access.Funds), c.pill)
	for _, base := range []string{"/p/{project}", "/a/{agency}", "/op"} {
		need := Inside(base)
		c.Handle("GET "+base+"/search", need, c.search)
		c.Handle("GET "+base+"/suggest", need, c.suggest)
		c.Handle("POST "+base+"/views", need, c.saveView)
		c.Handle("POST "+base+"/views/remove", need, c.removeView)
	}
	return c
}

// SignIn names the action that asks a stranger to sign in, wherever a page needs a reader.
func (c *Cabinet) SignIn(action Action) { c.signIn = action }
