package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/billing"
	"bellwether/internal/config"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/web/webtest"
	"bellwether/internal/widget"
)

// tagged is a node with sites whose pages have its tag, and a pool of numbers for them.
type tagged struct {
	*node
	pool tracking.PoolID
}

func openTagged(t *testing.T) *tagged {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startOn(t, listener, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC), func(c *config.Config, _ *app.Options) {
		c.PublicURL = "http://" + listener.Addr().String()
	})
	g := &tagged{node: n}
	ctx, at := context.Background(), n.clock().Add(-48*time.Hour)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var numbers []phone.Number
	for i := range 20 {
		numbers = append(numbers, phone.Number(fmt.Sprintf("+3804433378%02d", i)))
	}
	must(n.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := n.app.Billing.Open(ctx, tx, project.Opening{ID: "shop", Name: "Shop", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, at); err != nil {
			return err
		}
		if _, err := n.app.Billing.Pay(ctx, tx, "shop", billing.Payment{ID: "p1", Amount: money.MustParse("10000"), Method: "bank"}, at); err != nil {
			return err
		}
		for _, number := range numbers {
			if err := n.app.Billing.RentNumber(ctx, tx, "shop", pricing.Number{Number: string(number), Owner: "customer", Kind: "local", Use: "tracking"}, at); err != nil {
				return err
			}
		}
		return nil
	}))
	p := n.trackingPermit("shop")
	must(n.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		made, err := n.app.Tracking.AddPool(ctx, tx, p, tracking.Pool{Name: "All", PerAddress: 100}, at)
		if err != nil {
			return err
		}
		g.pool = made.ID
		return n.app.Tracking.AddToPool(ctx, tx, p, made.ID, numbers, at)
	}))
	return g
}

// site makes a site of the shop's, and serves its pages below a strict policy.
func (g *tagged) site(t *testing.T, change func(*tracking.Site), attributes, body string) (id tracking.SiteID, address string) {
	t.Helper()
	ctx, p := context.Background(), g.trackingPermit("shop")
	site := tracking.Site{Name: t.Name(), Hosts: []string{"localhost"}, Consent: "attr", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{printed}}}}
	if change != nil {
		change(&site)
	}
	if err := g.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		made, err := g.app.Tracking.AddSite(ctx, tx, p, site, g.clock())
		if err != nil {
			return err
		}
		site = made
		var show []swap.Showing
		for _, target := range site.Targets {
			show = append(show, swap.Showing{Target: target.ID, Do: swap.Lease, Pool: string(g.pool)})
		}
		_, err = g.app.Tracking.SetRules(ctx, tx, p, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: show}}, 0, g.clock())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	tag := strings.Replace(widget.Site{Key: site.Key, Host: g.app.Config.PublicURL}.Snippets()[0].Text, "async", "async "+attributes, 1)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; script-src "+g.app.Config.PublicURL+"; connect-src "+g.app.Config.PublicURL)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="uk"><head><title>Квіти</title><link rel="icon" href="data:,">%s</head><body>%s</body></html>`, tag, body)
	}))
	t.Cleanup(pages.Close)
	return site.ID, strings.Replace(pages.URL, "127.0.0.1", "localhost", 1)
}

// visits are the open visits of a site, as the collector has them.
func (g *tagged) visits(t *testing.T, site tracking.SiteID) (list []tracking.Guest) {
	t.Helper()
	all, err := tracking.Guests(context.Background(), g.app.Events, "shop", g.clock(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Site == site {
			list = append(list, one)
		}
	}
	return list
}

// await waits for the only visit of a site to be as it should.
func (g *tagged) await(t *testing.T, site tracking.SiteID, what string, right func(tracking.Guest) bool) tracking.Guest {
	t.Helper()
	deadline, tick := time.NewTimer(patience), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		list := g.visits(t, site)
		if len(list) == 1 && right(list[0]) {
			return list[0]
		}
		select {
		case <-deadline.C:
			t.Fatalf("waited for %s: %+v", what, list)
		case <-tick.C:
		}
	}
}

func tab(t *testing.T, before ...string) *webtest.Page {
	t.Helper()
	p := webtest.Start(t).Open(t, 800)
	p.Agent(t, pixel)
	for _, script := range before {
		p.Before(t, script)
	}
	return p
}

const (
	onePhone = `<b id="phone">(044) 333-77-00</b>`
	swapped  = `document.getElementById("phone").textContent !== "(044) 333-77-00"`
	// kept is all that the browser keeps of a page.
	keptThere = `Promise.all([indexedDB.databases(), caches.keys()]).then(([d, c]) => JSON.stringify([document.cookie !== "", sessionStorage.length, localStorage.length, d.length, c.length]))`
)

// keeps waits for the page's promise and compares.
func keeps(t *testing.T, p *webtest.Page, want string) {
	t.Helper()
	p.Text(t, keptThere+`.then((text) => { window.keeps = text }), ""`)
	p.Await(t, `window.keeps !== undefined`)
	if got := p.Text(t, `window.keeps`); got != want {
		t.Errorf("cookie, session, local, databases, caches: %s, want %s", got, want)
	}
}

// Rules C-50 to C-53 and C-79, with the real collector: what each level of consent leaves in the browser, and what the collector knows.
func TestConsentWithTheCollector(t *testing.T) {
	t.Parallel()
	g := openTagged(t)
	const from = "/?utm_source=bing&utm_medium=cpc&utm_campaign=tea"
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		id, at := g.site(t, nil, "", onePhone)
		p := tab(t)
		p.GoPlain(t, at+from)
		v := g.await(t, id, "the visit", func(v tracking.Guest) bool { return v.Pages == 1 })
		keeps(t, p, "[false,0,0,0,0]")
		if v.Visitor != "" || v.Consent != tracking.NoConsent || v.From.Name != "bing" || len(v.Numbers) > 0 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("session, then full on the second page", func(t *testing.T) {
		t.Parallel()
		id, at := g.site(t, nil, `data-consent="session"`, onePhone)
		p := tab(t)
		p.GoPlain(t, at+from)
		p.Await(t, swapped)
		keeps(t, p, "[false,1,0,0,0]")
		p.GoPlain(t, at+"/second")
		p.Await(t, swapped)
		p.Text(t, `bellwether("consent", "full"), ""`)
		v := g.await(t, id, "the consent", func(v tracking.Guest) bool { return v.Consent == tracking.FullConsent })
		p.Await(t, `localStorage.length === 1`)
		keeps(t, p, "[true,0,1,0,0]")
		if v.Visitor == "" || v.From.Campaign != "tea" || v.Pages != 2 || !strings.HasSuffix(v.Landing, from) || len(v.Numbers) != 1 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("none, then full on the landing page, then none again", func(t *testing.T) {
		t.Parallel()
		id, at := g.site(t, nil, "", onePhone)
		p := tab(t)
		p.GoPlain(t, at+from)
		p.Await(t, `window.bellwether?.q === 0`)
		p.Text(t, `bellwether("consent", "full"), ""`) // maybe before the first answer: it is one visit all the same (Rule C-88)
		v := g.await(t, id, "the consent", func(v tracking.Guest) bool { return v.Consent == tracking.FullConsent && v.Pages == 1 })
		if v.From.Campaign != "tea" || v.Visitor == "" {
			t.Errorf("%+v", v)
		}
		p.Await(t, swapped)
		p.Text(t, `bellwether("consent", "none"), ""`)
		g.await(t, id, "the withdrawal", func(v tracking.Guest) bool { return v.Consent == tracking.NoConsent && v.Visitor == "" })
		keeps(t, p, "[false,0,0,0,0]")
	})
	t.Run("Global Privacy Control", func(t *testing.T) {
		t.Parallel()
		id, at := g.site(t, func(s *tracking.Site) { s.Consent = "full" }, "", onePhone)
		p := tab(t, `Object.defineProperty(Navigator.prototype, "globalPrivacyControl", {get: () => true})`)
		p.GoPlain(t, at+from)
		v := g.await(t, id, "the visit", func(v tracking.Guest) bool { return v.Pages == 1 })
		keeps(t, p, "[false,0,0,0,0]")
		if v.Consent != tracking.NoConsent || v.Visitor != "" {
			t.Errorf("%+v", v)
		}
	})
	t.Run("storage that is blocked", func(t *testing.T) {
		t.Parallel()
		id, at := g.site(t, func(s *tracking.Site) { s.Consent = "full" }, "", onePhone)
		p := tab(t, `for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {get() { throw new DOMException("blocked", "SecurityError") }})`)
		p.GoPlain(t, at+from)
		p.Await(t, swapped)
		g.await(t, id, "the visit", func(v tracking.Guest) bool { return v.Visitor != "" && len(v.Numbers) == 1 })
		p.CheckConsole(t)
	})
}

// Rules C-42, C-46 and C-75, with the real collector: addresses that change within a page are pages of one visit; each target has a number of its
// own, once it stands in the page.
func TestPagesWithTheCollector(t *testing.T) {
	t.Parallel()
	g := openTagged(t)
	id, at := g.site(t, func(s *tracking.Site) {
		s.Consent = "full"
		s.Targets = append(s.Targets, tracking.Target{ID: "t2", Name: "Service", Numbers: []phone.Number{"+380443337701"}}, tracking.Target{ID: "t3", Name: "Elsewhere", Numbers: []phone.Number{"+380443337702"}})
	}, "", onePhone+`<i id="service">044 333 77 01</i><p data-no-swap id="fax">044 333 77 00</p><script type="application/ld+json" id="ld">{"telephone":"+380443337700"}</script>`)
	p := tab(t)
	p.GoPlain(t, at+"/?gclid=7")
	p.Await(t, swapped)
	p.Await(t, `document.getElementById("service").textContent !== "044 333 77 01"`)
	if text := p.Text(t, `document.getElementById("fax").textContent + document.getElementById("ld").textContent`); text != `044 333 77 00{"telephone":"+380443337700"}` {
		t.Errorf("it also changed %s", text)
	}
	p.Text(t, `history.pushState({}, "", "/tea"), history.pushState({}, "", "/tea/green"), ""`)
	// Both are sent at once, over connections of their own: either may come last.
	v := g.await(t, id, "three pages", func(v tracking.Guest) bool { return v.Pages == 3 })
	if !strings.Contains(v.Page, "/tea") || v.From.Name != "google" || len(v.Numbers) < 2 {
		t.Errorf("%+v", v)
	}
	p.CheckConsole(t)
}

// Rule C-58, over https with a browser's own rules for cookies: what scripts wrote is gone after seven days, the collector's cookie is not; on a page that is not
// https it is not sent, for it is Secure.
func TestSevenDaysOverHTTPS(t *testing.T) {
	t.Parallel()
	g := openTagged(t)
	id, _ := g.site(t, func(s *tracking.Site) {
		s.Consent, s.Hosts, s.Collector, s.Domain = "full", []string{"shop.example"}, "t.shop.example", "shop.example"
	}, "", onePhone)
	site, err := tracking.GetSite(context.Background(), g.app.DB, "shop", id)
	if err != nil {
		t.Fatal(err)
	}
	node, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(node)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
	plain, secure := httptest.NewServer(proxy), httptest.NewTLSServer(proxy)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	transport := secure.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // as httptest's certificate says
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		to := secure.Listener
		if strings.HasSuffix(address, ":80") {
			to = plain.Listener
		}
		return new(net.Dialer).DialContext(ctx, network, to.Addr().String())
	}
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	safari := &http.Client{Transport: transport, Jar: jar}
	visit := func(scheme, kept, nth string) (visitor string) {
		t.Helper()
		body := `{"k":"` + site.Key + `","e":"page","c":2,"v":"` + kept + `","s":"","u":"https://shop.example/?gclid=` + nth + `","r":"","lu":"https://shop.example/","lr":"","l":"uk","z":"Europe/Kyiv","w":412,"x":{},"d":[],"p":"p1","i":"` + nth + `"}`
		r, err := http.NewRequest(http.MethodPost, scheme+"://t.shop.example/hit", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("User-Agent", pixel)
		response, err := safari.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%d %s %v", response.StatusCode, text, err)
		}
		return between(string(text), `"v":"`)
	}
	first := visit("https", "", "1")
	if again := visit("https", first, "2"); first == "" || again != first {
		t.Errorf("the visitor %q is %q a page later", first, again)
	}
	g.at(g.clock().Add(8 * 24 * time.Hour))
	if again := visit("https", "", "3"); again != first {
		t.Errorf("eight days later, with what scripts wrote lost, the visitor %q is %q", first, again)
	}
	if again := visit("http", "", "4"); again == first {
		t.Error("the cookie goes over an open line")
	}
}

// watching keeps what #phone shows in each frame ("" while it is hidden), and how long after the document the visit's number came.
const watching = `
	window.shown = [];
	let first;
	const own = "(044) 333-77-00", look = () => {
		const e = document.getElementById("phone");
		if (e) {
			const text = getComputedStyle(e).visibility == "hidden" ? "" : e.textContent, now = performance.now();
			shown.push(text);
			if (text == own && now - (first ??= now) >= 180) window.gaveUp = 1;
		}
		requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
	document.addEventListener("DOMContentLoaded", () => {
		const ready = performance.now(), e = document.getElementById("phone"), done = () => { if (e.textContent != own) window.took ??= performance.now() - ready; };
		done();
		new MutationObserver(done).observe(e, {characterData: true, subtree: true});
	});`

// Rules C-47 and C-48, with the real collector and the snippet that the cabinet shows first: a first page has its number within 200 ms of the document, and no
// frame of a later one shows the site's own. A machine that others keep busy gets several tries.
func TestTheNumberInTime(t *testing.T) {
	t.Parallel()
	g := openTagged(t)
	id, _ := g.site(t, func(s *tracking.Site) { s.Consent = "full" }, "", onePhone)
	site, err := tracking.GetSite(context.Background(), g.app.DB, "shop", id)
	if err != nil {
		t.Fatal(err)
	}
	usual := widget.Served(site, g.app.Config.PublicURL).Snippets()[0]
	body := onePhone + strings.Repeat("<p>Троянди, півонії, тюльпани. 25 грн, 101 шт.</p>", 500)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="uk"><head><title>Квіти</title><link rel="icon" href="data:,">%s</head><body>%s</body></html>`, usual.Text, body)
	}))
	t.Cleanup(pages.Close)
	at := strings.Replace(pages.URL, "127.0.0.1", "localhost", 1)

	var p *webtest.Page
	took := ""
	for range 8 {
		p = tab(t, watching)
		p.GoPlain(t, at+"/?gclid=1")
		p.Await(t, `window.took !== undefined && localStorage.bellwether`)
		took = p.Text(t, `Math.round(window.took)`)
		if p.Text(t, `window.took <= 200`) == "true" {
			break
		}
	}
	if p.Text(t, `window.took <= 200`) != "true" {
		t.Errorf("the first page had its number after %s ms", took)
	}
	mine, tries := p.Text(t, `document.getElementById("phone").textContent`), 10
	for later := 0; later < 3; later++ {
		p.GoPlain(t, at+"/later")
		p.Await(t, `window.shown.filter((text) => text).length > 3`)
		if p.Text(t, `window.gaveUp`) == "1" && tries > 0 {
			later, tries = later-1, tries-1
			continue
		}
		if all := p.Text(t, `[...new Set(window.shown.filter((text) => text))].join()`); all != mine {
			t.Errorf("a later page showed %q, the number is %q", all, mine)
		}
	}
	p.CheckConsole(t)
}

// Rule C-58: on a host of the client's own, here behind a proxy, a visitor whose browser has lost its storage, as Safari does after seven days, is known again by the
// cookie that only the collector can read; on our host they are new.
func TestOwnHostKeepsTheVisitor(t *testing.T) {
	t.Parallel()
	g := openTagged(t)
	id, _ := g.site(t, func(s *tracking.Site) {
		s.Consent, s.Hosts, s.Collector, s.Domain = "full", []string{"shop.example"}, "t.shop.example", "shop.example"
	}, "", onePhone)
	site, err := tracking.GetSite(context.Background(), g.app.DB, "shop", id)
	if err != nil {
		t.Fatal(err)
	}
	node, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(node)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	send := func(address, host, cookie, nth string) (visitor, kept string) {
		t.Helper()
		body := `{"k":"` + site.Key + `","e":"page","c":2,"v":"","s":"","u":"https://shop.example/?gclid=` + nth + `","r":"","lu":"https://shop.example/","lr":"","l":"uk","z":"Europe/Kyiv","w":412,"x":{},"d":[],"p":"p1","i":"` + nth + `"}`
		r, err := http.NewRequest(http.MethodPost, address+"/hit", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("User-Agent", pixel)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		response, err := g.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text := make([]byte, 1000)
		n, _ := response.Body.Read(text)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", response.StatusCode, text[:n])
		}
		kept = response.Header.Get("Set-Cookie")
		if kept != "" && (!strings.Contains(kept, "Domain=shop.example; Max-Age=34128000; HttpOnly; Secure; SameSite=Lax") || response.Header.Get("Access-Control-Allow-Credentials") != "true") {
			t.Errorf("the cookie is %s", kept)
		}
		cookie, _, _ = strings.Cut(kept, ";")
		return between(string(text[:n]), `"v":"`), cookie
	}
	first, cookie := send(proxy.URL, "t.shop.example", "", "1")
	if first == "" || cookie == "" {
		t.Fatalf("the visitor %q is kept by %q", first, cookie)
	}
	if again, _ := send(proxy.URL, "t.shop.example", cookie, "2"); again != first {
		t.Errorf("on their own host the visitor %s comes back as %s", first, again)
	}
	if again, cookie := send(g.url, node.Host, "", "3"); again == first || cookie != "" {
		t.Errorf("on ours the visitor %s comes back as %s, and is kept by %q", first, again, cookie)
	}
}
