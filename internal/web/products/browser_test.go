package products_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// Products are switched by keys alone: the question in its dialog, yes, the toast, undo; then off tonight and back from the
// row. Rules B-30, B-61.
func TestSwitchingByKeyboard(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	page := s.owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, s.URL+s.path("/funds/products"))
	const analytics = `#product-analytics .switch`
	page.TabTo(t, analytics)
	page.Press(t, " ")
	page.Await(t, `document.querySelector("#dialog").open && document.querySelector("#dialog .confirm").textContent.includes("both are switched on")`)
	page.CheckAxe(t)
	page.Press(t, kb.Escape)
	page.Await(t, `!document.querySelector("#dialog").open && document.activeElement.matches('`+analytics+`')`)
	page.Press(t, " ")
	page.Await(t, `document.querySelector("#dialog").open && document.querySelector("#dialog .confirm")`)
	page.TabTo(t, "#dialog .button-primary")
	page.Press(t, kb.Enter)
	page.Await(t, `!document.querySelector("#dialog").open && document.querySelector("bw-toast form") && document.querySelector('`+analytics+`').ariaChecked === "true"`)
	page.Check(t)
	s.Pass(time.Minute)
	page.TabTo(t, "bw-toast .button")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector('`+analytics+`').ariaChecked === "false" && [...document.querySelectorAll("bw-toast")].some(e => e.textContent.includes("today is charged all the same"))`)

	s.turn("callback", true)
	page.Go(t, s.URL+s.path("/funds/products"))
	page.TabTo(t, "#product-callback .switch")
	page.Press(t, " ")
	page.Await(t, `document.querySelector("#dialog").open && document.querySelector("#dialog .confirm")`)
	page.TabTo(t, "#dialog .button-primary")
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#product-callback .product-state")`)
	page.TabTo(t, "#product-callback .product-state .button")
	page.Press(t, kb.Enter)
	page.Await(t, `!document.querySelector("#product-callback .product-state") && document.querySelector("#product-callback .switch").ariaChecked === "true"`)
	page.CheckConsole(t)
}

// Every page stands on a phone and before a screen reader, in both themes, with labels that nobody should have; the part that
// takes long comes, and a change shows on another page that is open.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "3000")
	s.stock(kyiv, second, "+380671234567")
	s.turn("virtual_pbx", true)
	s.turn("callback", true)
	s.rent(kyiv, "pbx", `=cmd|' /C calc'!A0 <script>alert(1)</script> "><img src=x onerror=alert(1)>`)
	s.rent("+380671234567", "tracking", "Очень-очень-длинное-название-без-единого-пробела-которое-не-помещается-никуда-вообще-нигде")
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.App.Billing.SwitchProducts(ctx, tx, s.id, []billing.Switch{{Product: "callback", Tonight: true}}, s.Now())
	})
	browser := webtest.Start(t)
	for theme, width := range map[string]int64{"light": 1280, "dark": 360} {
		page := s.owner.Browse(t, browser, width)
		page.SetCookie(t, s.URL, "__Host-theme", theme)
		for _, below := range []string{
			"/funds/products", "/funds/products/switch/analytics?to=on", "/funds/book", "/funds/book/rates?q=%2B48", "/funds/book/versions/2021-01-01",
			"/numbers", "/numbers/rent", "/numbers/rent/new?country=UA", "/numbers/rent/new?country=UA&use=pbx", "/numbers/own", "/numbers/own/new?number=12", "/numbers/380441234567", "/numbers/resting",
		} {
			page.Go(t, s.URL+s.path(below))
			page.Await(t, `!document.querySelector("bw-later[aria-busy]")`)
			page.Check(t)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go s.App.Cabinet.Watch(ctx)
	page := s.owner.Browse(t, browser, 1280)
	page.Go(t, s.URL+s.path("/numbers"))
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	other := s.Member(ident.ProjectOrg("shop"), access.Administrator)
	other.Post(s.path("/numbers/380441234567/label"), map[string][]string{"label": {"Fresh label"}})
	page.Await(t, `document.querySelector("#numbers-list").textContent.includes("Fresh label")`)
	page.CheckConsole(t)
}

// The questions of the vendors who sell minutes, plans and terms, in both themes.
func TestQuestionsInABrowser(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	for id, questions := range map[ident.ProjectID][]string{
		"line":  {"/funds/products/packages/forwarding?minutes=5000", "/funds/products/packages/forwarding?minutes=0"},
		"store": {"/funds/products/plan?plan=business", "/funds/products/term?months=6", "/funds/products/term?months=7"},
	} {
		s := open(t, id, "20000")
		if id == "store" {
			s.users("a", "b", "c", "d")
		}
		for theme, width := range map[string]int64{"light": 1280, "dark": 360} {
			page := s.owner.Browse(t, browser, width)
			page.SetCookie(t, s.URL, "__Host-theme", theme)
			for _, below := range questions {
				page.Go(t, s.URL+s.path(below))
				page.Check(t)
			}
		}
	}
}
