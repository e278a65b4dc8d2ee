package pbx_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/staff"
	"bellwether/internal/web/webtest"
)

// browserPhone opens a page with a telephone and registers it as an employee's, over WebSocket.
func (h *house) browserPhone(name string) *webtest.Page {
	h.Helper()
	site := http.NewServeMux()
	site.Handle("/sip", h.stack.WebSocket())
	site.HandleFunc("/jssip-3.13.8.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(webtest.JsSIP)
	})
	site.Handle("/", http.FileServer(http.Dir("testdata")))
	server := httptest.NewServer(site)
	h.Cleanup(server.Close)
	page := webtest.Start(h).Open(h, 800)
	page.GoPlain(h, server.URL+"/phone.html")
	p := h.people[name]
	page.Ask(h, "register", "ws"+strings.TrimPrefix(server.URL, "http")+"/sip", "sip:"+p.user+"@"+staff.Realm, p.password)
	return page
}

// A telephone in a real browser calls a colleague and is called by a client: tones both ways, keys, hold, and the end from
// either side.
func TestBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	petro, desk := h.phone("petro"), h.voice(1000)
	petro.Does(takes(desk))
	page := h.browserPhone("olena")

	page.Ask(t, "call", "sip:202@"+staff.Realm, 440)
	desk.Hear(440)
	page.Ask(t, "until", 1000)
	page.Ask(t, "press", "42")
	desk.Pressed("42")
	page.Ask(t, "hold")
	desk.Hear(hold)
	page.Ask(t, "resume")
	desk.HearOnly([]float64{440}, []float64{hold})
	page.Ask(t, "until", 1000)
	page.Ask(t, "hangup")
	if _, ok := siptest.Await[sip.Ended](petro.Next()); !ok {
		t.Error("the other side goes on")
	}
	if d := h.logged(); d.Status != call.Answered || d.Direction != call.Internal || d.Client != "202" {
		t.Errorf("in the log: %+v", d.Call)
	}

	at := h.voice(1300)
	c := h.rings(at)
	if who := page.Ask(t, "rings"); !strings.Contains(who, client) {
		t.Errorf("the browser shows %q", who)
	}
	defer page.CheckConsole(t)
	page.Ask(t, "answer", 700)
	at.Accept(h.answered(c).SDP)
	at.Hear(700)
	page.Ask(t, "until", 1300)
	c.Hangup(sip.Normal)
	page.Ask(t, "ended")
	if d := h.logged(); d.Status != call.Answered || d.Client != client || d.Person.Name != "olena" {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// hold is a note of the music that is heard while the other side holds.
const hold = 554.37
