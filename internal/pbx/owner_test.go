package pbx_test

import (
	"context"
	"encoding/json"
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
	"bellwether/internal/pbx"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/webhook"
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
			h := newHouse(t, "1000", func(h *house) { h.asks(c.answer, 200*time.Millisecond) })
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

// asks has a CRM asked whose a client is.
func (h *house) asks(crm http.HandlerFunc, wait time.Duration) {
	server := httptest.NewServer(crm)
	h.Cleanup(server.Close)
	client := courier.NewClient([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil)
	h.crm = func(ctx context.Context, a pbx.Asked, origin call.Origin) (string, dialplan.Asked) {
		q := courier.Question{ID: "ask_1", Kind: "owner", Project: a.Call.Project, Client: string(a.From), Number: string(a.Number), Origin: webhook.OriginOf(origin)}
		said := client.Ask(ctx, server.URL, []byte("key"), q, wait, time.Now())
		if !said.OK() {
			return "", dialplan.AskedLate
		}
		return string(h.people[said.Employee].id), dialplan.NotAsked
	}
}

// Rules W-11 and W-12: nobody who is told that a call rings waits for the CRM, nor does the client hear nothing; the CRM is told where the
// call came from. A client who gives up meanwhile rings nobody.
func TestTheRingDoesNotWaitForTheCRM(t *testing.T) {
	t.Parallel()
	for name, gives := range map[string]bool{"the client waits": false, "the client gives up": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, answer := make(chan courier.Question, 1), make(chan struct{})
			h := newHouse(t, "1000", func(h *house) {
				h.asks(func(w http.ResponseWriter, r *http.Request) {
					var q courier.Question
					_ = json.NewDecoder(r.Body).Decode(&q)
					asked <- q
					<-answer
					_, _ = io.WriteString(w, `{"employee":"olena"}`)
				}, 30*time.Second)
				h.origin = func(context.Context, pbx.Asked) (call.Origin, error) {
					return call.Origin{Channel: "Paid Search", Source: "google", Campaign: "brand", Certainty: call.Certain, FoundAt: h.began}, nil
				}
			})
			h.route(h.ring("petro"))
			h.settings(func(s *routing.Settings) { s.OwnerFirst = true })
			olena := h.phone("olena")
			olena.Does(siptest.Rings)
			rings := h.rings(h.voice(400))
			if _, ok := siptest.Await[sip.Ringing](rings); !ok {
				t.Fatal("the client hears nothing")
			}
			if q := <-asked; q.Client != client || q.Origin == nil || q.Origin.Source != "google" || q.Origin.Campaign != "brand" {
				t.Errorf("the CRM is asked %+v, %+v", q, q.Origin)
			}
			h.until("it is told that the call rings", func() bool { return h.told(call.TopicRinging) == 1 })
			if gives {
				rings.Hangup(sip.Normal)
				d := h.logged()
				close(answer)
				if d.Status != call.NoAnswer || !d.Missed || len(d.Legs) != 1 {
					t.Errorf("in the log: %+v, %+v", d.Call, d.Legs)
				}
				return
			}
			close(answer)
			rung := olena.Next()
			rings.Hangup(sip.Normal)
			siptest.Await[sip.Ended](rung)
			if d := h.logged(); d.Origin.Campaign != "brand" {
				t.Errorf("in the log: %+v", d.Origin)
			}
		})
	}
}

// told counts the events of a kind.
func (h *house) told(topic string) (n int) {
	h.Helper()
	if err := h.db.QueryRow(context.Background(), `SELECT count(*) FROM event_outbox WHERE project_id = $1 AND topic = $2`, string(shop), topic).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}
