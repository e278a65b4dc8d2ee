package app_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"bellwether/internal/tracking"
	"bellwether/internal/web/webtest"
	"bellwether/internal/widget"
)

// tunnel is a proxy that leads to one server whatever host is asked for.
func tunnel(t *testing.T, to net.Addr) *httptest.Server {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only https is led on", http.StatusBadGateway)
			return
		}
		far, err := new(net.Dialer).DialContext(r.Context(), to.Network(), to.String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		near, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = far.Close()
			return
		}
		t.Cleanup(func() { _, _ = near.Close(), far.Close() })
		go func() {
			_, _ = io.Copy(far, buffered)
			_ = far.Close()
		}()
		go func() {
			_, _ = io.Copy(near, far)
			_ = near.Close()
		}()
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

// Rule C-58 in a browser, over https, with the tag on the client's site and the collector on a host of theirs: eight days later, when what scripts wrote is gone as Safari
// takes it after seven, the visitor is known by the cookie that no script can read; another browser is another visitor.
func TestSevenDaysInABrowser(t *testing.T) {
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
	collector := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(node)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
	snippet := widget.Served(site, g.app.Config.PublicURL).Snippets()[0].Text
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		snippet := snippet
		switch {
		case r.Host == "t.shop.example":
			collector.ServeHTTP(w, r)
			return
		case r.URL.Path == "/plain":
			snippet = ""
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="uk"><head><title>Квіти</title><link rel="icon" href="data:,">%s</head><body>%s</body></html>`, snippet, onePhone)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the browser's own errands
	secure.StartTLS()
	t.Cleanup(secure.Close)
	proxy := tunnel(t, secure.Listener.Addr()).URL
	visitor := func(p *webtest.Page, nth string) string {
		t.Helper()
		p.GoPlain(t, "https://shop.example/?gclid="+nth)
		p.Await(t, swapped)
		p.Await(t, `localStorage.bellwether`)
		return p.Text(t, `JSON.parse(localStorage.bellwether).v`)
	}
	p := webtest.StartBehind(t, proxy).Open(t, 400)
	p.Agent(t, pixel)
	first := visitor(p, "1")
	if cookies := p.Text(t, `document.cookie`); cookies != "bellwether="+first {
		t.Errorf("scripts see %q of %q", cookies, first)
	}
	// What scripts wrote goes while no page with the tag is open.
	p.GoPlain(t, "https://shop.example/plain")
	p.Await(t, `document.readyState === "complete"`)
	const forget = `(localStorage.clear(), sessionStorage.clear(), document.cookie = "bellwether=;path=/;domain=shop.example;max-age=0", document.cookie.length)`
	if left := p.Text(t, forget); left != "0" {
		t.Errorf("%s bytes are left", left)
	}
	g.at(g.clock().Add(8 * 24 * time.Hour))
	if again := visitor(p, "2"); again != first {
		t.Errorf("eight days later the visitor %q is %q", first, again)
	}
	stranger := webtest.StartBehind(t, proxy).Open(t, 400)
	stranger.Agent(t, pixel)
	if other := visitor(stranger, "3"); other == first {
		t.Error("another browser is the same visitor")
	}
	p.CheckConsole(t)
}
