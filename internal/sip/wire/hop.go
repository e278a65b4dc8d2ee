package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Resolver looks up names; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// Hop is a place that requests can be sent to.
type Hop struct {
	Transport string
	Addr      netip.AddrPort
	Name      string // the name it was found by, for TLS
}

// ErrNoHop says that nothing can be reached by that URI.
var ErrNoHop = errors.New("sip: no address for that URI")

// Hops finds where a URI leads, the best first (RFC 3263 without NAPTR: the transport is the URI's, or UDP).
func (e *Endpoint) Hops(ctx context.Context, uri *URI) ([]Hop, error) {
	transport, port := UDP, 5060
	if asked, found := uri.UriParams.Get("transport"); found {
		transport = strings.ToUpper(asked)
	}
	if uri.Scheme == "sips" || transport == TLS {
		transport, port = TLS, 5061
	}
	host := strings.Trim(uri.Host, "[]")
	if maddr, found := uri.UriParams.Get("maddr"); found {
		host = strings.Trim(maddr, "[]")
	}
	if transport != UDP && transport != TCP && transport != TLS {
		return nil, ErrNoHop
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if uri.Port != 0 {
			port = uri.Port
		}
		return []Hop{{transport, netip.AddrPortFrom(addr.Unmap(), uint16(port)), host}}, nil
	}
	if uri.Port != 0 {
		return e.addresses(ctx, transport, host, uri.Port)
	}
	if hops := e.services(ctx, transport, host); len(hops) > 0 {
		return hops, nil
	}
	return e.addresses(ctx, transport, host, port)
}

// services follows SRV records (RFC 3263 section 4.2), in the order the resolver gives them.
func (e *Endpoint) services(ctx context.Context, transport, host string) []Hop {
	service, proto := "sip", "udp"
	switch transport {
	case TCP:
		proto = "tcp"
	case TLS:
		service, proto = "sips", "tcp"
	}
	_, records, err := e.cfg.Resolver.LookupSRV(ctx, service, proto, host)
	if err != nil {
		return nil
	}
	var hops []Hop
	for _, r := range records {
		found, _ := e.addresses(ctx, transport, strings.TrimSuffix(r.Target, "."), int(r.Port))
		for i := range found {
			found[i].Name = host
		}
		hops = append(hops, found...)
	}
	return hops
}

func (e *Endpoint) addresses(ctx context.Context, transport, host string, port int) ([]Hop, error) {
	found, err := e.cfg.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var hops []Hop
	for _, addr := range found {
		hops = append(hops, Hop{transport, netip.AddrPortFrom(addr.Unmap(), uint16(port)), host})
	}
	if len(hops) == 0 {
		return nil, ErrNoHop
	}
	return hops, nil
}

// Reach gives the flow to a hop: a UDP socket of ours of its family, or a stream, opened where there is none. It waits for
// a stream to open.
func (e *Endpoint) Reach(ctx context.Context, hop Hop) (Flow, error) {
	if hop.Transport != UDP {
		return e.connect(ctx, hop)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sockets {
		if s.where.Addr().Is4() == hop.Addr.Addr().Is4() || s.where.Addr().Is6() && s.where.Addr().IsUnspecified() {
			return Flow{Transport: UDP, Remote: hop.Addr, link: s}, nil
		}
	}
	return Flow{}, ErrNoHop
}

// listenPort is the port on which we take what comes over this transport: not the one a stream of ours went out by.
func (e *Endpoint) listenPort(transport string, local netip.AddrPort) int {
	if transport == UDP {
		return int(local.Port())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.open {
		if l, ok := l.(*listening); ok && l.transport == transport {
			return int(l.local().Port())
		}
	}
	return int(local.Port())
}

// Ours tells whether we listen at an address, of whatever transport.
func (e *Endpoint) Ours(at netip.AddrPort) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.open {
		where := l.local()
		if _, accepted := l.(*stream); accepted || where.Port() != at.Port() {
			continue
		}
		if where.Addr() == at.Addr() || where.Addr().IsUnspecified() && (at.Addr().String() == e.cfg.Public || isLocal(at.Addr())) {
			return true
		}
	}
	return false
}

// isLocal tells whether an address is one of this machine's.
func isLocal(a netip.Addr) bool {
	all, _ := net.InterfaceAddrs()
	for _, one := range all {
		if p, err := netip.ParsePrefix(one.String()); err == nil && p.Addr().Unmap() == a.Unmap() {
			return true
		}
	}
	return false
}

// outward is our address as a peer sees it, of a socket that listens on all: the kernel knows.
func (e *Endpoint) outward(to Flow) netip.Addr {
	local := to.Local().Addr()
	if !local.IsUnspecified() {
		return local
	}
	probe, err := net.Dial("udp", net.JoinHostPort(to.Remote.Addr().String(), strconv.Itoa(int(max(to.Remote.Port(), 1)))))
	if err != nil {
		return local
	}
	defer func() { _ = probe.Close() }()
	return addrPort(probe.LocalAddr()).Addr()
}

func transportParam(transport string) string { return strings.ToLower(transport) }
