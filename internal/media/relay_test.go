package media

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/media/sdp"
)

// sink is a socket that keeps nothing.
type sink struct{ sent int }

func (s *sink) send([]byte, netip.AddrPort) error { s.sent++; return nil }
func (*sink) close()                              {}

// bridged makes two legs that answered offers of these codecs, on sockets that go nowhere.
func bridged(t *testing.T, e *Engine, codecs ...string) [2]*Leg {
	t.Helper()
	var legs [2]*Leg
	for i := range legs {
		leg, err := e.Leg(LegConfig{})
		if err != nil {
			t.Fatal(err)
		}
		offer := sdp.Local{Addr: phone.Addr(), Port: phone.Port(), Codecs: codecs[i : i+1]}.Offer()
		if _, err := leg.Answer(offer); err != nil {
			t.Fatal(err)
		}
		leg.mu.Lock()
		leg.rtp.close()
		leg.rtp = &sink{}
		leg.mu.Unlock()
		legs[i] = leg
	}
	if err := Bridge(legs[0], legs[1]); err != nil {
		t.Fatal(err)
	}
	return legs
}

// A packet that is relayed, crossed into the other law and recorded allocates nothing.
func TestRelayAllocatesNothing(t *testing.T) {
	for _, codecs := range [][]string{{sdp.PCMA, sdp.PCMA}, {sdp.PCMA, sdp.PCMU}} {
		e, err := New(Config{Addr: netip.MustParseAddr("127.0.0.1"), FirstPort: 40200, LastPort: 40300})
		if err != nil {
			t.Fatal(err)
		}
		legs := bridged(t, e, codecs...)
		if _, err := e.Record(legs[0], legs[1], filepath.Join(t.TempDir(), "call.wav"), nil); err != nil {
			t.Fatal(err)
		}
		p := packet(make([]byte, headerBytes+160))
		seq, now := uint16(0), time.Now()
		allocated := testing.AllocsPerRun(500, func() {
			seq++
			p.put(8, false, seq, uint32(seq)*160, 7)
			legs[0].onDatagram(p, phone, now)
		})
		if sent := legs[1].rtp.(*sink).sent; sent < 500 {
			t.Errorf("%v: %d packets came out", codecs, sent)
		}
		if allocated > 0 {
			t.Errorf("%v: %.0f allocations a packet", codecs, allocated)
		}
		e.Close()
	}
}
