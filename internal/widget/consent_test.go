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

// gtag is how Google's snippet speaks: it pushes its arguments, and Tag Manager puts a push of its own over the one there was.
const gtag = `window.dataLayer = window.dataLayer || []; window.gtag = function () { dataLayer.push(arguments) };
	gtag("js", new Date()); dataLayer.push({"gtm.start": Date.now(), event: "gtm.js"});
	window.loadManager = () => { const old = dataLayer.push; dataLayer.push = function () { const n = old.apply(dataLayer, arguments); window.managed = n; return n } };`

// TestGoogleConsentMode and TestTCF are Rule C-53.
func TestGoogleConsentMode(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent = widget.GoogleConsent })
	p := visitor(t, gtag+`gtag("consent", "default", {analytics_storage: "denied"}); gtag("consent", "update", {ad_storage: "granted"})`)
	shop := open(t, c, pages)
	p.GoPlain(t, shop.url+"/")
	if first := c.await(t, p, "page", 1); first.C != 0 {
		t.Errorf("denied, and the level is %d", first.C)
	}
	p.shows(t, "044 333-77-91")
	p.Text(t, `loadManager(), gtag("event", "x"), gtag("consent", "update", {analytics_storage: "granted"})`)
	if up := c.await(t, p, "consent", 1); up.C != 2 || up.S != "visit1" {
		t.Errorf("granted: %+v", up)
	}
	if p.Text(t, "managed === dataLayer.length") != "true" {
		t.Error("Tag Manager does not hear what is pushed")
	}
	p.Await(t, `localStorage.bellwether?.includes("visitor1")`)

	// The dialog denies on each page until it has read what it keeps, and may take half a second for it.
	p.Before(t, `setTimeout(() => gtag("consent", "update", {analytics_storage: "granted"}), 100)`)
	p.GoPlain(t, shop.url+"/two")
	if second := c.await(t, p, "page", 2); second.C != 2 || second.V != "visitor1" || second.S != "visit1" {
		t.Errorf("Rule C-53: a default that is only the first word loses the visitor: %+v", second)
	}
	p.Text(t, `gtag("consent", "update", {analytics_storage: "denied"})`)
	if down := c.await(t, p, "consent", 2); down.C != 0 {
		t.Errorf("denied again, and the level is %d", down.C)
	}
	p.CheckConsole(t)
}

// TestWhatGoogleConsentModeSays: what is said before the tag is there, and the level of the first page.
func TestWhatGoogleConsentModeSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		said  string
		level int
	}{
		"nothing":                     {``, 0},
		"granted":                     {`gtag("consent", "default", {analytics_storage: "granted", ad_storage: "denied"})`, 2},
		"of adverts alone":            {`gtag("consent", "default", {ad_storage: "granted"})`, 0},
		"the last of several":         {`gtag("consent", "default", {analytics_storage: "granted"}); gtag("consent", "default", {analytics_storage: "denied"})`, 0},
		"granted within the wait":     {`gtag("consent", "default", {analytics_storage: "denied", wait_for_update: 500}); setTimeout(() => gtag("consent", "update", {analytics_storage: "granted"}), 100)`, 2},
		"nothing within the wait":     {`gtag("consent", "default", {analytics_storage: "denied", wait_for_update: 200})`, 0},
		"granted in some regions":     {`gtag("consent", "default", {analytics_storage: "denied"}); gtag("consent", "default", {analytics_storage: "granted", region: ["US"]})`, 0},
		"denied in some regions":      {`gtag("consent", "default", {analytics_storage: "denied", region: ["ES"]}); gtag("consent", "default", {analytics_storage: "granted"})`, 0},
		"denied there, and consented": {`gtag("consent", "default", {analytics_storage: "denied", region: ["ES"]}); gtag("consent", "update", {analytics_storage: "granted"})`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, func(s *widget.Site) { s.Consent = widget.GoogleConsent })
			p := visitor(t, gtag+test.said)
			p.GoPlain(t, open(t, c, pages).url+"/")
			if first := c.await(t, p, "page", 1); first.C != test.level {
				t.Errorf("level %d, want %d", first.C, test.level)
			}
			p.CheckConsole(t)
		})
	}
}

// dialog is a CMP as TCF 2.2 wants it: a stub that queues and answers ping, and later the real one, which works off the queue, numbers its listeners and tells
// each of every change until it is removed. tell(eventStatus, consents, gdprApplies) plays what happens to it.
const dialog = `
	window.placeStub = () => {
		const queue = [];
		window.__tcfapi = (command, version, heard, parameter) => {
			if (!command) return queue;
			if (command == "ping") return heard({gdprApplies: undefined, cmpLoaded: false, cmpStatus: "stub", apiVersion: "2.2"}, true);
			queue.push([command, version, heard, parameter]);
		};
	};
	window.loadDialog = () => {
		const queue = window.__tcfapi?.() ?? [], listeners = new Map();
		let next = 1, last;
		const data = (id) => ({...last, listenerId: id, tcfPolicyVersion: 4, cmpId: 10, cmpVersion: 1, cmpStatus: "loaded", isServiceSpecific: true});
		window.listening = () => listeners.size;
		window.tell = (eventStatus, consents, gdprApplies = true) => {
			last = {eventStatus, gdprApplies, tcString: "CP", purpose: gdprApplies ? {consents, legitimateInterests: {}} : undefined};
			for (const [id, heard] of listeners) heard(data(id), true);
		};
		window.__tcfapi = (command, version, heard, parameter) => {
			if (version != 2) return heard(null, false);
			if (command == "ping") return heard({gdprApplies: last?.gdprApplies, cmpLoaded: true, cmpStatus: "loaded", apiVersion: "2.2"}, true);
			if (command == "removeEventListener") return heard(listeners.delete(parameter));
			if (command != "addEventListener") return heard(null, false); // getTCData is gone since 2.2
			const id = next++;
			listeners.set(id, heard);
			if (last) heard(data(id), true);
		};
		queue.forEach((call) => __tcfapi(...call));
	};`

func TestTCF(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens string
		level   int
	}{
		"consented before":       {`placeStub(); loadDialog(); tell("tcloaded", {1: true, 8: true})`, 2},
		"not to measurement":     {`placeStub(); loadDialog(); tell("tcloaded", {1: true, 8: false})`, 0},
		"to nothing":             {`placeStub(); loadDialog(); tell("tcloaded", {})`, 0},
		"elsewhere":              {`placeStub(); loadDialog(); tell("tcloaded", {}, false)`, 2},
		"the dialog is open":     {`placeStub(); loadDialog(); tell("cmpuishown", {1: true, 8: true})`, 0},
		"it loads after the tag": {`placeStub(); setTimeout(() => { loadDialog(); tell("tcloaded", {1: true, 8: true}) }, 150)`, 2},
		"so does its stub":       {`setTimeout(() => { placeStub(); loadDialog(); tell("tcloaded", {1: true, 8: true}) }, 150)`, 2},
		"it never loads":         {`placeStub()`, 0},
		"there is none":          {``, 0},
		"it fails":               {`window.__tcfapi = (command, version, heard) => heard(null, false)`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, func(s *widget.Site) { s.Consent = widget.TCF })
			p := visitor(t, dialog+test.happens)
			p.GoPlain(t, open(t, c, pages).url+"/")
			if h := c.await(t, p, "page", 1); h.C != test.level {
				t.Errorf("level %d, want %d", h.C, test.level)
			}
			p.CheckConsole(t)
		})
	}
}

// TestTCFThroughALife: the dialog is shown, answered, opened again, and answered otherwise.
func TestTCFThroughALife(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) { s.Consent = widget.TCF })
	p := visitor(t, dialog+`placeStub(); loadDialog(); tell("cmpuishown", {})`)
	p.GoPlain(t, open(t, c, pages).url+"/")
	if first := c.await(t, p, "page", 1); first.C != 0 {
		t.Errorf("nobody has answered: %+v", first)
	}
	p.shows(t, "044 333-77-91")
	p.run(t, `tell("useractioncomplete", {1: true, 8: true})`)
	if up := c.await(t, p, "consent", 1); up.C != 2 || up.S != "visit1" {
		t.Errorf("granted: %+v", up)
	}
	p.Await(t, `localStorage.bellwether?.includes("visitor1")`)
	p.run(t, `tell("cmpuishown", {1: true, 8: true})`)
	p.run(t, `tell("useractioncomplete", {1: true, 8: false})`)
	if down := c.await(t, p, "consent", 2); down.C != 0 {
		t.Errorf("taken back: %+v", down)
	}
	p.Await(t, `localStorage.bellwether === undefined && document.cookie === ""`)
	if listeners := p.Text(t, `listening()`); listeners != "1" {
		t.Errorf("it listens %s times", listeners)
	}
	p.CheckConsole(t)
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
