package siptest

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Net is a network of UDP sockets in memory. Make it inside the synctest bubble that uses it.
type Net struct {
	mu    sync.Mutex
	at    map[netip.AddrPort]*Socket
	lose  func(from, to netip.AddrPort, data []byte) bool
	delay func(data []byte) time.Duration
	sent  int
}

// NewNet makes a network that loses nothing.
func NewNet() *Net { return &Net{at: map[netip.AddrPort]*Socket{}} }

// Lose says which datagrams are lost from now on; nil: none.
func (n *Net) Lose(which func(from, to netip.AddrPort, data []byte) bool) {
	n.mu.Lock()
	n.lose = which
	n.mu.Unlock()
}

// Delay says how long a datagram is under way, so that others overtake it; nil: no time.
func (n *Net) Delay(by func(data []byte) time.Duration) {
	n.mu.Lock()
	n.delay = by
	n.mu.Unlock()
}

// Sent counts the datagrams sent so far.
func (n *Net) Sent() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent
}

// Listen opens a socket at an address such as "10.0.0.1:5060".
func (n *Net) Listen(addr string) *Socket {
	s := &Socket{net: n, addr: netip.MustParseAddrPort(addr), in: make(chan packet, 20_000), closed: make(chan struct{})}
	n.mu.Lock()
	n.at[s.addr] = s
	n.mu.Unlock()
	return s
}

type packet struct {
	data []byte
	from netip.AddrPort
}

// Socket is a net.PacketConn of a Net.
type Socket struct {
	net    *Net
	addr   netip.AddrPort
	in     chan packet
	closed chan struct{}
	once   sync.Once
}

// ReadFrom waits for a datagram.
func (s *Socket) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-s.in:
		return copy(b, p.data), net.UDPAddrFromAddrPort(p.from), nil
	case <-s.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends a datagram; to nobody, it is lost.
func (s *Socket) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
	}
	dest := to.(*net.UDPAddr).AddrPort()
	dest = netip.AddrPortFrom(dest.Addr().Unmap(), dest.Port())
	data := append([]byte(nil), b...)
	s.net.mu.Lock()
	s.net.sent++
	peer, lose, delay := s.net.at[dest], s.net.lose, s.net.delay
	s.net.mu.Unlock()
	if peer == nil || lose != nil && lose(s.addr, dest, data) {
		return len(b), nil
	}
	if delay != nil {
		if d := delay(data); d > 0 {
			time.AfterFunc(d, func() { peer.put(packet{data, s.addr}) })
			return len(b), nil
		}
	}
	peer.put(packet{data, s.addr})
	return len(b), nil
}

func (s *Socket) put(p packet) {
	select {
	case s.in <- p:
	default:
	}
}

// Close ends the socket.
func (s *Socket) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.net.mu.Lock()
		delete(s.net.at, s.addr)
		s.net.mu.Unlock()
	})
	return nil
}

// LocalAddr is the address given to Listen.
func (s *Socket) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(s.addr) }

// SetDeadline does nothing.
func (s *Socket) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (s *Socket) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }
