package pbx_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/money"
	"bellwether/internal/sip"
	"bellwether/internal/store"
)

// spoil keeps the database from writing something, by a trigger; mend takes it away.
func (h *house) spoil(when string) (mend func()) {
	h.Helper()
	exec := func(text string) {
		h.Helper()
		h.must(func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, text); return err })
	}
	exec(`CREATE TRIGGER spoilt BEFORE ` + when + ` BEGIN SELECT RAISE(ABORT, 'spoilt'); END`)
	return func() { exec(`DROP TRIGGER spoilt`) }
}

// heartbeat is how many seconds of talk the open leg has told of.
func (h *house) heartbeat() (seconds int64) {
	h.Helper()
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		open, err := charging.OpenLegs(ctx, q, shop)
		for _, l := range open {
			seconds = max(seconds, l.Seconds)
		}
		return err
	}); err != nil {
		h.Fatal(err)
	}
	return seconds
}

// entries counts the calls on the statement.
func (h *house) entries() (n int) {
	h.Helper()
	if err := h.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM ledger_entry WHERE kind = 'call'`).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}

// Rules T-35 and T-36: a leg and its record are charged and written together. Where the one cannot be done the other is not; the leg is
// charged at its last heartbeat then, and what it cost comes into the log that has ended.
func TestChargeAndRecordAreOne(t *testing.T) {
	t.Parallel()
	for what, when := range map[string]string{
		"the record": "UPDATE ON call_leg WHEN NEW.cost > 0",
		"the charge": "INSERT ON ledger_entry WHEN NEW.kind = 'call'",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000", func(h *house) { h.charging.Silence = 3 * time.Second }) // a heartbeat is due every second
			olena := h.phone("olena")
			desk, mobile := h.voice(400), h.voice(900)
			h.carrier.Does(takes(mobile))
			c := olena.Dial("+380671234567", desk.Offer())
			desk.Accept(h.answered(c).SDP)
			h.until("a heartbeat tells of talk", func() bool { return h.heartbeat() >= 1 })
			mend := h.spoil(when)
			c.Hangup(sip.Normal)
			d := h.logged()
			if d.Status != call.Answered || d.Cost != 0 || d.Legs[1].Cost != 0 || h.entries() != 0 {
				t.Errorf("%s fails: %+v, %d entries", what, d.Call, h.entries())
			}
			mend()
			if _, err := h.charging.Recover(context.Background(), time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			d = h.logged()
			if want := money.MustParse("2.009"); d.Cost != want || d.Legs[1].Cost != want || h.entries() != 1 {
				t.Errorf("recovered: %+v, %+v, %d entries", d.Call, d.Legs, h.entries())
			}
			h.nothingIsOpen()
		})
	}
}
