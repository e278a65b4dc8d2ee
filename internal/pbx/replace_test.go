package pbx_test

import (
	"strings"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/money"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// replaces lets a phone call in the place of a dialog that another has.
func (h *house) replaces(p *siptest.Phone, other *sip.Leg, sdp []byte) *siptest.PhoneCall {
	h.Helper()
	c := &siptest.PhoneCall{Events: make(chan sip.Event, 1000)}
	leg, err := p.Stack.Dial(sip.Target{Trunk: "pbx", User: "0", From: sip.Party{User: p.User}, SDP: sdp, Replaces: other}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		h.Fatal(err)
	}
	c.Leg = leg
	return c
}

// Rule T-18: a telephone that was told of a colleague's dialog takes its place (RFC 3891, RFC 5589 section 7.3): one that is up, or one that rings.
func TestReplaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	c, olena, at, _ := h.talk()
	mine := olena.Next()
	third := h.voice(1300)
	taken := h.replaces(petro, mine.Leg, third.Offer())
	third.Accept(h.answered(taken).SDP)
	if _, ok := siptest.Await[sip.Ended](mine); !ok {
		t.Error("whoever was replaced goes on")
	}
	at.Hear(1300)
	third.Hear(400)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Person.Name != "petro" || len(d.Legs) != 3 {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()

	olena.Does(siptest.Rings)
	c = h.rings(at)
	mine = olena.Next()
	picked := h.voice(700)
	taken = h.replaces(petro, mine.Leg, picked.Offer())
	picked.Accept(h.answered(taken).SDP)
	at.Accept(h.answered(c).SDP)
	at.Hear(700)
	taken.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Person.Name != "petro" {
		t.Errorf("picked up: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// Rules T-11 and T-18: the client's exchange transfers the call to somebody else there; both legs are authorised, and settled.
func TestClientIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	c, _, _, desk := h.talk()
	other := h.voice(1300)
	taken := h.replaces(h.carrier, c.Leg, other.Offer())
	other.Accept(h.answered(taken).SDP)
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the client's first leg goes on")
	}
	desk.Hear(1300)
	other.Hear(900)
	taken.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.EndedBy != call.ByClient {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
	authorised := 0
	for _, l := range d.Legs {
		if l.Incoming && l.Trunk != "" && l.Charging != "" {
			authorised++
		}
	}
	if authorised != 2 {
		t.Errorf("%d legs of the client were authorised: %+v", authorised, d.Legs)
	}
}

// To know the name of a dialog is no right to it: not from another trunk, nor from a telephone in the place of the client.
func TestReplacesIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	stranger := h.addCarrier("127.0.0.6", 200, 0)
	petro := h.phone("petro")
	c, olena, at, desk := h.talk()
	mine := olena.Next()
	for name, try := range map[string]struct {
		by   *siptest.Phone
		leg  *sip.Leg
		code int
	}{
		"another trunk in the place of the client":    {stranger, c.Leg, 403},
		"a trunk in the place of an employee":         {h.carrier, mine.Leg, 403},
		"an employee in the place of the client":      {petro, c.Leg, 481},
		"in the place of a dialog that nobody has":    {petro, petro.Dial("999", h.voice(500).Offer()).Leg, 481},
		"an employee in the place of their own ghost": {petro, h.carrier.Dial("+380440000000", h.voice(500).Offer()).Leg, 481},
	} {
		refused, ok := siptest.Await[sip.Refused](h.replaces(try.by, try.leg, h.voice(1300).Offer()))
		if !ok || refused.Code != try.code {
			t.Errorf("%s: %+v", name, refused)
		}
	}
	at.Hear(900)
	desk.Hear(400)
	c.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
}

// Rule T-18: a telephone transfers while whom it asked still rings (semi-attended): they are rung for the other party.
func TestTransferWhileItRings(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	petro.Does(siptest.Rings)
	c, olena, at, _ := h.talk()
	mine := olena.Next()
	second := olena.Dial("202", h.voice(700).Offer())
	if _, ok := siptest.Await[sip.Ringing](second); !ok {
		t.Fatal("petro does not ring")
	}
	asked := petro.Next()
	third := h.voice(1300)
	petro.Does(takes(third))
	if err := mine.Refer("sip:202@"+h.at, second.Leg); err != nil {
		t.Fatal(err)
	}
	at.Hear(1300)
	third.Hear(400)
	if _, ok := siptest.Await[sip.Ended](mine); !ok {
		t.Error("whoever transfers is not let go")
	}
	if r, ok := siptest.Await[sip.Refused](second); !ok || r.Code != 487 {
		t.Errorf("the call that asked ends with %+v", r)
	}
	if _, ok := siptest.Await[sip.Ended](asked); !ok {
		t.Error("the first ringing goes on")
	}
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered && d.Status != call.NoAnswer {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// An offer beside other parts of a body is taken as any (RFC 5621), from the wire up to what is heard.
func TestOfferOfSeveralParts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	desk := h.voice(900)
	h.phone("olena").Does(takes(desk))
	h.addTrunk("127.0.0.10:5070", 200, 0)
	p := siptest.NewPeer(h, h.listen("127.0.0.10"), h.at, "carrier")
	at := h.voice(400)
	body := "--x\r\nContent-Type: application/pidf+xml\r\n\r\n<presence/>\r\n--x\r\nContent-Type: application/sdp\r\n\r\n" + strings.TrimSuffix(string(at.Offer()), "\r\n") + "\r\n--x--\r\n"
	c := p.NewCall(string(number))
	p.Request(c, "INVITE", []byte(body), "Content-Type: multipart/mixed; boundary=x")
	m := p.Expect("200", "4xx")
	if !m.Is("200") {
		t.Fatal(m.Raw)
	}
	c.Up(m)
	p.Request(c, "ACK", nil)
	at.Accept(m.Body())
	at.Hear(900)
	desk.Hear(400)
	p.Request(c, "BYE", nil)
	p.Expect("200")
	if d := h.logged(); d.Status != call.Answered || d.Cost != money.Micro(0) {
		t.Errorf("in the log: %+v", d.Call)
	}
}
