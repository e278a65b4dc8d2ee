package pbx_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/trunk"
)

// beside starts another node on the same database.
func (h *house) beside(name string) *house {
	h.Helper()
	return h.besideAt(name, time.Now)
}

// besideAt starts one with a clock of its own.
func (h *house) besideAt(name string, now func() time.Time) *house {
	h.Helper()
	other := build(h.TB, h.dsn, h.key, h.folder)
	other.node, other.people, other.began, other.carrier = name, h.people, h.began, h.carrier
	other.open("127.0.0.1:0", now)
	if err := other.pbx.SetTrunks(context.Background()); err != nil {
		h.Fatal(err)
	}
	return other
}

// inLog waits until a call's row is there: another node finds the call by it.
func (h *house) inLog(ref call.Ref) {
	h.Helper()
	h.until("the call is in the log", func() bool {
		_, err := call.NodeOf(context.Background(), h.db, ref)
		return err == nil
	})
}

// Rule T-120: a node does to a call of another node what somebody wants, through that node.
func TestOrdersOverNodes(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	n2 := h.beside("n2")
	petro, ear := h.phone("petro"), h.voice(1300)
	petro.Does(takes(ear))
	c, _, at, _ := h.talk()
	ref := h.ref()
	h.inLog(ref)
	employee := func(name string) string { return string(h.people[name].id) }
	if err := n2.pbx.Order(t.Context(), ref, call.Command{Kind: call.Listen, Employee: employee("petro")}); err != nil {
		t.Fatal(err)
	}
	ear.Hear(400)
	at.Hear(900)
	if err := n2.pbx.Order(t.Context(), ref, call.Command{Kind: call.TransferTo, Employee: "nobody"}); errs.CodeOf(err) != "pbx.nobody_talks" || errs.KindOf(err) != errs.Conflict {
		t.Errorf("a refusal comes back as %v", err)
	}
	if err := n2.pbx.Order(t.Context(), ref, call.Command{Kind: call.HangUp}); err != nil {
		t.Fatal(err)
	}
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the call goes on")
	}
	h.logged()
	if err := n2.pbx.Order(t.Context(), ref, call.Command{Kind: call.HangUp}); errs.CodeOf(err) != "call.not_found" {
		t.Errorf("a call that is over: %v", err)
	}
	h.nothingIsOpen()
}

// Rule T-120: a call for an employee begins on the node that their telephone is registered with.
func TestPlacedWhereTheTelephoneIs(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	n2 := h.beside("n2")
	olena, desk, mobile := h.phone("olena"), h.voice(900), h.voice(1300)
	olena.Does(takes(desk))
	h.carrier.Does(takes(mobile))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return staff.SaveBinding(ctx, tx, "n1", staff.Binding{UserName: h.people["olena"].user, Key: "desk", Expires: time.Now().Add(time.Hour), Body: "{}"})
	})
	id, err := n2.pbx.Place(t.Context(), shop, string(h.people["olena"].id), "050 222 22 22")
	if err != nil {
		t.Fatal(err)
	}
	desk.Hear(1300)
	if h.ref() != (call.Ref{Project: shop, ID: id}) || n2.pbx.Calls() != 0 {
		t.Errorf("call %d runs elsewhere: %v", id, h.pbx.Running())
	}
	if _, err := n2.pbx.Place(t.Context(), shop, string(h.people["olena"].id), "call me"); errs.CodeOf(err) != "phone.invalid" {
		t.Errorf("a refusal comes back as %v", err)
	}
	olena.Next().Hangup(sip.Normal)
	h.logged()
}

// Rule T-120: a node that does not answer is told of, and does nothing later.
func TestOrderToASilentNode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	ref := call.Ref{Project: ident.ProjectID("shop"), ID: call.NewID(time.Now())}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: ref.Project, ID: ref.ID, Direction: call.Inbound, Client: client, Number: string(number), Node: "n9"})
	})
	err := h.pbx.Order(t.Context(), ref, call.Command{Kind: call.HangUp})
	if errs.CodeOf(err) != "call.other_node" || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a silent node: %v", err)
	}
	if waiting, err := call.Waiting(t.Context(), h.db, "n9", time.Now()); len(waiting) > 0 || err != nil {
		t.Errorf("it would do later: %+v, %v", waiting, err)
	}
}

// Rule T-57: the channels of a trunk, and of a number, are those of all nodes together: what one has taken another has not, at the same moment
// too, until it is free again.
func TestChannelsOverNodes(t *testing.T) {
	t.Parallel()
	for _, bound := range []string{"trunk", "number"} {
		t.Run(bound, func(t *testing.T) {
			t.Parallel()
			const most = 3
			h := newHouseOn(t, storetest.PostgresDSN(t), "1000", func(h *house) {
				if bound == "trunk" {
					h.channels = most
				}
			})
			if bound == "number" {
				h.must(func(ctx context.Context, tx *store.Tx) error {
					carried, _, err := trunk.Of(ctx, tx, string(number))
					if err != nil {
						return err
					}
					return h.trunks.Carry(ctx, tx, h.permit(ident.Operator), carried.Trunk, string(number), most, h.began)
				})
			}
			h.route(h.ring("olena"))
			n2 := h.beside("n2").nearby()
			for _, node := range []*house{h, n2} {
				node.phone("olena").Does(siptest.Rings)
			}
			var all []*siptest.PhoneCall
			for range 2 * most {
				for _, node := range []*house{h, n2} {
					all = append(all, node.rings(node.voice(400)))
				}
			}
			var up []*siptest.PhoneCall
			for _, c := range all {
				switch e := h.outcome(c).(type) {
				case sip.Ringing:
					up = append(up, c)
				case sip.Refused:
					if e.Code != 486 {
						t.Errorf("refused with %d", e.Code)
					}
				}
			}
			if len(up) != most {
				t.Fatalf("%d calls ring, and not %d: %d on one node, %d on the other", len(up), most, h.pbx.Calls(), n2.pbx.Calls())
			}
			h.until("those that were refused are over", func() bool { return h.pbx.Calls()+n2.pbx.Calls() == most })
			up[0].Hangup(sip.Normal)
			for _, node := range []*house{n2, h} { // whichever had it: one of them takes it, and the other has none
				node.until("a channel is free, and taken", func() bool {
					c := node.rings(node.voice(400))
					if _, rings := node.outcome(c).(sip.Ringing); !rings {
						return false
					}
					c.Hangup(sip.Normal)
					return true
				})
			}
		})
	}
}

// outcome is what a call comes to first: it rings, or is refused.
func (h *house) outcome(c *siptest.PhoneCall) sip.Event {
	h.Helper()
	for e := range c.Events {
		switch e.(type) {
		case sip.Ringing, sip.Refused:
			return e
		}
	}
	return nil
}

// Rule T-57: where the way over a trunk is taken by another node, a call goes over the next.
func TestTheNextTrunkWhereAnotherNodeHasTheChannel(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000", func(h *house) { h.channels = 1 })
	second := h.addCarrier("127.0.0.4", 200, 0)
	n2 := h.beside("n2")
	h.carrier.Does(siptest.Rings)
	second.Does(siptest.Rings)
	one := h.phone("olena").Dial("+380671234567", h.voice(400).Offer())
	h.carrier.Next()
	two := n2.phone("petro").Dial("+380671234567", n2.voice(400).Offer())
	second.Next()
	three := n2.phone("olena").Dial("+380671234567", n2.voice(400).Offer())
	if _, refused := siptest.Await[sip.Refused](three); !refused {
		t.Error("a third goes through, and there are two channels")
	}
	one.Hangup(sip.Normal)
	two.Hangup(sip.Normal)
	h.logged()
	n2.logged()
	h.nothingIsOpen()
}
