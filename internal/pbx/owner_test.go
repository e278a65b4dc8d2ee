package pbx_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/courier"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rules T-05 and W-12: the employee whom the CRM names rings first; where it does not answer in time the scheme goes on, and the timeline
// says so.
func TestTheCRMIsAskedWhoseTheClientIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		rings  string
		code   string
	}{
		"named": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"employee":"olena"}`) }, "olena", call.OwnerFirst},
		"late": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that the caller is gone
			<-r.Context().Done()
		}, "petro", call.CRMFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.answer)
			t.Cleanup(server.Close)
			client := courier.NewClient([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil)
			h := newHouse(t, "1000", func(h *house) {
				h.crm = func(ctx context.Context, project ident.ProjectID, from, to string) (string, dialplan.Asked) {
					said := client.Ask(ctx, server.URL, []byte("key"), courier.Question{ID: "ask_1", Kind: "owner", Project: project, Client: from, Number: to}, 200*time.Millisecond, time.Now())
					if !said.OK() {
						return "", dialplan.AskedLate
					}
					return string(h.people[said.Employee].id), dialplan.NotAsked
				}
			})
			h.route(h.ring("petro"))
			h.settings(func(s *routing.Settings) { s.OwnerFirst = true })
			phone := h.phone(c.rings)
			phone.Does(siptest.Rings)
			rings := h.rings(h.voice(400))
			rung := phone.Next()
			rings.Hangup(sip.Normal)
			siptest.Await[sip.Ended](rung)
			if d := h.logged(); !slices.ContainsFunc(d.Timeline, func(e call.Event) bool { return e.Code == c.code }) {
				t.Errorf("no %s in %+v", c.code, d.Timeline)
			}
		})
	}
}
