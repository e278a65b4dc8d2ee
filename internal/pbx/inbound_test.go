package pbx_test

import (
	"context"
	"errors"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/pbx"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rules T-35 and T-36: a client calls, both hear each other, the call is recorded, charged and in the log.
func TestInbound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena", "petro"))
	h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordSilently })
	olena, petro := h.phone("olena"), h.phone("petro")
	at, desk := h.voice(400), h.voice(900)
	rung := make(chan struct{})
	olena.Does(func(in *sip.Incoming) {
		siptest.Rings(in)
		close(rung)
	})
	petro.Does(func(in *sip.Incoming) {
		<-rung // who takes the call before the other telephone is told of it has it ring nowhere
		takes(desk)(in)
	})
	c := h.calls(at)
	at.Hear(900)
	desk.Hear(400)
	if _, ok := siptest.Await[sip.Ended](olena.Next()); !ok {
		t.Error("the other telephone goes on ringing")
	}
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.Client != client || d.Number != string(number) || d.Person.Name != "petro" || d.EndedBy != call.ByClient || len(d.Legs) != 3 {
		t.Errorf("in the log: %+v", d.Call)
	}
	if len(d.Recordings) != 1 || d.Recordings[0].Bytes == 0 {
		t.Errorf("recordings: %+v", d.Recordings)
	}
	h.nothingIsOpen()
}

// A client who gives up is told of as such, and the telephones stop.
func TestInboundIsAbandoned(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	olena.Does(siptest.Rings)
	c := h.rings(h.voice(400))
	rung := olena.Next()
	if _, ok := siptest.Await[sip.Ringing](c); !ok {
		t.Fatal("the client hears no ringing")
	}
	c.Hangup(sip.Normal)
	siptest.Await[sip.Ended](rung)
	if d := h.logged(); d.Status != call.NoAnswer || !d.Missed || d.EndedBy != call.ByClient {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// A number nobody has, and a caller who is blocked.
func TestInboundIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	c := h.rings(h.voice(400))
	for e := range c.Events {
		if r, ok := e.(sip.Refused); ok {
			if r.Code != 404 {
				t.Errorf("a number without a scheme: %d", r.Code)
			}
			break
		}
	}
}

// Rule T-114: where a call came from is in the log while it rings; one that is found only after the call is there too, and one
// that is not found costs nobody anything.
func TestOriginOfACall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late bool
		err  error
		want string
	}{"while it rings": {want: "google"}, "after its end": {late: true, want: "google"}, "never": {err: errors.New("no visits today")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, found := make(chan pbx.Asked, 1), make(chan struct{})
			h := newHouse(t, "1000", func(h *house) {
				h.origin = func(_ context.Context, a pbx.Asked) (call.Origin, error) {
					asked <- a
					<-found
					return call.Origin{Channel: "paid_search", Source: "google", Certainty: 9000, FoundAt: a.At}, c.err
				}
			})
			h.route(h.ring("olena"))
			olena := h.phone("olena")
			olena.Does(siptest.Rings)
			rings := h.rings(h.voice(400))
			rung := olena.Next() // nobody waits for the origin
			if a := <-asked; a.Number != number || a.From != client || a.Call.Project != shop {
				t.Errorf("asked for %+v", a)
			}
			source := func() string { return h.last().Origin.Source }
			if !c.late {
				close(found)
				h.until("the origin is found while it rings", func() bool { return source() == c.want })
			}
			rings.Hangup(sip.Normal)
			siptest.Await[sip.Ended](rung)
			if h.logged(); c.late {
				close(found)
			}
			h.until("the origin is found", func() bool { return source() == c.want })
		})
	}
}
