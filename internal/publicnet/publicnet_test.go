package publicnet_test

import (
	"net/netip"
	"testing"

	"bellwether/internal/publicnet"
)

// Rule T-71: IPv4 in all its disguises.
func TestHas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"192.0.2.7": true, "8.8.8.8": true, "100.63.255.255": true, "100.128.0.0": true, "2a00:1450::1": true, "::ffff:8.8.8.8": true,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "127.9.9.9": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::": false, "::1": false, "::ffff:10.0.0.1": false, "::10.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::1": false,
		"fe80::1%eth0": false, "fd00::1": false, "fec0::1": false, "ff02::1": false,
	} {
		if got := publicnet.Has(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %t", text, got)
		}
	}
}
