package media

import (
	"net/netip"
	"slices"

	"bellwether/internal/publicnet"
)

// inner are networks that stand behind something: an address of one means the same to whoever is in it, and to nobody else.
var inner = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' NAT (RFC 6598)
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// hidden tells whether a described address cannot be the one packets come from, and must not be sent to: one that is not of the public
// network, told by somebody who is not in the network it is of. It is behind their NAT; or it is behind our firewall, and whoever
// described it would have us send there (Rule T-80).
func hidden(described, from netip.Addr) bool {
	described, from = described.Unmap().WithZone(""), from.Unmap().WithZone("")
	if !described.IsValid() || !from.IsValid() || described == from || publicnet.Has(described) {
		return false
	}
	return !slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(described) && p.Contains(from) })
}
