package wire

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// Room for what arrives while we are busy: in the kernel in bytes, and behind it in datagrams. Known peers have the larger
// queue and go first.
const (
	udpBuffer      = 8 << 20
	queueKnown     = 8192
	queueStrangers = 512
)

// socket is a UDP socket we listen on and send from.
type socket struct {
	conn  net.PacketConn
	quick *net.UDPConn // the same, where it is a real one: addresses without allocation
	where netip.AddrPort
	ended chan struct{}
	once  sync.Once

	known, strangers chan datagram
}

type datagram struct {
	data []byte
	from netip.AddrPort
}

// ServeUDP listens on a socket until it or the endpoint is closed. The endpoint owns it from now on.
func (e *Endpoint) ServeUDP(conn net.PacketConn) error {
	s := &socket{
		conn: conn, where: addrPort(conn.LocalAddr()), ended: make(chan struct{}),
		known: make(chan datagram, queueKnown), strangers: make(chan datagram, queueStrangers),
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		s.quick = udp
		_ = udp.SetReadBuffer(udpBuffer) // the kernel gives what net.core.rmem_max allows
		_ = udp.SetWriteBuffer(udpBuffer)
	}
	if !e.track(s, netip.Addr{}) {
		_ = conn.Close()
		return ErrGone
	}
	e.mu.Lock()
	e.sockets = append(e.sockets, s)
	e.running.Add(1)
	e.mu.Unlock()
	go e.readDatagrams(s)
	go e.dispatch(s)
	return nil
}

// readDatagrams sorts by source and does nothing else, so that a flood is thrown away at the price of reading it.
func (e *Endpoint) readDatagrams(s *socket) {
	defer e.untrack(s, netip.Addr{})
	defer s.close()
	buffer := make([]byte, MaxMessage)
	for {
		n, from, err := s.read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 12 { // keep-alives: CRLF, zeros, STUN's are no concern of ours
			select {
			case <-s.ended:
				return
			default:
				continue
			}
		}
		queue := s.strangers
		switch e.cfg.Admit(from.Addr(), UDP) {
		case Refused:
			e.cfg.Count("dropped", "source refused")
			continue
		case Known:
			queue = s.known
		}
		select {
		case queue <- datagram{append([]byte(nil), buffer[:n]...), from}:
		default:
			e.cfg.Count("dropped", "queue full")
		}
	}
}

// dispatch hands over one datagram after the other; one of a stranger only while none of a known peer waits.
func (e *Endpoint) dispatch(s *socket) {
	defer e.running.Done()
	for {
		var d datagram
		select {
		case d = <-s.known:
		default:
			select {
			case d = <-s.known:
			case d = <-s.strangers:
			case <-s.ended:
				return
			}
		}
		e.receive(d.data, Flow{Transport: UDP, Remote: d.from, link: s})
	}
}

func (s *socket) read(buffer []byte) (int, netip.AddrPort, error) {
	if s.quick != nil {
		n, from, err := s.quick.ReadFromUDPAddrPort(buffer)
		return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
	}
	n, from, err := s.conn.ReadFrom(buffer)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, addrPort(from), nil
}

func (s *socket) write(data []byte, to netip.AddrPort) error {
	if s.quick != nil {
		_, err := s.quick.WriteToUDPAddrPort(data, to)
		return err
	}
	_, err := s.conn.WriteTo(data, net.UDPAddrFromAddrPort(to))
	return err
}

func (s *socket) local() netip.AddrPort { return s.where }

func (s *socket) done() <-chan struct{} { return s.ended }

func (s *socket) close() {
	s.once.Do(func() {
		close(s.ended)
		_ = s.conn.Close()
	})
}

func addrPort(a net.Addr) netip.AddrPort {
	if udp, ok := a.(*net.UDPAddr); ok {
		ap := udp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
