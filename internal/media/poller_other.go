//go:build !linux

package media

import "net/netip"

// poller is Linux's; elsewhere the standard library reads each socket.
type poller struct{}

func newPoller() (*poller, error) { return &poller{}, nil }

func (*poller) open(local netip.AddrPort, receive receiver) (socket, error) {
	return openNet(local, receive)
}

func (*poller) turn()  {}
func (*poller) close() {}
