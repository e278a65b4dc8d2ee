package media

import (
	"net/netip"
	"testing"
	"time"
)

var (
	phone    = netip.MustParseAddrPort("192.0.2.1:4000")
	moved    = netip.MustParseAddrPort("192.0.2.1:4500")
	attacker = netip.MustParseAddrPort("203.0.113.66:666")
	private  = netip.MustParseAddrPort("10.0.0.7:4000")
)

// step is a run of packets: n of them, 20 ms apart, after a pause; want is the verdict on the last.
type step struct {
	source netip.AddrPort
	ssrc   uint32
	seq    uint16
	n      int
	pause  time.Duration
	want   verdict
}

// Whose packets are believed (Rules T-80 and T-81).
func TestLatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		signalled netip.AddrPort
		nat       bool
		steps     []step
	}{
		{"the signalled address at once", phone, false, []step{{phone, 1, 100, 1, 0, restarted}, {phone, 1, 101, 1, 0, accepted}}},
		{"its other port too", phone, false, []step{{moved, 1, 100, 1, 0, restarted}}},
		{"a stranger never", phone, false, []step{{attacker, 9, 1, 5000, 0, dropped}}},
		{"behind a NAT, where the signalling comes from at once", private, true, []step{{phone, 1, 100, 1, 0, restarted}}},
		{"behind a NAT, another address after four in a row", private, true, []step{{attacker, 1, 1, 3, 0, dropped}, {attacker, 1, 4, 1, 0, restarted}}},
		{"behind a NAT, not after four at random", private, true, []step{
			{attacker, 1, 1, 1, 0, dropped}, {attacker, 1, 900, 1, 0, dropped}, {attacker, 2, 901, 1, 0, dropped}, {attacker, 2, 5, 1, 0, dropped},
		}},
		{"injected with a guessed SSRC", phone, false, []step{{phone, 1, 100, 1, 0, restarted}, {attacker, 1, 5000, 100, 0, dropped}, {phone, 1, 101, 1, 0, accepted}}},
		{"injected with the right SSRC while the phone speaks", phone, false, []step{
			{phone, 1, 100, 1, 0, restarted},
			{attacker, 1, 101, 4, 0, dropped},
			{phone, 1, 101, 1, 0, accepted},
			{attacker, 1, 102, 4, 0, dropped},
			{phone, 1, 102, 1, 0, accepted},
		}},
		{"an injector does not win by flooding a silent leg with its own stream", phone, false, []step{
			{phone, 1, 100, 1, 0, restarted}, {attacker, 7, 1, 2000, time.Minute, dropped}, {phone, 1, 101, 1, 0, accepted},
		}},
		{"spoofed source, other SSRC, while the phone speaks", phone, false, []step{
			{phone, 1, 100, 1, 0, restarted}, {phone, 9, 500, 1, 0, dropped}, {phone, 1, 101, 1, 0, accepted}, {phone, 9, 501, 1, 0, dropped},
		}},
		{"the phone begins a new stream", phone, false, []step{
			{phone, 1, 100, 1, 0, restarted}, {phone, 2, 7000, 1, 100 * time.Millisecond, dropped}, {phone, 2, 7001, 1, 0, restarted},
		}},
		{"the NAT gives another port in mid-call", private, true, []step{
			{phone, 1, 100, 1, 0, restarted}, {moved, 1, 130, 4, 600 * time.Millisecond, dropped}, {moved, 1, 134, 1, 0, accepted}, {phone, 1, 135, 1, 0, dropped},
		}},
		{"the phone moves to another network with its stream", private, true, []step{
			{phone, 1, 100, 1, 0, restarted}, {attacker, 1, 130, 4, 600 * time.Millisecond, dropped}, {attacker, 1, 134, 1, 0, accepted},
		}},
		{"but not with a stream that does not go on", private, true, []step{{phone, 1, 100, 1, 0, restarted}, {attacker, 1, 40000, 100, 600 * time.Millisecond, dropped}}},
		{"a restarted phone, from its address, after three seconds", phone, false, []step{
			{phone, 1, 100, 1, 0, restarted}, {moved, 5, 1, 20, time.Second, dropped}, {moved, 5, 21, 100, 2 * time.Second, accepted},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var l latch
			l.reset(c.signalled, phone.Addr(), c.nat)
			now := time.Unix(1e9, 0)
			for i, s := range c.steps {
				now = now.Add(s.pause)
				var got verdict
				for k := range s.n {
					now = now.Add(20 * time.Millisecond)
					got = l.check(s.source, s.ssrc, s.seq+uint16(k), now)
				}
				if got != s.want {
					t.Fatalf("step %d: verdict %d, want %d; latched to %v", i+1, got, s.want, l.source)
				}
			}
		})
	}
}

// RTCP needs the address and, while a stream runs, its SSRC.
func TestReportsOfStrangersDoNotCount(t *testing.T) {
	t.Parallel()
	var l latch
	l.reset(phone, phone.Addr(), false)
	if !l.fromPeer(moved, 1) || l.fromPeer(attacker, 1) {
		t.Error("before audio, the signalled address alone may report")
	}
	l.check(phone, 1, 1, time.Unix(1e9, 0))
	if !l.fromPeer(moved, 1) || l.fromPeer(moved, 2) || l.fromPeer(attacker, 1) {
		t.Error("a report is the peer's by address and SSRC")
	}
	if l.dropped != 0 {
		t.Errorf("%d dropped", l.dropped)
	}
}

// A private address told from a public one is hidden by a NAT; within one network it is as good as any.
func TestHidden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		described, from string
		want            bool
	}{
		{"10.0.0.7", "203.0.113.9", true},
		{"100.64.1.1", "203.0.113.9", true},
		{"fd00::7", "2001:db8::1", true},
		{"10.0.0.7", "10.0.0.1", false},
		{"198.51.100.7", "203.0.113.9", false},
		{"127.0.0.1", "127.0.0.1", false},
		{"127.0.0.1", "203.0.113.9", true},
		{"169.254.169.254", "203.0.113.9", true},
		{"::ffff:10.0.0.7", "203.0.113.9", true},
		{"64:ff9b::a00:7", "2001:db8::1", true},
		{"192.168.1.7", "10.8.0.2", true}, // over a private network
		{"192.168.1.7", "192.168.2.1", false},
		{"192.0.0.8", "192.0.0.8", false},
	} {
		if got := hidden(netip.MustParseAddr(c.described), netip.MustParseAddr(c.from)); got != c.want {
			t.Errorf("%s from %s: %v", c.described, c.from, got)
		}
	}
	if hidden(private.Addr(), netip.Addr{}) {
		t.Error("nothing is known of who signals")
	}
}
