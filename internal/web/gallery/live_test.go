package gallery_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/web"
	"bellwether/internal/web/gallery"
	"bellwether/internal/web/live"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// liveSite is the gallery with a balance that changes.
type liveSite struct {
	hub     *live.Hub
	url     string
	balance atomic.Int64
	shut    atomic.Bool // the stream is refused, as to whoever is signed out
}

func serveLive(t *testing.T) *liveSite {
	t.Helper()
	l := &liveSite{hub: live.NewHub()}
	site := web.New(web.Options{
		Log: slog.New(slog.NewTextHandler(failing{t}, nil)), Now: time.Now,
		Frame: func(r *http.Request) ui.Frame {
			frame := gallery.Frame(r)
			frame.Live = "/live"
			return frame
		},
	})
	stream := live.Stream{Hub: l.hub, Enter: func(w http.ResponseWriter, _ *http.Request, topics []string) (live.Access, bool) {
		if l.shut.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return live.Access{}, false
		}
		return live.Access{Principal: "ann", Topics: topics}, true
	}}
	site.Handle("GET /live", stream.ServeHTTP)
	gallery.Register(site, func(*http.Request) bool { return true })
	mux := http.NewServeMux()
	mux.Handle("/", site)
	site.Handle("GET /pill", func(w http.ResponseWriter, r *http.Request) {
		site.RenderPart(w, r, ui.BalancePill(ui.Balance{
			Amount: money.Micro(l.balance.Load()) * money.Unit, Currency: "UAH", Topic: "balance", Refresh: "/pill", Href: "/ui",
		}))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(l.hub.Close)
	l.url = server.URL
	return l
}

// publish changes the balance and tells it until every page shows it: a stream may still be on its way.
func (l *liveSite) publish(t *testing.T, balance int64, pages ...*webtest.Page) {
	t.Helper()
	l.balance.Store(balance)
	l.hub.Publish("balance", "")
	for _, page := range pages {
		page.Await(t, fmt.Sprintf(`document.querySelector("#balance").textContent.replace(/\D/g, "").includes("%d")`, balance))
	}
}

func (l *liveSite) await(t *testing.T, streams int) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for l.hub.Readers() != streams {
		select {
		case <-deadline:
			t.Fatalf("%d streams are open, want %d", l.hub.Readers(), streams)
		case <-tick.C:
		}
	}
}

// Two pages of one browser share one stream; what is revoked ends and does not come back.
func TestPagesAreLiveOverOneStream(t *testing.T) {
	t.Parallel()
	site := serveLive(t)
	browser := webtest.Start(t)
	first, second := browser.Open(t, wide), browser.Open(t, narrow)
	for _, page := range []*webtest.Page{first, second} {
		page.Go(t, site.url+"/ui/states")
		page.Text(t, `document.querySelector("#balance").dataset.refresh = "/pill"`)
	}
	first.Await(t, `document.documentElement.dataset.live === "on"`)
	site.await(t, 1)
	site.publish(t, 777, first, second)
	first.Text(t, `document.querySelector('.tabs a[href="/ui/forms"]').click()`)
	first.Await(t, `location.pathname === "/ui/forms"`)
	site.publish(t, 888, first, second)
	site.await(t, 1)
	first.CheckConsole(t)
	second.CheckConsole(t)
}

func TestPagesAreLiveWithoutSharedWorkers(t *testing.T) {
	t.Parallel()
	site := serveLive(t)
	page := webtest.Start(t).Open(t, wide)
	page.Before(t, `delete window.SharedWorker`)
	page.Go(t, site.url+"/ui/states")
	page.Text(t, `document.querySelector("#balance").dataset.refresh = "/pill"`)
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	site.publish(t, 777, page)
	page.CheckConsole(t)
}

// A stream that was refused is tried again: who signs in anew, or comes while the server starts, has live pages without closing them all.
func TestRefusedStreamComesBack(t *testing.T) {
	t.Parallel()
	site := serveLive(t)
	site.shut.Store(true)
	browser := webtest.Start(t)
	first, second := browser.Open(t, wide), browser.Open(t, wide)
	first.Go(t, site.url+"/ui/states")
	first.Await(t, `document.documentElement.dataset.live === "off"`)
	second.Go(t, site.url+"/ui/states")
	second.Await(t, `document.documentElement.dataset.live === "off"`) // it is told of what it joined
	site.shut.Store(false)
	for _, page := range []*webtest.Page{first, second} {
		page.Await(t, `document.documentElement.dataset.live === "on"`)
		page.Text(t, `document.querySelector("#balance").dataset.refresh = "/pill"`)
	}
	site.publish(t, 777, first, second)
}
