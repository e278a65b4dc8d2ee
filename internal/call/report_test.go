package call_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// While a call goes on its legs and events are reported as they come: twice has the effect of once, an older word does not undo a newer one,
// and after the end nothing is added. Rules T-100, T-102, T-103.
func TestReportsWhileACallGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, c, r := story(h)
		ref := call.Ref{Project: "shop", ID: o.ID}
		report := func(p call.Part) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error { return call.Report(ctx, tx, ref, p) })
		}
		wantCode(t, report(call.Part{}), "call.not_found")
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		ann, bob := c.Legs[0], c.Legs[1]
		rings := ann
		rings.EndedAt, rings.SIPCode, rings.Reason = bob.EndedAt, 0, "" // it still rings
		part := call.Part{Legs: []call.Leg{ann, bob}, Seq: 2, Events: c.Events}
		for range 2 {
			wantCode(t, report(part), "")
		}
		wantCode(t, report(call.Part{Legs: []call.Leg{rings}, Seq: 3}), "") // it comes late
		d := h.get(o.ID)
		if diff := cmp.Diff([]call.Leg{o.Legs[0], ann, bob}, d.Legs, cmpopts.IgnoreFields(call.Leg{}, "Dialog")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(append(append([]call.Event{}, o.Events...), c.Events...), d.Timeline); diff != "" {
			t.Error(diff)
		}
		if d.Status != call.Calling || !d.AnsweredAt.IsZero() {
			t.Errorf("a report of legs answers the call: %+v", d.Call)
		}
		wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
			return call.Report(ctx, tx, call.Ref{Project: "other", ID: o.ID}, part)
		}), "call.not_found")

		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		closed := h.get(o.ID)
		late := bob
		late.N, late.Address = 4, "+380670000000"
		wantCode(t, report(call.Part{Legs: []call.Leg{late}, Seq: 4, Events: []call.Event{{At: at(130), Code: call.Held}}}), "")
		if diff := cmp.Diff(closed, h.get(o.ID)); diff != "" {
			t.Errorf("after the end: %s", diff)
		}
	})
}

// A leg is written with what it cost, before the call has ended or behind that, and the call's cost is the sum of them all. A leg that was lost
// is found where it was written last. Rules T-35, T-36.
func TestSettledLegs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, c, r := story(h)
		ref := call.Ref{Project: "shop", ID: o.ID}
		do := func(fn func(context.Context, *store.Tx) error) { t.Helper(); h.must(fn) }
		do(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		do(func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, c) })
		bob := r.Legs[1] // 3.14, charged as leg-9
		do(func(ctx context.Context, tx *store.Tx) error { return call.SettleLeg(ctx, tx, ref, bob) })
		if d := h.get(o.ID); !d.Open() || d.Cost != 0 || d.Legs[2].Cost != bob.Cost || d.Legs[2].EndedAt.IsZero() {
			t.Errorf("while the call goes on: %+v", d)
		}
		do(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		late := call.Leg{N: 4, Address: "+380670000000", StartedAt: at(30), AnsweredAt: at(31), EndedAt: at(60), Charging: "leg-10", Cost: 1_000_000}
		for range 2 {
			do(func(ctx context.Context, tx *store.Tx) error { return call.SettleLeg(ctx, tx, ref, late) })
		}
		if d := h.get(o.ID); d.Cost != 4_140_000 {
			t.Errorf("a leg that is settled late: %s", d.Cost)
		}
		lost := call.Leg{N: 2, Charging: "leg-10", Cost: 2_000_000, AnsweredAt: at(31), EndedAt: at(50)} // of another number in the call that began it
		do(func(ctx context.Context, tx *store.Tx) error {
			return call.SettleLost(ctx, tx, call.Ref{Project: "shop", ID: o.ID - 5}, lost)
		})
		if d := h.get(o.ID); d.Cost != 5_140_000 || d.Legs[3].Cost != 2_000_000 || d.Legs[3].Address != late.Address || d.Legs[1].Charging != "" {
			t.Errorf("a leg that was handed over and lost: %s, %+v", d.Cost, d.Legs)
		}
		lost.N, lost.Charging = 5, "leg-11"
		do(func(ctx context.Context, tx *store.Tx) error { return call.SettleLost(ctx, tx, ref, lost) })
		if d := h.get(o.ID); d.Cost != 7_140_000 || len(d.Legs) != 5 {
			t.Errorf("a leg that was lost before it was written: %s, %+v", d.Cost, d.Legs)
		}
	})
}
