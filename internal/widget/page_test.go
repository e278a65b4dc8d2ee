package widget_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/web/webtest"
)

type ctx = context.Context

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// shop is a client's site: pages by path, below a policy that allows no script in the page and no code from text.
type shop struct {
	*httptest.Server
	url     string        // on another host than the collector
	snippet string        // plain, where it is empty
	half    chan struct{} // closed when a page has shown what comes before HALF in it

	mu      sync.Mutex
	reports []string
}

// open starts a site with these pages. The tag stands in each one's head, as the snippet says; what is before TAG in a page's text are further
// attributes of it, what is before HEAD stands in the head too; what is behind HALF comes once the page has asked for /half.js.
func open(t testing.TB, c *collector, pages map[string]string) *shop {
	t.Helper()
	s := &shop{half: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := pages[r.URL.Path]
		code, inside := s.code(c)
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+c.URL+inside+"; connect-src "+c.URL+"; style-src 'self'; img-src data:; form-action 'self'; report-uri /report")
		switch {
		case r.URL.Path == "/report":
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, r.URL.String())
		case r.URL.Path == "/release.js": // asked for once
			close(c.stuck)
		case r.URL.Path == "/half.js":
			close(s.half)
		case !ok:
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".js"):
			h.Set("Content-Type", "text/javascript; charset=utf-8")
			_, _ = w.Write([]byte(text))
		case strings.HasSuffix(r.URL.Path, ".css"):
			h.Set("Content-Type", "text/css")
			h.Set("Cache-Control", "max-age=3600")
			_, _ = w.Write([]byte(text))
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			attributes, body, found := strings.Cut(text, "TAG")
			if !found {
				attributes, body = "", text
			}
			tag := strings.NewReplacer(" async", " async "+attributes, c.site.Host, c.URL).Replace(code)
			head, rest, found := strings.Cut(body, "HEAD")
			if !found {
				head, rest = "", body
			}
			rest, behind, halved := strings.Cut(rest, "HALF")
			_, _ = fmt.Fprintf(w, `<!doctype html><html lang="uk"><head><title>Квіти</title><link rel="icon" href="data:,">%s%s</head><body>%s`, tag, head, rest)
			if halved {
				w.(http.Flusher).Flush()
				select {
				case <-s.half:
				case <-r.Context().Done():
				}
			}
			_, _ = fmt.Fprintf(w, `%s</body></html>`, behind)
		}
	}))
	t.Cleanup(s.Close)
	s.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// code is the snippet, and what the policy must say for the script in the page that it may have.
func (s *shop) code(c *collector) (text, allowed string) {
	for _, one := range c.site.Snippets() {
		if one.Name == cmp.Or(s.snippet, "plain") {
			text = one.Text
		}
	}
	if script, found := strings.CutPrefix(text, "<script>"); found {
		script, _, _ = strings.Cut(script, "</script>")
		sum := sha256.Sum256([]byte(script))
		allowed = " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return text, allowed
}

// page is a tab on a shop.
type page struct{ *webtest.Page }

// visitor is a new browser with a tab; before are scripts that run before those of every page.
func visitor(t testing.TB, before ...string) page {
	t.Helper()
	p := page{webtest.Start(t).Open(t, 800)}
	for _, script := range before {
		p.Before(t, script)
	}
	return p
}

// await waits until a condition outside the page holds.
func (p page) await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("waited for %s", what)
		case <-tick.C:
		}
	}
}

// shows waits until the element #phone has a text.
func (p page) shows(t testing.TB, text string) {
	t.Helper()
	p.Await(t, fmt.Sprintf(`document.getElementById("phone")?.textContent === %q`, text))
}

// run runs statements.
func (p page) run(t testing.TB, script string) {
	t.Helper()
	p.Text(t, "(() => { "+script+" })()")
}

// read is the value of an expression, decoded from JSON.
func read[T any](t testing.TB, p page, expression string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(p.Text(t, "JSON.stringify("+expression+")")), &value); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

const one = `<b id="phone">044 333-77-00</b>`

func sorted(texts []string) []string { return slices.Sorted(slices.Values(texts)) }
