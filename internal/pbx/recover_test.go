package pbx_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/pricing"
	"bellwether/internal/sip"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// onEach runs a test on both engines.
func onEach(t *testing.T, test func(t *testing.T, dsn string)) {
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDSN, "postgres": storetest.PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, dsn(t))
		})
	}
}

// abandoned opens a call of a node that is dead, last heard of at an instant, with a dialog to a peer.
func (h *house) abandoned(node string, at time.Time, dialog string) call.Ref {
	h.Helper()
	ref := call.Ref{Project: shop, ID: call.NewID(at)}
	o := call.Opening{Project: shop, ID: ref.ID, Direction: call.Inbound, Client: client, Number: string(number), Node: node}
	o.Legs = []call.Leg{{N: 1, StartedAt: at, AnsweredAt: at, Dialog: dialog}}
	h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
	return ref
}

// dialog is what was kept of a talk with a peer.
func dialog(id int, peer net.Addr) string {
	text, _ := json.Marshal(sip.State{
		ID: strconv.Itoa(id), CallID: "call-" + strconv.Itoa(id), Tag: "ours", PeerTag: "theirs", From: "<sip:201@pbx.example>;tag=ours", To: "<sip:peer@carrier.example>;tag=theirs",
		Target: "sip:peer@" + peer.String(), Transport: "UDP", Remote: netip.MustParseAddrPort(peer.String()), Source: true, Out: true,
	})
	return string(text)
}

// isOpen tells whether a call goes on in the log.
func (h *house) isOpen(ref call.Ref) bool {
	h.Helper()
	_, err := call.NodeOf(context.Background(), h.db, ref)
	return err == nil
}

// Rule T-36: a leg that cannot be settled keeps no call of a dead node open.
func TestOneBadLegStopsNoRecovery(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dsn string) {
		h := newHouseOn(t, dsn, "1000", func(h *house) { h.recovers = time.Hour })
		broken := errors.New("the leg cannot be priced")
		h.charging.Lost = func(context.Context, *store.Tx, charging.Leg) error { return broken }
		ask := charging.AuthoriseRequest{Project: shop, LegID: "bad", Kind: pricing.LegOutbound, To: client, At: h.began.Add(-time.Hour)}
		if _, err := h.charging.Authorise(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		ref := h.abandoned("n9", h.began.Add(-time.Hour), "")
		if err := h.pbx.Recover(t.Context()); !errors.Is(err, broken) {
			t.Errorf("the leg is told as %v", err)
		}
		if h.isOpen(ref) {
			t.Error("the call of the dead node goes on")
		}
	})
}

// Rule T-36: every dialog that a dead node left gets its BYE at once, however many they are.
func TestManyDialogsAreEnded(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dsn string) {
		h := newHouseOn(t, dsn, "1000", func(h *house) { h.recovers = time.Hour })
		peer := h.listen("127.0.0.4")
		h.Cleanup(func() { _ = peer.Close() })
		const calls = 300
		for i := range calls {
			h.abandoned("n9", h.began.Add(-time.Duration(i+60)*time.Second), dialog(i, peer.LocalAddr()))
		}
		go func() {
			for r := range requests(peer, true) { // so many at once that some are lost, and come again
				r.answer("200 OK")
			}
		}()
		if err := h.pbx.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.until("all are ended", func() bool { return h.dialogs() == 0 })
	})
}

// Rule T-36: a dialog is forgotten once its peer has said that it knows; else it is ended again.
func TestBYEIsRepeatedUntilItIsHeard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dsn string) {
		h := newHouseOn(t, dsn, "1000", func(h *house) { h.recovers = time.Hour })
		peer := h.listen("127.0.0.4")
		h.Cleanup(func() { _ = peer.Close() })
		h.abandoned("n9", h.began.Add(-time.Minute), dialog(1, peer.LocalAddr()))
		answers := []string{"407 Proxy Authentication Required", "503 Service Unavailable", "481 Call/Transaction Does Not Exist"}
		var answered atomic.Int64
		go func() {
			for r := range requests(peer, false) {
				r.answer(answers[min(answered.Add(1), 3)-1])
			}
		}()
		h.until("it is forgotten", func() bool {
			if err := h.pbx.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			return h.dialogs() == 0
		})
		if n := answered.Load(); n < 3 {
			t.Errorf("it is forgotten after %s", answers[max(n, 1)-1])
		}
	})
}

// Rule T-36: a node that comes back does not wait until its own calls of before count as dead.
func TestOwnCallsOfBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) { h.recovers = time.Hour })
	mine, others := h.abandoned("n1", h.began.Add(-time.Second), ""), h.abandoned("n2", h.began.Add(-time.Second), "")
	if err := h.pbx.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.isOpen(mine) {
		t.Error("a call of this node's earlier run goes on")
	}
	if !h.isOpen(others) {
		t.Error("the call of a node that may live was closed")
	}
}
