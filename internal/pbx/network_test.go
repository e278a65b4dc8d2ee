package pbx_test

import (
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rule T-38: a trunk that cannot is followed by the next; a destination that is busy is busy everywhere.
func TestFailover(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	first := h.addCarrier("127.0.0.4", 1, 0)
	first.Does(siptest.Refuses(503))
	desk, mobile := h.voice(400), h.voice(900)
	h.carrier.Does(takes(mobile))
	olena := h.phone("olena")
	c := olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	desk.Hear(900)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || len(d.Legs) != 2 {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Legs)
	}
	first.Does(siptest.Refuses(486))
	if _, ok := siptest.Await[sip.Answered](olena.Dial("+380671234567", h.voice(400).Offer())); ok {
		t.Error("busy, and rung over another trunk")
	}
	h.logged()
	h.nothingIsOpen()
}

// Rule T-57: a number and a trunk take as many calls at once as they have channels, and the next one is told that it is busy.
func TestChannels(t *testing.T) {
	t.Parallel()
	for _, ofTrunk := range []bool{false, true} {
		h := newHouse(t, "1000")
		most := 1
		if ofTrunk {
			h.channels, most = 1, 0
		}
		h.carrier = h.addCarrier("127.0.0.5", 100, most)
		h.oneAtATime()
	}
}

func (h *house) oneAtATime() {
	h.route(h.ring("olena"))
	h.phone("olena").Does(takes(h.voice(900)))
	for range 2 { // the channel is free again
		c := h.calls(h.voice(400))
		second := h.rings(h.voice(500))
		for e := range second.Events {
			if r, ok := e.(sip.Refused); ok {
				if r.Code != 486 {
					h.Errorf("a second call gets %d", r.Code)
				}
				break
			}
		}
		c.Hangup(sip.Normal)
		h.logged()
	}
}

// Rule T-39: a call whose far end has vanished without a BYE is ended when nothing comes from it.
func TestGhost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) { h.deadAfter = 700 * time.Millisecond })
	c, _, at, _ := h.talk()
	at.Close()
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the ghost is not told")
	}
	if d := h.logged(); d.Status != call.Answered {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// Rule T-39: a telephone that is muted sends silence: that is no ghost.
func TestMuteIsNoGhost(t *testing.T) {
	t.Parallel()
	const dead = 2 * time.Second
	h := newHouse(t, "1000", func(h *house) { h.deadAfter = dead })
	c, _, at, desk := h.talk()
	at.Speak(1e-6) // silence, packet by packet
	muted := time.Now()
	h.until("a ghost would have ended twice", func() bool { return time.Since(muted) > 2*dead })
	if h.pbx.Calls() != 1 {
		t.Fatal("a muted telephone is taken for dead")
	}
	at.Speak(400)
	desk.Hear(400)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.EndedBy != call.ByClient {
		t.Errorf("in the log: %+v", d.Call)
	}
}

// What the far network says before anybody answers is heard.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	desk, network := h.voice(400), h.voice(900)
	h.carrier.Does(func(in *sip.Incoming) { _ = in.Progress(network.Answer(in.Offer)) })
	c := h.phone("olena").Dial("+380671234567", desk.Offer())
	early, ok := siptest.Await[sip.EarlyMedia](c)
	if !ok {
		t.Fatal("no early media")
	}
	desk.Accept(early.SDP)
	desk.Hear(900)
	_ = h.carrier.Next().Refuse(486, sip.Cause{})
	siptest.Await[sip.Refused](c)
	if d := h.logged(); d.Status != call.Busy || d.Cost != 0 {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// Rule T-16: whoever leaves a queue to be called back is called once somebody is free.
func TestCallbackFromQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(dialplan.RouteStep{ID: "q", Queue: &dialplan.Queue{
		Queue: "sales", Strategy: dialplan.RingAll, RingSeconds: 10, MaxWaitSeconds: 60, Targets: []dialplan.Target{{Employee: string(h.people["olena"].id)}},
		Callback: &dialplan.QueueCallback{Digit: "5", Prompt: h.prompt()},
	}})
	at := h.voice(400)
	c := h.calls(at)
	at.Hear(600)
	at.Press('5')
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Fatal("the caller is not let go")
	}
	h.logged()
	desk, mobile := h.voice(900), h.voice(1300)
	h.carrier.Does(takes(mobile))
	olena := h.phone("olena", takes(desk)) // the call comes as soon as it is there
	desk.Hear(1300)
	mobile.Hear(900)
	if in := h.carrier.Next().In; in.Dialled != client {
		t.Errorf("called %q", in.Dialled)
	}
	olena.Next().Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Client != client {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}
