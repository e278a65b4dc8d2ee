package sip

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/publicnet"
	"bellwether/internal/sip/wire"
)

// ErrInward says that an address which a project wrote, or what its name means, is none of the public network.
var ErrInward = errs.New(errs.Denied, "sip.private_address", "an address of a private network is not reached from here").Try("write a public address")

// ErrCarrier says that a SIP address which a project wrote is a carrier's, or our own.
var ErrCarrier = errs.New(errs.Denied, "sip.carrier_address", "telephone numbers are not called by a carrier's SIP address").Try("write the number itself")

// hops finds where a URI leads. Of a foreign one, which a project wrote or its peer, only addresses of the public network count: what
// its name means is looked at, for it may mean something else than when it was written (Rule T-71).
func (s *Stack) hops(ctx context.Context, uri *wire.URI, foreign bool) ([]wire.Hop, error) {
	hops, err := s.wire.Hops(ctx, uri)
	if err != nil || !foreign || s.cfg.Inward {
		return hops, err
	}
	hops = slices.DeleteFunc(hops, func(h wire.Hop) bool { return !publicnet.Has(h.Addr.Addr()) })
	if len(hops) == 0 {
		return nil, ErrInward
	}
	return hops, nil
}

// partner is hops for a call to a SIP address that a project wrote: it leads neither to a carrier, who would take it for the
// operator's and charge it, nor to ourselves (Rule T-71).
func (s *Stack) partner(ctx context.Context, uri *wire.URI) ([]wire.Hop, error) {
	if strings.EqualFold(uri.Host, s.cfg.Wire.Public) {
		return nil, ErrCarrier
	}
	hops, err := s.hops(ctx, uri, true)
	if err != nil {
		return nil, err
	}
	for _, hop := range hops {
		if s.trunks.hold(hop.Addr.Addr()) || s.wire.Ours(hop.Addr) {
			return nil, ErrCarrier
		}
	}
	return hops, nil
}

// hold tells whether an address is one of a trunk's: of its servers, or whence its calls come.
func (t *trunks) hold(a netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.by {
		if l.holds(a) {
			return true
		}
	}
	return false
}

func (l *line) holds(a netip.Addr) bool {
	if slices.ContainsFunc(l.Sources, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sources[a]
}

// foreign tells whether a trunk is a project's.
func (t *trunks) foreign(id string) bool {
	l := t.get(id)
	return l != nil && l.Foreign
}
