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
