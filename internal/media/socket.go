package media

import (
	"net"
	"net/netip"
	"time"
)

// receiver gets each datagram of a socket, in a buffer that is its caller's, with the time it was read.
type receiver func(datagram []byte, from netip.AddrPort, now time.Time)

// socket is one UDP port. Once close has returned the port is free; a receiver that runs then ends by itself.
type socket interface {
	send(datagram []byte, to netip.AddrPort) error
	close()
}

// netSocket is a socket as the standard library has it, read by a goroutine of its own: what there is besides Linux, and what
// the figures of the loop are measured against.
type netSocket struct {
	conn *net.UDPConn
}

func openNet(local netip.AddrPort, receive receiver) (socket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	s := &netSocket{conn: conn}
	go s.read(receive)
	return s, nil
}

func (s *netSocket) read(receive receiver) {
	buffer := make([]byte, maxPacket)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		receive(buffer[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), time.Now())
	}
}

func (s *netSocket) send(datagram []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(datagram, to)
	return err
}

func (s *netSocket) close() { _ = s.conn.Close() }
