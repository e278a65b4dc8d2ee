package door

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Options are what an installation allows.
type Options struct {
	SignUp bool // strangers may make themselves an account and a project
	Demo   Demo
}

// Demo is a story that the running program can live through, in a project of its own, by jobs of DemoKind.
type Demo struct {
	Project ident.ProjectID // empty where the program has none; nobody else's project gets this name
	// Remove removes the project and everything of it, and tells the operator's trail who did. A project that is no demo and has its
	// name is errs.Conflict `demo.no_demo`.
	Remove func(ctx context.Context, by audit.Actor, at time.Time) error
}

// door answers the pages.
type door struct {
	*cabinet.Cabinet
	Options
}

// Register adds the pages to the cabinet, and asks strangers to sign in wherever a page needs a reader.
func Register(c *cabinet.Cabinet, options Options) {
	d := &door{Cabinet: c, Options: options}
	c.SignIn(d.askToSignIn)
	open := cabinet.Anybody()
	c.Handle("GET /sign-in", open, plainly(d.showSignIn))
	c.Handle("POST /sign-in", open, plainly(d.signIn))
	c.Handle("GET /sign-in/code", open, plainly(d.showCode))
	c.Handle("POST /sign-in/code", open, plainly(d.takeCode))
	c.Handle("POST /sign-in/passkey/begin", open, d.beginPasskey)
	c.Handle("POST /sign-in/passkey", open, plainly(d.takePasskey))
	c.Handle("POST /sign-out", open.ForViewers(), d.signOut)
	c.Handle("GET /forgot", open, plainly(d.showForgot))
	c.Handle("POST /forgot", open, plainly(d.forgot))
	c.Handle("GET /reset", open, plainly(d.showReset))
	c.Handle("POST /reset", open, plainly(d.reset))
	c.Handle("GET /confirm", open, plainly(d.showConfirm))
	c.Handle("POST /confirm", open, plainly(d.confirm))
	c.Handle("GET /email", open, plainly(d.showEmail))
	c.Handle("POST /email", open, plainly(d.changeEmail))
	c.Handle("GET /invitation", open, plainly(d.showInvitation))
	c.Handle("POST /invitation", open, plainly(d.accept))
	c.Handle("GET /setup", open, plainly(d.showSetup))
	c.Handle("POST /setup", open, plainly(d.setup))
	run := cabinet.Operator(access.Edit, access.Projects)
	c.Handle("GET /op/welcome", run, d.showWelcome)
	if options.Demo.Project != "" {
		c.Handle("GET /op/demo", run, d.showDemo)
		c.Handle("POST /op/demo", run, d.startDemo)
		c.Handle("GET /op/demo/delete", run, d.askDeleteDemo)
		c.Handle("POST /op/demo/delete", run, d.deleteDemo)
		c.Notice = d.badge
	}
	if options.SignUp {
		c.Handle("GET /sign-up", open, d.showSignUp)
		c.Handle("POST /sign-up", open, d.signUp)
		c.Newcomer = "/new-project"
		c.Handle("GET /new-project", cabinet.SignedIn(), d.showNewProject)
		c.Handle("POST /new-project", cabinet.SignedIn(), d.newProject)
	}
}

// plainly answers what a reader can mend, such as a link that was used, with a page without a frame: there is nothing around
// these pages to go on to.
func plainly(action cabinet.Action) cabinet.Action {
	return func(v *cabinet.Visit) error {
		err := action(v)
		if err == nil || errs.KindOf(err) == errs.Internal {
			return err
		}
		slowDown(v, err)
		message, hint := v.Error(err)
		if hint != "" {
			message += ". " + hint
		}
		return said(v, statusOf(err), v.T("error.title"), message, ui.Button{Text: v.T("door.to_sign_in"), Href: "/sign-in"})
	}
}

// statusOf is the status of a page that shows an error beside its form.
func statusOf(err error) int {
	if errs.CodeOf(err) == "account.busy" {
		return http.StatusServiceUnavailable // it is us who are slow
	}
	switch errs.KindOf(err) {
	case errs.Unauthenticated:
		return http.StatusUnauthorized
	case errs.Denied:
		return http.StatusForbidden
	case errs.Unavailable:
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// slowDown tells programs for how long to wait.
func slowDown(v *cabinet.Visit, err error) {
	var e *errs.Error
	if !errors.As(err, &e) {
		return
	}
	if seconds, ok := e.Params["seconds"].(int64); ok {
		v.W.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
}

// backOf is where a form wants to return to.
func backOf(values url.Values) string { return web.Back(values.Get("back"), "/") }

// withBack is an address that remembers where to return to.
func withBack(path, back string) string {
	if back == "" || back == "/" {
		return path
	}
	return path + "?" + url.Values{"back": {back}}.Encode()
}

// said is a page that says one thing and leads on.
func said(v *cabinet.Visit, status int, title, text string, action ui.Button) error {
	return v.RenderPlain(status, ui.Page{Title: title, Lead: text}, leadOn(action))
}
