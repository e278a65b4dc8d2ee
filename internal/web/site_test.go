package web_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/web"
	"bellwether/internal/web/asset"
	"bellwether/internal/web/ui"
)

// site is a site with a page, a form and a few failures.
func site(t *testing.T) *web.Site {
	t.Helper()
	proxies, err := web.ParseProxies("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	s := web.New(web.Options{
		Log: slog.New(slog.DiscardHandler), Proxies: proxies,
		Now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
	})
	s.Handle("GET /page", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, http.StatusOK, ui.Page{Title: "A page"}, ui.Text("content"))
	})
	s.Handle("POST /form", func(w http.ResponseWriter, r *http.Request) {
		s.Flash(w, r, ui.Toast{Tone: ui.Good, Text: "It is done " + r.PostFormValue("more")})
		http.Redirect(w, r, "/page", http.StatusSeeOther)
	})
	s.Handle("GET /fail/{kind}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("kind") {
		case "secret":
			s.Fail(w, r, errors.New("password=1234"))
		case "panic":
			panic("password=1234")
		case "denied":
			s.Fail(w, r, errs.New(errs.Denied, "x.denied", "not yours"))
		default:
			s.Fail(w, r, errs.New(errs.Invalid, "x.bad", "it is bad").Try("mend it"))
		}
	})
	return s
}

// ask sends a request from a stranger's address; change may dress it up.
func ask(t *testing.T, s http.Handler, method, address, body string, change func(*http.Request)) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.7:5555"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, answer *http.Response) string {
	t.Helper()
	var body io.Reader = answer.Body
	if answer.Header.Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = zip
	}
	all, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	s := site(t)
	for _, path := range []string{"/page", "/nothing", "/fail/secret", "/fail/panic", asset.URL("app.js"), "/insecure"} {
		answer := ask(t, s, http.MethodGet, "https://cabinet.example"+path, "", nil)
		h := answer.Header
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s", path, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy allows something unsafe: %s", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000", "Referrer-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: request id %q", path, h.Get("X-Request-Id"))
		}
	}
}

func TestFailuresSayWhatAndNoMore(t *testing.T) {
	t.Parallel()
	s := site(t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/fail/bad": {422, "it is bad"}, "/fail/secret": {500, "Something went wrong on our side"}, "/fail/panic": {500, "Something went wrong on our side"},
		"/fail/denied": {403, "not yours"}, "/nothing": {404, "There is nothing here"},
	} {
		answer := ask(t, s, http.MethodGet, path, "", nil)
		page := text(t, answer)
		if answer.StatusCode != want.status || !strings.Contains(page, want.says) {
			t.Errorf("%s: %d, %q not in it: %t", path, answer.StatusCode, want.says, strings.Contains(page, want.says))
		}
		if strings.Contains(page, "password") {
			t.Errorf("%s shows what went wrong inside", path)
		}
	}
}

func TestOtherSitesCannotSendForms(t *testing.T) {
	t.Parallel()
	s := site(t)
	for name, c := range map[string]struct {
		header, value string
		status        int
	}{
		"this site":          {"Sec-Fetch-Site", "same-origin", http.StatusSeeOther},
		"another site":       {"Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		"a sister":           {"Sec-Fetch-Site", "same-site", http.StatusForbidden},
		"an old browser":     {"Origin", "https://evil.example", http.StatusForbidden},
		"an old browser, us": {"Origin", "https://cabinet.example", http.StatusSeeOther},
	} {
		answer := ask(t, s, http.MethodPost, "https://cabinet.example/form", "", func(r *http.Request) { r.Header.Set(c.header, c.value) })
		if answer.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, c.status)
		}
	}
}

func TestCookiesAreOfThisHostAlone(t *testing.T) {
	t.Parallel()
	s := site(t)
	answer := ask(t, s, http.MethodPost, "https://cabinet.example/preferences", "lang=uk&theme=dark&back=/page%3Fx", nil)
	if got := answer.Header.Get("Location"); got != "/page?x" {
		t.Errorf("back to %q", got)
	}
	cookies := answer.Cookies()
	if len(cookies) != 2 {
		t.Fatalf("%d cookies", len(cookies))
	}
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%+v", c)
		}
	}
	page := text(t, ask(t, s, http.MethodGet, "https://cabinet.example/page", "", func(r *http.Request) {
		for _, c := range cookies {
			r.AddCookie(c)
		}
	}))
	if !strings.Contains(page, `lang="uk" data-theme="dark"`) {
		t.Error("the choice is not kept")
	}
	// An insecure address gets plain cookies, for a browser would drop the others, and a warning.
	plain := ask(t, s, http.MethodPost, "http://192.0.2.1/preferences", "lang=uk", nil).Cookies()
	if len(plain) != 1 || plain[0].Name != "lang" || plain[0].Secure {
		t.Errorf("%+v", plain)
	}
}

func TestBackLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]string{
		"/funds?x=1": "/funds?x=1", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/", "evil": "/", "/\n": "/",
	} {
		if got := web.Back(wish, "/"); got != want {
			t.Errorf("%q: %q, want %q", wish, got, want)
		}
	}
}

func TestInsecureAddressesAreWarnedOf(t *testing.T) {
	t.Parallel()
	s := site(t)
	for address, warned := range map[string]bool{
		"http://192.0.2.1/page": true, "http://cabinet.example/page": true, "https://cabinet.example/page": false,
		"http://localhost:8080/page": false, "http://127.0.0.1:8080/page": false, "http://[::1]:8080/page": false, "http://a.localhost/page": false,
	} {
		page := text(t, ask(t, s, http.MethodGet, address, "", nil))
		if strings.Contains(page, `href="/insecure"`) != warned {
			t.Errorf("%s: warned is not %t", address, warned)
		}
	}
	page := text(t, ask(t, s, http.MethodGet, "http://192.0.2.1/insecure", "", nil))
	if !strings.Contains(page, "passkeys") || !strings.Contains(page, "http://localhost:8080") {
		t.Error("the page does not say what fails and how to mend it")
	}
}

func TestClientIsWhomTrustedProxiesHeard(t *testing.T) {
	t.Parallel()
	proxies, err := web.ParseProxies("10.0.0.0/8, 2001:db8::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, peer, forwarded, proto string
		want                         string
		secure                       bool
	}{
		{"nobody between", "203.0.113.7:5", "", "", "203.0.113.7", false},
		{"a liar", "203.0.113.7:5", "1.1.1.1", "https", "203.0.113.7", false},
		{"one proxy", "10.0.0.1:5", "198.51.100.2", "https", "198.51.100.2", true},
		{"a liar behind a proxy", "10.0.0.1:5", "1.1.1.1, 198.51.100.2", "http", "198.51.100.2", false},
		{"two proxies", "10.0.0.1:5", "198.51.100.2, 10.0.0.9", "https", "198.51.100.2", true},
		{"IPv6 and ports", "[2001:db8::1]:5", "[2001:db8:9::7]:443", "https", "2001:db8:9::7", true},
		{"nonsense", "10.0.0.1:5", "unknown", "", "10.0.0.1", false},
		{"nonsense in the middle", "10.0.0.1:5", "198.51.100.2, <script>, 10.0.0.9", "", "10.0.0.9", false},
		{"mapped", "[::ffff:10.0.0.1]:5", "::ffff:198.51.100.2", "", "198.51.100.2", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://cabinet.example/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		want := web.Client{Address: netip.MustParseAddr(c.want), Secure: c.secure}
		if diff := cmp.Diff(want, proxies.Of(r), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	if _, err := web.ParseProxies("10.0.0.0/8, example.com"); errs.CodeOf(err) != "web.bad_proxy" {
		t.Errorf("got %v", err)
	}
}

func TestToastIsShownOnceAfterARedirect(t *testing.T) {
	t.Parallel()
	s := site(t)
	for name, more := range map[string]string{"short": "<b>", "too long for a cookie": strings.Repeat("щ", 5000)} {
		answer := ask(t, s, http.MethodPost, "https://cabinet.example/form", url.Values{"more": {more}}.Encode(), nil)
		kept := answer.Cookies()
		if len(kept) != 1 || len(kept[0].Value) > 4000 {
			t.Fatalf("%s: %d cookies", name, len(kept))
		}
		next := ask(t, s, http.MethodGet, "https://cabinet.example/page", "", func(r *http.Request) { r.AddCookie(kept[0]) })
		if page := text(t, next); !strings.Contains(page, "It is done") || strings.Contains(page, "<b>") {
			t.Errorf("%s: the toast is not shown, or not escaped", name)
		}
		if dropped := next.Cookies(); len(dropped) != 1 || dropped[0].MaxAge >= 0 {
			t.Errorf("%s: the toast would come again: %v", name, dropped)
		}
	}
}

func TestAssetsAreKeptForEverAndCompressed(t *testing.T) {
	t.Parallel()
	s := site(t)
	gzipped := func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip") }
	for _, name := range []string{"app.js", "app.css", "chart.js", "chart.css", "live.js", "favicon.svg"} {
		small := ask(t, s, http.MethodGet, asset.URL(name), "", gzipped)
		if small.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || small.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %v", name, small.Header)
		}
		if whole := ask(t, s, http.MethodGet, asset.URL(name), "", nil); text(t, whole) != text(t, small) {
			t.Errorf("%s differs when compressed", name)
		}
	}
	for _, path := range []string{"/assets/app.js", "/assets/app-000000000000.js", "/assets/", "/assets/../go.mod"} {
		if answer := ask(t, s, http.MethodGet, path, "", nil); answer.StatusCode == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}

func TestPolicyReportsAreLogged(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	s := web.New(web.Options{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: time.Now})
	report := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	if answer := ask(t, s, http.MethodPost, "/csp-report", `{"csp-report":{"blocked-uri":"inline"}}`, report); answer.StatusCode != http.StatusNoContent {
		t.Errorf("status %d", answer.StatusCode)
	}
	if !strings.Contains(said.String(), "blocked-uri") {
		t.Error("nothing is logged")
	}
	if answer := ask(t, s, http.MethodPost, "/csp-report", strings.Repeat("x", 10_000), report); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a long report: status %d", answer.StatusCode)
	}
}

// Strangers fill no disk with reports: so many a minute are logged, the next minute again.
func TestPolicyReportsAreBounded(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := web.New(web.Options{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: func() time.Time { return now }})
	flood := func() int {
		said.Reset()
		for range 50 {
			if answer := ask(t, s, http.MethodPost, "/csp-report", "{}", nil); answer.StatusCode != http.StatusNoContent {
				t.Fatalf("status %d", answer.StatusCode)
			}
		}
		return strings.Count(said.String(), "policy violated")
	}
	if first, again := flood(), flood(); first != 20 || again != 0 {
		t.Errorf("%d and then %d of 50 reports within a minute are logged, want 20 and 0", first, again)
	}
	now = now.Add(time.Minute)
	if n := flood(); n != 20 {
		t.Errorf("a minute later %d are logged", n)
	}
}

// A browser that moves on cancels its request: that is no fault to log.
func TestWhoeverMovesOnIsNoFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		gone   bool
		faults int
	}{{true, 0}, {false, 1}} {
		var said strings.Builder
		s := web.New(web.Options{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: time.Now})
		s.Handle("GET /slow", func(w http.ResponseWriter, r *http.Request) {
			ctx, leave := context.WithCancel(r.Context())
			if c.gone {
				leave()
			}
			defer leave()
			s.Fail(w, r.WithContext(ctx), fmt.Errorf("store: %w", context.Canceled))
		})
		ask(t, s, http.MethodGet, "http://bell.example/slow", "", nil)
		if got := strings.Count(said.String(), "level=ERROR"); got != c.faults {
			t.Errorf("gone %v: %d faults are logged, want %d: %s", c.gone, got, c.faults, said.String())
		}
	}
}
