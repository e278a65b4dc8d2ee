package tour_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/access"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

// keyboard does by keys alone what people do most: every stop shows where the focus is, and a dialog gives it back.
func (h *house) keyboard(t *testing.T) {
	for name, walk := range map[string]func(*house, *testing.T){
		"rent a number":  (*house).rentByKeys,
		"book a payment": (*house).payByKeys,
		"publish a book": (*house).publishByKeys,
		"search":         (*house).searchByKeys,
		"sign in":        (*house).signInByKeys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			walk(h, t)
		})
	}
}

// begin opens a page of somebody who has no mouse.
func (h *house) begin(t *testing.T, who *cabinettest.Person, path string) *webtest.Page {
	t.Helper()
	page := who.Browse(t, webtest.Start(t), wide)
	page.Go(t, h.URL+path)
	return page
}

func (h *house) rentByKeys(t *testing.T) {
	page := h.begin(t, h.operators[lang.English], "/p/kvitka/numbers")
	page.TabTo(t, `main a[href$="/numbers/rent"].button`)
	page.Press(t, kb.Enter)
	page.Await(t, `location.pathname.endsWith("/numbers/rent") && document.querySelector('td a[href*="/rent/new"]')`)
	page.TabTo(t, `td a[href*="/rent/new"]`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#rent-label")`)
	page.TabTo(t, "#rent-label")
	page.Type(t, "By keys")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector(".confirm")?.textContent.includes("By keys")`)
	page.TabTo(t, ".confirm .button-primary")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("bw-toast") && document.querySelector("#label, [name=label]")?.value === "By keys"`)
	page.CheckConsole(t)
}

func (h *house) payByKeys(t *testing.T) {
	page := h.begin(t, h.operators[lang.English], "/op/money")
	page.TabTo(t, `main a[href="/op/money/new"]`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#amount")`)
	page.TabTo(t, "#project")
	page.Type(t, "kvitka")
	page.TabTo(t, "#amount")
	page.Type(t, "25")
	page.Press(t, kb.Enter) // too early: the reason is missing, and the browser goes there
	page.Await(t, `document.activeElement.id === "reason"`)
	page.Type(t, "invoice 18")
	page.TabTo(t, "main .form button[type=submit]")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector(".confirm")?.textContent.includes("invoice 18")`)
	page.TabTo(t, ".confirm .button-primary")
	page.Press(t, kb.Enter)
	page.Await(t, `/^\/op\/money\/[0-9]+/.test(location.pathname) && document.querySelector("bw-toast.toast-good")`)
	page.CheckConsole(t)
}

// One operator submits the draft, another publishes it: nobody approves their own (Rule O-11).
func (h *house) publishByKeys(t *testing.T) {
	const draft = `main a.row-link[href^="/op/books/"]`
	page := h.begin(t, h.operators[lang.English], "/op/books")
	page.TabTo(t, draft)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector('form[action$="/submit"]')`)
	page.TabTo(t, `form[action$="/submit"] button`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("bw-toast.toast-good") && document.querySelector('form[action$="/refuse"]')`)
	page.CheckConsole(t)
	path := page.Text(t, "location.pathname")

	other := h.begin(t, h.operators[lang.Ukrainian], path)
	other.TabTo(t, `form[action$="/approve"] button`)
	other.Press(t, kb.Enter)
	other.Await(t, `document.querySelector("bw-toast.toast-good") && document.querySelector('a[href$="/remove"]')`)
	other.CheckConsole(t)
}

func (h *house) searchByKeys(t *testing.T) {
	page := h.begin(t, h.operators[lang.English], "/p/kvitka/numbers")
	const start = `main a[href$="/numbers/rent"].button`
	page.TabTo(t, start)
	page.Ctrl(t, "k")
	page.Await(t, `document.querySelector("#palette").open && document.activeElement.matches("#palette input")`)
	page.Press(t, kb.Escape)
	page.Await(t, `!document.querySelector("#palette").open && document.activeElement.matches('`+start+`')`)
	digits := page.Text(t, `document.querySelector("main a.row-link").getAttribute("href").match(/[0-9]+$/)[0].slice(-7)`)
	page.Ctrl(t, "k")
	page.Type(t, digits)
	page.Await(t, `document.querySelector("#palette [role=option][data-found]")`)
	page.Press(t, kb.ArrowDown, kb.ArrowUp, kb.Enter)
	page.Await(t, `location.pathname.endsWith("`+digits+`") && !document.querySelector("#palette").open && document.readyState === "complete"`)
	page.Ctrl(t, "k")
	page.Await(t, `document.activeElement.matches("#palette input")`)
	page.Type(t, "wisteria")
	page.Await(t, `!document.querySelector(".palette-none").hidden`)
	page.Press(t, kb.Enter)
	page.Await(t, `location.pathname.endsWith("/search") && location.search === "?q=wisteria"`)
	page.CheckConsole(t)
}

func (h *house) signInByKeys(t *testing.T) {
	page := h.begin(t, h.Stranger(), "/sign-in")
	page.TabTo(t, "#email")
	page.Type(t, h.operators[lang.English].Email)
	page.TabTo(t, "#password")
	page.Type(t, cabinettest.Password+"?")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("[role=alert]") && document.querySelector("#email").value !== ""`)
	page.TabTo(t, "#password")
	page.Type(t, cabinettest.Password)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector(".avatar")`)
	page.CheckConsole(t)
}

// The first run by keys alone: one screen, and on to the welcome.
func TestFirstRunByKeys(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	var secret string
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, err = access.OfferSetup(ctx, tx, rand.Reader, h.Now())
		return err
	})
	page := webtest.Start(t).Open(t, narrow)
	page.Go(t, h.URL+"/setup?code="+secret)
	for _, typed := range []struct{ field, text string }{
		{"#name", "Olha"}, {"#email", "olha@example.com"}, {"#password", cabinettest.Password}, {"[name=company]", "Kvitka"},
	} {
		page.TabTo(t, typed.field)
		page.Type(t, typed.text)
	}
	page.TabTo(t, "main form button[type=submit]")
	page.Press(t, kb.Enter)
	page.Await(t, `location.pathname === "/op/welcome"`)
	page.TabTo(t, `main a.button[href="/p/kvitka"]`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector(".avatar") && location.pathname === "/p/kvitka"`)
	page.CheckConsole(t)
}
