package pbx_test

import (
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
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
	olena.Does(siptest.Rings)
	petro.Does(takes(desk))
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
