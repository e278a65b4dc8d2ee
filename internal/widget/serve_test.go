package widget_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/widget"
)

// TestSize is Rule C-40. gzip itself is asked where it is installed: ours may not flatter us.
func TestSize(t *testing.T) {
	t.Parallel()
	core, all := widget.Size()
	if core > 2048 || all > 5000 {
		t.Errorf("the core has %d bytes of 2048, all of it %d of 5000", core, all)
	}
	t.Logf("core %d, all %d bytes", core, all)
	program, err := exec.LookPath("gzip")
	if err != nil {
		t.Skip("no gzip")
	}
	script, err := os.ReadFile(filepath.Join("dist", "core.js"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-9")
	command.Stdin = strings.NewReader(string(script))
	out, err := command.Output()
	if err != nil || len(out) > 2048 {
		t.Errorf("gzip -9 makes %d bytes of the core: %v", len(out), err)
	}
}

func get(t *testing.T, handler http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

// broken knows nothing, for a while.
type broken struct{}

func (broken) Site(context.Context, string) (widget.Site, error) {
	return widget.Site{}, errors.New("the disk is gone")
}

// TestServing is Rule C-46: what is kept for how long, by whom it may be loaded, and what strangers get.
func TestServing(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	handler := widget.Handler(sites{c})
	more := "/t/more-forms.js?v=" + version(t, handler)
	for path, want := range map[string]struct {
		status int
		cache  string
	}{
		"/t/k1.js":                {200, "public, max-age=300, stale-while-revalidate=86400"},
		"/t/k1.js?v=7":            {200, "public, max-age=31536000, immutable"},
		"/t/k1.js?v=6":            {200, "public, max-age=300, stale-while-revalidate=86400"},
		more:                      {200, "public, max-age=31536000, immutable"},
		"/t/more-forms.js?v=old":  {200, "public, max-age=300, stale-while-revalidate=86400"},
		"/t/more-nothing.js":      {404, "public, max-age=60"},
		"/t/k2.js":                {404, "public, max-age=60"},
		"/t/k1":                   {404, "public, max-age=60"},
		"/t/.js":                  {404, "public, max-age=60"},
		"/t/more-core.js":         {404, "public, max-age=60"},
		"/t/more-../dist/core.js": {404, "public, max-age=60"},
	} {
		response := get(t, handler, path)
		h := response.Header
		if response.StatusCode != want.status || h.Get("Cache-Control") != want.cache {
			t.Errorf("%s: %d, %s", path, response.StatusCode, h.Get("Cache-Control"))
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s: headers %v", path, h)
		}
		if body, _ := io.ReadAll(response.Body); (len(body) > 0) != (want.status == 200) {
			t.Errorf("%s: %d bytes", path, len(body))
		}
	}
	if r := get(t, widget.Handler(broken{}), "/t/k1.js"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Retry-After") == "" {
		t.Errorf("out of order: %d %v", r.StatusCode, r.Header)
	}
	post := httptest.NewRecorder()
	handler.ServeHTTP(post, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/t/k1.js", nil))
	if post.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", post.Code)
	}
}

// version is what the tag asks for what is loaded on demand.
func version(t *testing.T, handler http.Handler) string {
	t.Helper()
	script, err := io.ReadAll(get(t, handler, "/t/k1.js").Body)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(script), `"b":"`)
	found, _, _ := strings.Cut(after, `"`)
	return found
}

func TestCompressedAndUnchanged(t *testing.T) {
	t.Parallel()
	handler := widget.Handler(sites{collect(t, nil)})
	plain, _ := io.ReadAll(get(t, handler, "/t/k1.js").Body)
	response := get(t, handler, "/t/k1.js", "Accept-Encoding", "br, gzip")
	reader, err := gzip.NewReader(response.Body)
	if err != nil || response.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v %v", err, response.Header)
	}
	if unpacked, _ := io.ReadAll(reader); string(unpacked) != string(plain) {
		t.Error("compressed it is another script")
	}
	if again := get(t, handler, "/t/k1.js", "If-None-Match", response.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %d", again.StatusCode)
	}
}

// TestHostileSettings: what people type into settings stays text.
func TestHostileSettings(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) {
		s.Targets[0].Name = "</script><script>alert(1)</script>\u2028'\"`${1}"
		s.Cookies = []string{"__proto__", "a;b=c"}
	})
	script, _ := io.ReadAll(get(t, widget.Handler(sites{c}), "/t/k1.js").Body)
	for _, bad := range []string{"</script>", "\u2028", "<script"} {
		if strings.Contains(string(script), bad) {
			t.Errorf("%q stands in the script", bad)
		}
	}
	c.answer = func(_ hit, a *answer) { a.N = map[string][3]string{c.site.Targets[0].Name: {"380", "0", "443337791"}} }
	p := visitor(t)
	p.GoPlain(t, open(t, c, pages).url+"/")
	p.shows(t, "044 333-77-91")
	p.CheckConsole(t)
}

// TestSnippets: each is what its system takes; Tag Manager's runs, as the others do in other tests (Rule C-48).
func TestSnippets(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	texts := map[string]string{}
	for _, s := range c.site.Snippets() {
		texts[s.Name] = s.Text
	}
	address := c.URL + "/t/k1.js"
	if want := `<script async src="` + address + `"></script>`; texts["plain"] != want {
		t.Errorf("plain: %s", texts["plain"])
	}
	if want := `<script async blocking="render" src="` + address + `"></script>`; texts["steady"] != want {
		t.Errorf("steady: %s", texts["steady"])
	}
	if !strings.HasSuffix(texts["page"], "</script>\n"+texts["plain"]) || !strings.Contains(texts["page"], `(["443337700"], [])`) {
		t.Errorf("page: %s", texts["page"])
	}
	if want := `<script async src="` + address + `"></script>', "\n";`; !strings.Contains(texts["wordpress"], `n.split("").join("\\\\W{0,9}")`) || !strings.Contains(texts["wordpress"], want) {
		t.Errorf("wordpress: %s", texts["wordpress"])
	}
	if proxy := widget.Proxy("https://collect.example"); !strings.Contains(proxy, "proxy_pass https://collect.example;") {
		t.Errorf("proxy: %s", proxy)
	}
	// Tag Manager evaluates its HTML tags: the script in it is a file of the shop here, for its policy allows no other.
	inside, _, _ := strings.Cut(strings.TrimPrefix(texts["gtm"], "<script>"), "</script>")
	p := visitor(t)
	shop := open(t, c, map[string]string{"/gtm.js": inside, "/": `type="text/plain"TAG<script src="/gtm.js"></script>HEAD` + one})
	p.GoPlain(t, shop.url+"/")
	p.shows(t, "044 333-77-91")
	p.CheckConsole(t)
}
