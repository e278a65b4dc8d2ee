package wire

import (
	"errors"
	"net/netip"
	"strings"
)

// Names of transports, as they stand in Via and in the transport parameter of a URI.
const (
	UDP = "UDP"
	TCP = "TCP"
	TLS = "TLS"
	WS  = "WS"
	WSS = "WSS"
)

// ErrGone says that the connection a message was meant for has ended.
var ErrGone = errors.New("sip: the connection has ended")

// link is a socket or connection that messages go over.
type link interface {
	write(data []byte, to netip.AddrPort) error
	local() netip.AddrPort
	done() <-chan struct{} // closed when it has ended
	close()
}

// Flow is the way to a peer: a connection, or one of our UDP sockets and the peer's address.
type Flow struct {
	Transport string
	Remote    netip.AddrPort
	link      link
}

// Open tells whether there is a way at all and it has not ended.
func (f Flow) Open() bool {
	if f.link == nil {
		return false
	}
	select {
	case <-f.link.done():
		return false
	default:
		return true
	}
}

// Done is closed when the connection has ended (of UDP: the socket).
func (f Flow) Done() <-chan struct{} {
	if f.link == nil {
		return nil
	}
	return f.link.done()
}

// Reliable tells whether the transport itself delivers.
func (f Flow) Reliable() bool { return f.Transport != UDP }

// Secure tells whether nobody on the way can read what goes over it.
func (f Flow) Secure() bool { return f.Transport == TLS || f.Transport == WSS }

// Bound tells whether the peer can be reached over this very connection only: a browser cannot be called up.
func (f Flow) Bound() bool { return f.Transport == WS || f.Transport == WSS }

// Same tells whether two flows are one connection, or one UDP peer.
func (f Flow) Same(g Flow) bool {
	return f.link != nil && f.link == g.link && (f.Transport != UDP || f.Remote == g.Remote)
}

// Local is our own address of the flow.
func (f Flow) Local() netip.AddrPort {
	if f.link == nil {
		return netip.AddrPort{}
	}
	return f.link.local()
}

// Close ends the connection; a UDP socket stays.
func (f Flow) Close() {
	if f.link != nil && f.Transport != UDP {
		f.link.close()
	}
}

func (f Flow) write(data []byte) error {
	if !f.Open() {
		return ErrGone
	}
	return f.link.write(data, f.Remote)
}

func (f Flow) String() string { return strings.ToLower(f.Transport) + ":" + f.Remote.String() }
