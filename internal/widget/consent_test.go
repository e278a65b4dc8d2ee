package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/widget"
)

// stored is all that a page's origin has in this browser.
const stored = `Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker?.getRegistrations() ?? []]).then(async (all) =>
	({local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie.replace(/=.*/, ""), other: all.flat().length + (await navigator.storage.estimate()).usage * 0, name: window.name, state: history.state}))
	.then((all) => window.stored = all) && ""`

type browserStore struct {
	Local, Session []string
	Cookie, Name   string
	Other          int
	State          any
}

func storedBy(t *testing.T, p page) browserStore {
	t.Helper()
	p.Text(t, "delete window.stored")
	p.Text(t, stored)
	p.Await(t, "window.stored")
	return read[browserStore](t, p, "window.stored")
}

// watched counts every write into the browser, whether or not anything is left of it.
const watched = `
	window.writes = [];
	for (const name of ["setItem", "removeItem", "clear"]) { const old = Storage.prototype[name]; Storage.prototype[name] = function (...a) { writes.push(name); return old.apply(this, a); }; }
	const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
	Object.defineProperty(document, "cookie", {get: () => cookie.get.call(document), set: (v) => { writes.push("cookie"); cookie.set.call(document, v); }});`

var pages = map[string]string{
	"/":     one + `<a href="/two">two</a>`,
	"/two":  one,
	"/full": `data-consent="full"TAG` + one, "/session": `data-consent="session"TAG` + one, "/none": `data-consent="none"TAG` + one, "/odd": `data-consent="constructor"TAG` + one,
}

// TestNothingIsStoredWithoutConsent is Rule C-50.
func TestNothingIsStoredWithoutConsent(t *testing.T) {
	t.Parallel()
	for name, consent := range map[string]widget.Consent{"settled": widget.AlwaysNone, "nobody was asked": widget.Asked} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, func(s *widget.Site) { s.Consent, s.Cookies = consent, []string{"vip"} })
			c.beat = 0.1
			p := visitor(t, watched)
			shop := open(t, c, pages)
			p.GoPlain(t, shop.url+"/?utm_source=google")
			p.shows(t, "044 333-77-91")
			c.await(t, p, "beat", 2)
			p.GoPlain(t, shop.url+"/two")
			p.shows(t, "044 333-77-92")
			if diff := cmp.Diff(browserStore{Local: []string{}, Session: []string{}}, storedBy(t, p)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			if writes := p.Text(t, "writes.join()"); writes != "" {
				t.Errorf("written: %s", writes)
			}
			for _, h := range append(c.all("page"), c.all("beat")...) {
				if h.C != 0 || h.V != "" || len(h.X) != 0 || h.cookies != "" {
					t.Errorf("a hit of nobody: %+v", h)
				}
			}
			if second := c.all("page")[1]; second.S != "" {
				t.Error("the second page knows the visit of the first")
			}
			p.CheckConsole(t)
		})
	}
}

// TestLevels is Rule C-51: what is kept at each level, and where the level comes from.
func TestLevels(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent, s.Cookies = widget.Asked, []string{"vip", "none"} })
	p := visitor(t)
	shop := open(t, c, pages)

	p.GoPlain(t, shop.url+"/odd")
	p.shows(t, "044 333-77-91") // an unknown word is no consent
	p.Text(t, `document.cookie = "vip=1"`)
	p.GoPlain(t, shop.url+"/session")
	p.shows(t, "044 333-77-92")
	if diff := cmp.Diff(browserStore{Local: []string{}, Session: []string{"bellwether"}, Cookie: "vip"}, storedBy(t, p)); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	p.GoPlain(t, shop.url+"/full")
	p.Await(t, `document.cookie.includes("bellwether=visitor1") && localStorage.bellwether.includes("visitor1")`)
	p.shows(t, "044 333-77-92") // the visit goes on
	p.GoPlain(t, shop.url+"/")  // and what was once given is remembered
	last := c.await(t, p, "page", 4)
	if last.C != 2 || last.V != "visitor1" || last.S != "visit2" || last.X["vip"] != "1" || len(last.X) != 1 {
		t.Errorf("the fourth page: %+v", last)
	}
	p.GoPlain(t, shop.url+"/none")
	c.await(t, p, "page", 5)
	p.shows(t, "044 333-77-93")
	if diff := cmp.Diff(browserStore{Local: []string{}, Session: []string{}, Cookie: "vip"}, storedBy(t, p)); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
	p.CheckConsole(t)
}

// TestUpgrade is Rule C-52: a consent that comes later loses neither the visit nor where it came from.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent = widget.Asked })
	p := visitor(t)
	shop := open(t, c, pages)
	landing := shop.url + "/?utm_source=google&utm_medium=cpc"
	p.GoPlain(t, landing)
	p.shows(t, "044 333-77-91")
	p.Text(t, `history.pushState(null, "", "/about")`)
	c.await(t, p, "page", 2)
	p.Text(t, `bellwether("consent", 1)`)
	up := c.await(t, p, "consent", 1)
	if up.C != 1 || up.S != "visit1" || up.LU != landing || up.U != shop.url+"/about" {
		t.Errorf("to session: %+v", up)
	}
	p.Await(t, `sessionStorage.bellwether?.includes("visit1")`)
	p.GoPlain(t, shop.url+"/two")
	p.shows(t, "044 333-77-91")
	p.Text(t, `bellwether("consent", "full")`)
	up = c.await(t, p, "consent", 2)
	if up.C != 2 || up.S != "visit1" || up.LU != landing || up.V != "" {
		t.Errorf("to full: %+v", up)
	}
	p.Await(t, `localStorage.bellwether?.includes("visitor1") && sessionStorage.bellwether === undefined`)
	p.Text(t, `bellwether("consent", 2)`) // said again it is no news
	p.Text(t, `bellwether("consent", 0)`)
	down := c.await(t, p, "consent", 3)
	if down.C != 0 || down.V != "visitor1" || down.S != "visit1" {
		t.Errorf("taken back: %+v", down)
	}
	p.Await(t, `localStorage.bellwether === undefined && document.cookie === ""`)
	if n := len(c.all("page")); n != 3 {
		t.Errorf("%d pages, a consent is none", n)
	}
}

// answered waits until the page has heard so many answers.
func (p page) answered(t *testing.T, hits int) {
	t.Helper()
	p.Await(t, fmt.Sprintf(`performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/hit") && e.responseEnd).length >= %d && new Promise((done) => setTimeout(() => done(true), 20))`, hits))
}

// TestAnswerAfterTheConsentIsTakenBack: what was asked for at a higher level is not kept any more.
func TestAnswerAfterTheConsentIsTakenBack(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	c.held = make(chan struct{})
	p := visitor(t)
	shop := open(t, c, pages)
	p.GoPlain(t, shop.url+"/")
	p.Await(t, "window.bellwether")
	p.run(t, `bellwether("consent", 0)`)
	c.await(t, p, "consent", 1)
	close(c.held)
	p.answered(t, 2)
	if diff := cmp.Diff(browserStore{Local: []string{}, Session: []string{}}, storedBy(t, p)); diff != "" {
		t.Errorf("Rule C-50: stored (-want +got):\n%s", diff)
	}
}

// TestLostLandingIsToldAgain: the collector knows the source although the hit of the landing page never arrived.
func TestLostLandingIsToldAgain(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	c.status = 500
	p := visitor(t)
	shop := open(t, c, pages)
	p.GoPlain(t, shop.url+"/?gclid=A")
	c.await(t, p, "page", 1)
	p.Text(t, `history.pushState(null, "", "/about")`)
	c.await(t, p, "page", 2)
	c.tell(func(c *collector) { c.status = 0 })
	p.Text(t, `history.pushState(null, "", "/contacts")`)
	p.shows(t, "044 333-77-91")
	if name := c.visits["visit1"].source.Name; name != "google" {
		t.Errorf("Rule C-52: the source is %s", name)
	}
}

// TestQueue: a site may speak before the tag is there.
func TestQueue(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent = widget.Asked })
	p := visitor(t, `window.bellwether = function () { (bellwether.q = bellwether.q || []).push(arguments) }; bellwether("consent", 1); bellwether("set", {city: "Kyiv"})`)
	shop := open(t, c, pages)
	p.GoPlain(t, shop.url+"/")
	if first := c.await(t, p, "page", 1); first.C != 1 || first.X["city"] != "Kyiv" {
		t.Errorf("Rule C-51: %+v", first)
	}
	p.shows(t, "044 333-77-91")
	if n := len(c.all("consent")); n != 0 {
		t.Errorf("%d changes of consent, it was there from the beginning", n)
	}
	// The tag that stands on a page twice is there once.
	p.Text(t, `document.head.append(Object.assign(document.createElement("script"), {src: "`+c.URL+`/t/k1.js", onload: () => window.twice = 1}))`)
	p.Await(t, "window.twice")
	if n := len(c.all("page")); n != 1 {
		t.Errorf("%d pages", n)
	}
}

// TestGoogleConsentMode and TestTCF are Rule C-53.
func TestGoogleConsentMode(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent = widget.GoogleConsent })
	p := visitor(t, `window.dataLayer = []; window.gtag = function () { dataLayer.push(arguments) };
		gtag("consent", "default", {analytics_storage: "denied"}); gtag("consent", "update", {ad_storage: "granted"})`)
	shop := open(t, c, pages)
	p.GoPlain(t, shop.url+"/")
	if first := c.await(t, p, "page", 1); first.C != 0 {
		t.Errorf("denied, and the level is %d", first.C)
	}
	p.Text(t, `gtag("event", "x"), gtag("consent", "update", {analytics_storage: "granted"})`)
	if up := c.await(t, p, "consent", 1); up.C != 2 {
		t.Errorf("granted, and the level is %d", up.C)
	}
	p.Text(t, `gtag("consent", "update", {analytics_storage: "denied"})`)
	if down := c.await(t, p, "consent", 2); down.C != 0 {
		t.Errorf("denied again, and the level is %d", down.C)
	}
	p.CheckConsole(t)
}

const tcf = `window.__tcfapi = (what, version, heard) => { window.heard = heard; heard(FIRST, true) };`

func TestTCF(t *testing.T) {
	t.Parallel()
	for first, level := range map[string]int{
		`{eventStatus: "tcloaded", gdprApplies: true, purpose: {consents: {1: true, 8: true}}}`:            2,
		`{eventStatus: "useractioncomplete", gdprApplies: true, purpose: {consents: {1: true, 8: false}}}`: 0,
		`{eventStatus: "tcloaded", gdprApplies: true, purpose: {consents: {}}}`:                            0,
		`{eventStatus: "tcloaded", gdprApplies: false}`:                                                    2,
		`{eventStatus: "cmpuishown", gdprApplies: true, purpose: {consents: {1: true, 8: true}}}`:          0,
	} {
		c := collect(t, func(s *widget.Site) { s.Consent = widget.TCF })
		p := visitor(t, strings.Replace(tcf, "FIRST", first, 1))
		p.GoPlain(t, open(t, c, pages).url+"/")
		if h := c.await(t, p, "page", 1); h.C != level {
			t.Errorf("%s: level %d, want %d", first, h.C, level)
		}
		p.CheckConsole(t)
	}
}

// TestGlobalPrivacyControl is Rule C-54.
func TestGlobalPrivacyControl(t *testing.T) {
	t.Parallel()
	for _, most := range []widget.Level{widget.None, widget.Session, widget.Full} {
		c := collect(t, func(s *widget.Site) { s.GPC = most })
		p := visitor(t, `Object.defineProperty(navigator, "globalPrivacyControl", {value: true})`)
		p.GoPlain(t, open(t, c, pages).url+"/")
		if h := c.await(t, p, "page", 1); h.C != int(most) {
			t.Errorf("level %d, want %d", h.C, most)
		}
	}
}

// TestStorageThatThrows is Rule C-55: the page gets its number where nothing can be kept.
func TestStorageThatThrows(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"forbidden":  `for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError") }})`,
		"full":       `Object.defineProperty(window, "localStorage", {value: new Proxy({}, {set() { throw new DOMException("full", "QuotaExceededError") }})})`,
		"absent":     `for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {value: null})`,
		"garbage":    `localStorage.bellwether = "{"`,
		"no cookies": `Object.defineProperty(document, "cookie", {get: () => "", set() { throw new DOMException("sandboxed", "SecurityError") }})`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, nil)
			p := visitor(t, script)
			shop := open(t, c, pages)
			p.GoPlain(t, shop.url+"/")
			p.shows(t, "044 333-77-91")
			p.Text(t, `history.pushState(null, "", "/about")`)
			if second := c.await(t, p, "page", 2); second.S != "visit1" {
				t.Errorf("the visit is lost within a document: %+v", second)
			}
			p.CheckConsole(t)
		})
	}
}

// TestFirstPartyHost is Rule C-58: hits to the client's own host carry its cookie, others none.
func TestFirstPartyHost(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		c := collect(t, func(s *widget.Site) { s.OwnHost = own })
		p := visitor(t)
		shop := open(t, c, pages)
		p.GoPlain(t, c.URL+"/none")
		p.Text(t, `document.cookie = "bellwether_id=visitor9;path=/"`)
		p.GoPlain(t, shop.URL+"/") // of the same host as the collector here, on another port
		h := c.await(t, p, "page", 1)
		if sent := strings.Contains(h.cookies, "bellwether_id=visitor9"); sent != own {
			t.Errorf("own host %t: cookies %q", own, h.cookies)
		}
		p.shows(t, "044 333-77-91")
	}
}
