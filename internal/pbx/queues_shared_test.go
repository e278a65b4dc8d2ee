package pbx_test

import (
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store/storetest"
)

// nearby gives the node a line of its own from the carrier: clients call it by it.
func (h *house) nearby() *house {
	h.Helper()
	h.carrier = siptest.NewPhone(h, h.listen("127.0.0.2"), "sip:"+h.at, "carrier", "")
	return h
}

// queue routes the number into a queue for olena.
func (h *house) queue(change ...func(*dialplan.Queue)) {
	h.Helper()
	q := dialplan.Queue{Queue: "sales", Strategy: dialplan.LongestIdle, RingSeconds: 10, MaxWaitSeconds: 60, Targets: []dialplan.Target{{Employee: string(h.people["olena"].id)}}}
	for _, do := range change {
		do(&q)
	}
	h.route(dialplan.RouteStep{ID: "q", Queue: &q})
}

// waits is a client who calls a node, hears the music of the queue and has a place.
func (h *house) waits(hz float64) (*siptest.PhoneCall, *mediatest.Peer) {
	h.Helper()
	v := h.voice(hz)
	c := h.calls(v)
	v.Hear(440)
	h.seated()
	return c, v
}

// seated waits until the owner knows all callers of the node.
func (h *house) seated() {
	h.Helper()
	h.until("the owner knows the callers", func() bool {
		b := h.owner()
		return b.Lines["sales"] != nil && !slices.ContainsFunc(h.pbx.Running(), func(ref call.Ref) bool {
			id := ref.ID.String()
			_, served := b.Settled[dialplan.QueueCaller{Call: id, Ticket: 1}.Key()]
			return !served && !slices.ContainsFunc(b.Lines["sales"].Places, func(p dialplan.Place) bool { return p.Call == id })
		})
	})
}

// owner is what the owner of the queues has decided last.
func (h *house) owner() call.QueueBoard {
	h.Helper()
	b, err := call.GetQueueBoard(h.Context(), h.db, shop)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// Rule T-121: callers of two nodes are served first come first served, and the employee, whose telephones are at both, is rung once at a time.
func TestQueueOverNodes(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	n2 := h.beside("n2").nearby()
	near, far := h.phone("olena"), n2.phone("olena")
	one, desk := h.voice(400), h.voice(900)
	near.Does(takes(desk))
	first := h.calls(one)
	one.Hear(900)
	second, two := n2.waits(500)
	third, three := h.waits(700)
	elsewhere, again := n2.voice(1300), h.voice(1100)
	far.Does(takes(elsewhere))
	near.Does(takes(again))
	near.Next().Hangup(sip.Normal)
	two.Hear(1300)
	three.HearNot(1100)
	far.Next().Hangup(sip.Normal)
	three.Hear(1100)
	siptest.Await[sip.Ended](first)
	siptest.Await[sip.Ended](second)
	third.Hangup(sip.Normal)
	h.logged()
	n2.logged()
	h.nothingIsOpen()
}

// Rule T-122: an employee whose telephone is at one node takes the callers of that node; others keep their places until theirs can ring somebody.
func TestQueuePassesOver(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	n2 := h.beside("n2").nearby()
	near := h.phone("olena")
	desk := h.voice(900)
	near.Does(takes(desk))
	_, two := n2.waits(500)
	one := h.voice(400)
	h.calls(one)
	one.Hear(900)
	two.Hear(440)
	elsewhere := n2.voice(1300)
	n2.phone("olena", takes(elsewhere))
	near.Next().Hangup(sip.Normal)
	two.Hear(1300)
}

// Rule T-122: a caller who left to be called back is called by the node that can ring the employee, once.
func TestCalledBackByAnotherNode(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue(func(q *dialplan.Queue) {
		q.Callback = &dialplan.QueueCallback{Digit: "1", Prompt: h.prompt(), AfterSeconds: 60}
	})
	n2 := h.beside("n2")
	c, one := h.waits(400)
	one.Press('1')
	siptest.Await[sip.Ended](c)
	h.logged()
	desk, mobile := n2.voice(900), n2.voice(1300)
	h.carrier.Does(takes(mobile))
	olena := n2.phone("olena", takes(desk))
	desk.Hear(1300)
	mobile.Hear(900)
	olena.Next().Hangup(sip.Normal)
	if d := n2.logged(); d.Status != call.Answered || d.Client != client {
		t.Errorf("in the log: %+v", d.Call)
	}
	n2.until("nobody waits any more", func() bool { b := n2.owner(); return !b.Waiting() })
	h.nothingIsOpen()
}

// Rule T-123: the owner is killed; the callers of the other node are served in their order.
func TestOwnerOfAQueueDies(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	n2 := h.beside("n2").nearby()
	kill := h.process()
	one := h.voice(400)
	h.calls(one)
	one.Hear(440)
	n2.until("n1 owns the queue", func() bool { b := n2.owner(); return b.Node == "n1" && b.Waiting() })
	_, two := n2.waits(500)
	_, three := n2.waits(700)
	before := n2.owner()
	kill()
	n2.until("n2 owns the queue", func() bool { b := n2.owner(); return b.Node == "n2" && len(b.Lines["sales"].Places) == 2 })
	if after := n2.owner(); after.Term < before.Term || before.Node == "n1" && after.Term != before.Term+1 { // a slow machine may have taken n1 for dead before
		t.Errorf("owned by %s in term %d, then by %s in term %d", before.Node, before.Term, after.Node, after.Term)
	}
	desk, again := n2.voice(900), n2.voice(1300)
	olena := n2.phone("olena", takes(desk))
	two.Hear(900)
	three.HearNot(900)
	olena.Does(takes(again))
	olena.Next().Hangup(sip.Normal)
	three.Hear(1300)
}

// Rule T-123: an owner that was thought dead comes back: it decides nothing any more, and its caller has the old place again.
func TestOwnerOfAQueueComesBack(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	_, one := h.waits(400)
	n2 := h.beside("n2").nearby()
	_, two := n2.waits(500)
	if b := h.owner(); b.Node != "n1" || len(b.Lines["sales"].Places) != 2 {
		t.Fatalf("owned by %s: %+v", b.Node, b.Lines["sales"].Places)
	}
	h.late.Store(-int64(time.Minute)) // what it says is old
	n2.until("n2 owns the queue, without the caller of n1", func() bool {
		b := n2.owner()
		return b.Node == "n2" && len(b.Lines["sales"].Places) == 1
	})
	term := n2.owner().Term
	h.late.Store(0)
	n2.until("the caller of n1 is the first again", func() bool {
		places := n2.owner().Lines["sales"].Places
		return len(places) == 2 && places[0].Node == "n1"
	})
	desk, elsewhere := h.voice(900), n2.voice(1300)
	far := n2.phone("olena", takes(elsewhere))
	two.Hear(1300) // her telephone is at n2 alone
	h.phone("olena", takes(desk))
	far.Next().Hangup(sip.Normal)
	one.Hear(900)
	if b := n2.owner(); b.Node != "n2" || b.Term != term {
		t.Errorf("owned by %s in term %d, before in %d", b.Node, b.Term, term)
	}
}

// Rule T-121: nodes whose clocks differ keep one order, and hear each other: they go by the database's clock.
func TestClocksOfNodesDiffer(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	h.waits(400)
	n2 := h.besideAt("n2", func() time.Time { return time.Now().Add(-20 * time.Second) }).nearby()
	n2.waits(500)
	h.until("both wait, in the order in which they came", func() bool {
		places := h.owner().Lines["sales"].Places
		return len(places) == 2 && places[0].Node == "n1" && places[1].Node == "n2"
	})
	if gap := h.owner().Lines["sales"].Places[1].Since.Sub(h.owner().Lines["sales"].Places[0].Since); gap < 0 || gap > 15*time.Second {
		t.Errorf("they came %v apart", gap)
	}
}

// Rule T-123: an owner that stops in good order is followed at once.
func TestOwnerOfAQueueStops(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.queue()
	h.waits(400)
	n2 := h.beside("n2").nearby()
	n2.waits(500)
	if b := n2.owner(); b.Node != "n1" {
		t.Fatalf("owned by %s", b.Node)
	}
	h.close()
	stopped := time.Now()
	n2.until("n2 owns the queue", func() bool { b := n2.owner(); return b.Node == "n2" && len(b.Lines["sales"].Places) == 1 })
	if took := time.Since(stopped); took > call.QueueLease/2 {
		t.Errorf("it took %v", took)
	}
}
