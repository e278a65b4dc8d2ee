package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"bellwether/internal/errs"
)

// Proxies are the addresses whose word about a client is believed: those of the proxies in front of this program.
type Proxies []netip.Prefix

// ParseProxies reads the setting trusted_proxies: addresses and networks apart by commas or spaces, such as
// "127.0.0.1, 10.0.0.0/8". Errors have the code "web.bad_proxy".
func ParseProxies(setting string) (Proxies, error) {
	var proxies Proxies
	for _, word := range strings.FieldsFunc(setting, func(c rune) bool { return c == ',' || c == ' ' }) {
		prefix, err := netip.ParsePrefix(word)
		if address, single := netip.ParseAddr(word); single == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, errs.New(errs.Invalid, "web.bad_proxy", "%q is neither an address nor a network", word).
				At("trusted_proxies").Try("write addresses or networks, such as 127.0.0.1, 10.0.0.0/8")
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

// trust tells whether an address is one of the proxies.
func (p Proxies) trust(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// Client is where a request comes from.
type Client struct {
	Address netip.Addr // of the browser, as far as trusted proxies tell; the zero value where it cannot be known
	Secure  bool       // the browser speaks HTTPS, to us or to a trusted proxy
	Local   bool       // the page's address is this machine's own, which browsers treat as secure
}

// Of tells where a request comes from. X-Forwarded-For is read from its end: each proxy adds whom it heard, and the
// first that is not trusted is the client, whatever stands before it.
func (p Proxies) Of(r *http.Request) Client {
	c := Client{Secure: r.TLS != nil, Local: localHost(r.Host)}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return c
	}
	c.Address = peer.Addr().Unmap()
	if !p.trust(c.Address) {
		return c
	}
	c.Secure = c.Secure || strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		address, err := parseHop(hops[i])
		if err != nil {
			break
		}
		c.Address = address.Unmap()
		if !p.trust(c.Address) {
			break
		}
	}
	return c
}

// parseHop reads an address that may carry a port.
func parseHop(hop string) (netip.Addr, error) {
	hop = strings.TrimSpace(hop)
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(strings.Trim(hop, "[]"))
}

func lastOf(values []string) string {
	all := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(all[len(all)-1])
}

// localHost tells the names that browsers trust without HTTPS.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// Trustworthy tells whether the browser lets the page sign in with a passkey, use the microphone and keep secure cookies.
func (c Client) Trustworthy() bool { return c.Secure || c.Local }
