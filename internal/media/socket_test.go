//go:build linux

package media

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// A socket receives and sends on either family, in its own buffer, and nothing once it is closed.
func TestSockets(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "::1"} {
		poller, err := newPoller()
		if err != nil {
			t.Fatal(err)
		}
		defer poller.close()
		got := make(chan netip.AddrPort, 10)
		var heard []byte
		addr := netip.MustParseAddr(host)
		a, err := poller.open(netip.AddrPortFrom(addr, 40310), func([]byte, netip.AddrPort, time.Time) {})
		if err != nil {
			t.Skipf("%s: %v", host, err)
		}
		b, err := poller.open(netip.AddrPortFrom(addr, 40312), func(raw []byte, from netip.AddrPort, _ time.Time) {
			heard = slices.Clone(raw)
			got <- from
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.send([]byte("hello"), netip.AddrPortFrom(addr, 40312)); err != nil {
			t.Fatal(err)
		}
		poller.turn() // on loopback what was sent is there
		if from := <-got; from != netip.AddrPortFrom(addr, 40310) || !bytes.Equal(heard, []byte("hello")) {
			t.Errorf("%q from %v", heard, from)
		}
		// A flood is read a little at a time.
		for range 100 {
			_ = a.send([]byte("flood"), netip.AddrPortFrom(addr, 40312))
		}
		got = make(chan netip.AddrPort, 200)
		poller.turn()
		if len(got) != readsATurn {
			t.Errorf("%d datagrams in a turn, want %d", len(got), readsATurn)
		}
		b.close()
		b.close()
		poller.turn()
		if len(got) != readsATurn || b.send([]byte("x"), phone) == nil {
			t.Error("a closed socket works")
		}
		a.close()
	}
}
