package pbx_test

import (
	"bytes"
	"testing"

	"bellwether/internal/charging"
	"bellwether/internal/money"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rule T-11: an answer counts that is of no use to us, as its carrier's counter runs: one that crosses our cancel, and one whose audio we
// cannot take. A first minute to a Ukrainian mobile costs 2.009.
func TestAnAnswerInVainCounts(t *testing.T) {
	t.Parallel()
	deaf := bytes.Replace(siptest.SDP("127.0.0.1", 4000), []byte("RTP/AVP 8 101"), []byte("RTP/AVP 18"), 1)
	for name, c := range map[string]struct {
		cancels bool
		answer  []byte
	}{
		"it crosses the cancel": {true, siptest.SDP("127.0.0.1", 4000)},
		"it cannot be heard":    {false, deaf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000")
			conn := h.listen("127.0.0.4")
			far := siptest.NewPeer(t, conn, h.at, "far")
			far.AnswerProbes()
			h.addTrunk(conn.LocalAddr().String(), 1, 0)
			call := h.phone("olena").Dial("0671234567", h.voice(400).Offer())
			invite := far.Expect("INVITE")
			far.Reply(invite, 180, nil)
			if c.cancels {
				if _, ok := siptest.Await[sip.Ringing](call); !ok {
					t.Fatal("it does not ring")
				}
				call.Hangup(sip.Normal)
				far.Reply(far.Expect("CANCEL"), 200, nil)
			}
			far.Reply(invite, 200, c.answer)
			far.Expect("ACK")
			far.Reply(far.Expect("BYE"), 200, nil)
			d := h.logged()
			if last := d.Legs[len(d.Legs)-1]; last.AnsweredAt.IsZero() || last.Cost != money.MustParse("2.009") {
				t.Errorf("in the log: %+v", last)
			}
			if legs := h.charged(); len(legs) != 1 || legs[0].State != charging.Settled || legs[0].Seconds != 1 || legs[0].Amount != money.MustParse("2.009") {
				t.Errorf("charged: %+v", legs)
			}
			h.nothingIsOpen()
		})
	}
}
