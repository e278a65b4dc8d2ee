package sip_test

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"bellwether/internal/sip/siptest"
)

// TestFlood: ten times what we take from strangers, and calls of a trunk and of a registered phone are set up (Rule T-69).
func TestFlood(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		carrier := r.carrier()
		p := r.phone("alice", "10.0.1.1:5060")
		p.Register("wonderland")
		quiet := make(chan struct{})
		var flood sync.WaitGroup
		flood.Go(func() {
			socket := make([]*siptest.Socket, 200)
			for i := range socket {
				socket[i] = r.net.Listen(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(i), 1}), 5060).String())
				defer func() { _ = socket[i].Close() }()
			}
			noise := []byte("INVITE sip:900@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:900@x>\r\nCall-ID: n\r\nCSeq: 1 INVITE\r\nContact: <sip:a@x>\r\n\r\n")
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-quiet:
					return
				case <-tick.C: // 200 in 20 ms: 10,000 a second
					for _, s := range socket {
						_, _ = s.WriteTo(noise, netUDP(ours))
					}
				}
			}
		})
		setUp := func(from *siptest.Peer, c *siptest.Call, more ...string) bool {
			from.Request(c, "INVITE", offer, more...)
			select {
			case in := <-r.calls:
				_ = in.Answer(reply)
				if m := from.Await(time.Second, "200"); m != nil {
					c.Up(m)
					from.Request(c, "ACK", nil)
					return true
				}
			case <-time.After(time.Second):
			}
			return false
		}
		set, registered := 0, 0
		for range 100 {
			if setUp(carrier, carrier.NewCall("100")) {
				set++
			}
			carrier.Await(50*time.Millisecond, "nothing")
			c := p.NewCall("100")
			p.Request(c, "INVITE", offer)
			if m := p.Await(time.Second, "401"); m != nil {
				p.Request(c, "ACK", nil)
				if setUp(p, c, siptest.Sign(m, "MD5", "INVITE", c.Target, "alice", "wonderland", 1)) {
					registered++
				}
			}
		}
		if m := p.Register("wonderland"); !m.Is("200") {
			t.Errorf("%s", m.Raw)
		}
		close(quiet)
		flood.Wait()
		if set < 99 || registered < 99 {
			t.Errorf("of 100 calls each the trunk set up %d, the registered phone %d", set, registered)
		}
		if refused := r.count("dropped source refused"); refused == 0 {
			t.Error("nothing was refused: the flood was none")
		}
	})
}
