package cabinet

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/ui"
)

// Visit is one request of one reader to one page.
type Visit struct {
	*ui.View
	W         http.ResponseWriter
	R         *http.Request
	At        time.Time    // the instant at which the request takes effect
	User      account.User // the zero value where nobody is signed in
	Principal access.Principal
	Org       ident.Org        // whose page it is; the zero value for one's own pages
	Permit    access.Permit    // in Org
	Project   *project.Project // where Org is a project
	cabinet   *Cabinet
}

const usualBody = 256 << 10

// enter finds out who visits what and whether they may. The visit it gives can answer even where there is an error.
func (c *Cabinet) enter(w http.ResponseWriter, r *http.Request, need Need) (*Visit, error) {
	reader := readerOf(r)
	most := need.Most
	if most == 0 {
		most = usualBody
	}
	whole := r.Body
	r.Body = http.MaxBytesReader(w, whole, most)
	v := &Visit{
		View: ui.Of(r.Context()), W: w, R: r, At: c.Clock(), User: reader.user, Principal: reader.principal, cabinet: c,
	}
	reader.visit = v
	if err := v.admit(reader, need); err != nil {
		return v, err
	}
	if r.ContentLength > most {
		if reader.signedIn() {
			swallow(r, whole)
		}
		return v, web.TooLarge(most)
	}
	return v, nil
}

// admit refuses whoever may not, before anything of what they send is read.
func (v *Visit) admit(reader *reader, need Need) error {
	switch {
	case reader.err != nil:
		return reader.err
	case !need.Viewer && v.onlyLooks():
		return errs.New(errs.Denied, "access.only_viewing", "whoever views as somebody else changes nothing").Try("end the view first")
	case need.Open:
		return nil
	case !reader.signedIn():
		return errs.New(errs.Unauthenticated, "account.bad_session", "nobody is signed in").Try("sign in")
	case need.Kind == "":
		return nil
	}
	return v.enterOrg(need)
}

// mostSwallowed is how much of a body that is too long is read before it is refused: a browser that is still sending would see the
// connection break instead of the answer. It is read for those alone who are signed in and whose page it is.
const mostSwallowed = 256 << 20

// swallow reads a body to its end. Whoever waits to be told to go on, and has not sent it yet, need not.
func swallow(r *http.Request, body io.Reader) {
	if !strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		_, _ = io.CopyN(io.Discard, body, mostSwallowed) // it is refused either way
	}
}

// onlyLooks reports that whoever views as somebody else sends what might change something, wherever it is sent to.
func (v *Visit) onlyLooks() bool {
	method := v.R.Method
	return v.Principal.Session.ViewingAs != "" && method != http.MethodGet && method != http.MethodHead
}

func (v *Visit) enterOrg(need Need) (err error) {
	org := orgNamed(need.Kind, v.R)
	if v.Permit, err = v.cabinet.Gate.Enter(v.Context(), v.Principal, org, v.At); err != nil {
		return err
	}
	v.Org = org
	v.remember(org)
	if org.Kind == ident.ProjectKind {
		if v.Project, err = v.cabinet.Projects.Get(v.Context(), v.cabinet.DB, org.Project()); err != nil {
			return err
		}
	}
	if need.Right {
		_, err = v.Permit.May(need.Action, need.Object)
	}
	return err
}

// remember notes where the reader is, for the frame around their own pages and for where they begin next time.
func (v *Visit) remember(org ident.Org) {
	if v.R.Method == http.MethodGet && v.Cookie(orgCookie) != org.String() {
		v.SetCookie(orgCookie, org.String(), aMonth)
	}
}

func orgNamed(kind ident.OrgKind, r *http.Request) ident.Org {
	switch kind {
	case ident.ProjectKind:
		return ident.ProjectOrg(ident.ProjectID(r.PathValue("project")))
	case ident.AgencyKind:
		return ident.AgencyOrg(r.PathValue("agency"))
	}
	return ident.Operator
}

// Context is that of the request. What is begun in it, by whatever way, asks the reader's permit below the pages too (Rule A-18).
func (v *Visit) Context() context.Context { return store.Guarded(v.R.Context(), v.Permit) }

// May reports whether the reader's permit allows an action: for showing a button. What is done asks again.
func (v *Visit) May(a access.Action, o access.Object) bool { return v.Permit.Allows(a, o) }

// Path is an address below the page's organisation: v.Path("/funds") is "/p/shop/funds".
func (v *Visit) Path(below string) string { return Base(v.Org) + below }

// Base is where the pages of an organisation begin.
func Base(org ident.Org) string {
	switch org.Kind {
	case ident.ProjectKind:
		return "/p/" + org.ID
	case ident.AgencyKind:
		return "/a/" + org.ID
	}
	return "/op"
}

// Read runs a read on one consistent state of the database.
func (v *Visit) Read(read func(ctx context.Context, q store.Querier) error) error {
	return v.cabinet.DB.Snapshot(v.Context(), read)
}

// Change runs a change in one transaction; do may run more than once. Where the domain does not write the trail itself,
// do calls v.Record.
func (v *Visit) Change(do func(ctx context.Context, tx *store.Tx) error) error {
	err := v.cabinet.DB.Write(v.Context(), do)
	if err == nil {
		v.cabinet.outlooks.forget(v.Org.Project())
		v.cabinet.changed()
	}
	return err
}

// Record writes a change into the trail of the page's organisation, in the transaction that makes it (Rule A-15).
func (v *Visit) Record(ctx context.Context, tx *store.Tx, change audit.Change) error {
	if change.Org == (ident.Org{}) {
		change.Org = v.Org
	}
	return audit.Write(ctx, tx, v.Principal.Actor(), v.At, change)
}

// changed makes what was changed be told at once.
func (c *Cabinet) changed() {
	c.Wake()
	select {
	case c.stir <- struct{}{}:
	default: // Watch is about to look anyway
	}
}

// Publish tells the open pages of the page's organisation on this node that something changed there of which no event tells:
// "balance", "chat".
func (v *Visit) Publish(what string) { v.cabinet.Hub.Publish(Topic(v.Org, what), "") }

// Render answers with a page in the reader's frame.
func (v *Visit) Render(page ui.Page, content templ.Component) error {
	v.cabinet.Render(v.W, v.R, http.StatusOK, page, content)
	return nil
}

// RenderWrong answers with the page of a form that was filled in wrongly.
func (v *Visit) RenderWrong(page ui.Page, content templ.Component) error {
	v.cabinet.Render(v.W, v.R, http.StatusUnprocessableEntity, page, content)
	return nil
}

// RenderPlain answers with a page without a frame.
func (v *Visit) RenderPlain(status int, page ui.Page, content templ.Component) error {
	v.cabinet.RenderPlain(v.W, v.R, status, page, content)
	return nil
}

// RenderPart answers with one component, which takes the place of the old one on the page.
func (v *Visit) RenderPart(part templ.Component) error {
	v.cabinet.RenderPart(v.W, v.R, part)
	return nil
}

// RenderStatus answers with a page in the reader's frame, with a status.
func (v *Visit) RenderStatus(status int, page ui.Page, content templ.Component) error {
	v.cabinet.Render(v.W, v.R, status, page, content)
	return nil
}

// RenderJSON answers a script of a page.
func (v *Visit) RenderJSON(status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/json")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(text) // the browser has gone: nobody to tell
	return nil
}

// RenderWrongPart answers with one component that says what is wrong with what was sent.
func (v *Visit) RenderWrongPart(part templ.Component) error {
	v.cabinet.RenderWrongPart(v.W, v.R, part)
	return nil
}

// Go leads the browser on to another page of the site after a change.
func (v *Visit) Go(to string) error {
	http.Redirect(v.W, v.R, web.Back(to, "/"), http.StatusSeeOther)
	return nil
}

// Into leads on to the first page of an organisation that the reader has just joined, with a toast.
func (v *Visit) Into(org ident.Org, toast ui.Toast) error {
	v.cabinet.Gate.Forget(v.User.ID)
	v.SetCookie(orgCookie, org.String(), aMonth)
	return v.Anew("/", toast)
}

// Anew is Done where what stands around the pages has changed with it, such as the projects to choose from: the browser loads
// the next page whole.
func (v *Visit) Anew(to string, toast ui.Toast) error {
	if !v.Swap {
		return v.Done(to, toast)
	}
	if toast.Tone == "" {
		toast.Tone = ui.Good
	}
	v.cabinet.Flash(v.W, v.R, toast)
	v.W.Header().Set("HX-Redirect", web.Back(to, "/"))
	v.W.WriteHeader(http.StatusOK)
	return nil
}

// Done leads on with a toast that says what was done.
func (v *Visit) Done(to string, toast ui.Toast) error {
	if toast.Tone == "" {
		toast.Tone = ui.Good
	}
	v.cabinet.Flash(v.W, v.R, toast)
	return v.Go(to)
}

// fail answers with what is wrong. A stranger is asked to sign in where a page needs a reader.
func (v *Visit) fail(err error) {
	if errs.KindOf(err) == errs.Unauthenticated && v.cabinet.signIn != nil {
		if err = v.cabinet.signIn(v); err == nil {
			return
		}
	}
	v.cabinet.Fail(v.W, v.R, err)
}
