package gallery_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"bellwether/internal/lang"
	"bellwether/internal/web"
	"bellwether/internal/web/gallery"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// look is one way of looking at a page.
type look struct {
	lang  lang.Lang
	theme ui.Theme
	width int64
}

func (l look) String() string { return fmt.Sprintf("%s-%s-%d", l.lang, l.theme, l.width) }

var (
	narrow = int64(360)
	wide   = int64(1280)
)

// serve serves the gallery to readers of a language and theme; an empty look leaves the choice to the browser.
func serve(t testing.TB, l look) string {
	t.Helper()
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	site := web.New(web.Options{
		Log: slog.New(slog.NewTextHandler(failing{t}, nil)), Frame: gallery.Frame,
		Now:    func() time.Time { return time.Date(2026, 11, 22, 12, 5, 0, 0, time.UTC) },
		Prefer: func(*http.Request) web.Preference { return web.Preference{Lang: l.lang, Theme: l.theme, Zone: kyiv} },
	})
	gallery.Register(site, func(*http.Request) bool { return true })
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return server.URL
}

// failing fails the test with whatever is logged: the gallery has nothing to log but violations of the policy.
type failing struct{ t testing.TB }

func (f failing) Write(p []byte) (int, error) {
	f.t.Errorf("logged: %s", p)
	return len(p), nil
}

var paths = []string{"/ui", "/ui/tables?calls.f.source=s1&calls.f.caller=44", "/ui/forms", "/ui/states", "/ui/hostile", "/ui/confirm", "/ui/plain", "/nothing", "/insecure"}

// looks are all of them in a soak; else each path is seen in one, the next path in another.
func looks(i int) []look {
	var all []look
	for _, l := range lang.All {
		for _, theme := range []ui.Theme{ui.ThemeLight, ui.ThemeDark} {
			all = append(all, look{l, theme, narrow}, look{l, theme, wide})
		}
	}
	if soaking {
		return all
	}
	return all[(7*i)%len(all):][:1]
}

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// TestEveryPageIsInOrder opens every page of the gallery and checks what a person would stumble over.
func TestEveryPageIsInOrder(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	for i, path := range paths {
		for _, l := range looks(i) {
			t.Run(fmt.Sprintf("%s/%s", l, path), func(t *testing.T) {
				page := browser.Open(t, l.width)
				page.Go(t, serve(t, l)+path)
				page.Check(t)
				if title := page.Text(t, "document.title"); title == "owned" {
					t.Error("a hostile text was executed")
				}
			})
		}
	}
}
