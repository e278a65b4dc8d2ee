package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/errs"
)

// calling are the keys about telephony. Without one of the three SIP addresses a node takes and makes no calls.
var calling = []key{
	{
		"sip_udp", always(""),
		func(c *Config, s string) error { c.SIPUDP = s; return anAddress(s) },
		func(c Config) string { return c.SIPUDP },
	},
	{
		"sip_tcp", always(""),
		func(c *Config, s string) error { c.SIPTCP = s; return anAddress(s) },
		func(c Config) string { return c.SIPTCP },
	},
	{
		"sip_tls", always(""),
		setSIPTLS,
		func(c Config) string { return c.SIPTLS },
	},
	{
		"sip_public", ownSIPAddress,
		setSIPPublic,
		func(c Config) string { return c.SIPPublic },
	},
	{
		"rtp_ports", always("10000-20000"),
		setRTPPorts,
		func(c Config) string { return fmt.Sprintf("%d-%d", c.RTPFirst, c.RTPLast) },
	},
	{
		"webrtc_udp", always(""),
		setWebRTC,
		func(c Config) string { return c.WebRTCUDP },
	},
	{
		"call_drain", always("0s"),
		setCallDrain,
		func(c Config) string { return c.CallDrain.String() },
	},
}

// Telephony reports whether this node takes and makes calls.
func (c Config) Telephony() bool { return c.SIPUDP != "" || c.SIPTCP != "" || c.SIPTLS != "" }

func anAddress(s string) error {
	if s == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return errors.New("write ADDRESS:PORT, such as 0.0.0.0:5060")
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil {
		return errors.New("write an address of this machine, not a name: 0.0.0.0:5060")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("the port must be a number from 0 to 65535")
	}
	return nil
}

func setSIPTLS(c *Config, s string) error {
	c.SIPTLS = s
	if s != "" && !c.Secured() {
		return errors.New("SIP over TLS takes the certificate of HTTPS: name tls_cert and tls_key, or acme_hosts")
	}
	return anAddress(s)
}

// ownSIPAddress is the address SIP listens on, where it is one that others can write to.
func ownSIPAddress(c Config) string {
	for _, at := range []string{c.SIPUDP, c.SIPTCP, c.SIPTLS} {
		host, _, err := net.SplitHostPort(at)
		if addr, bad := netip.ParseAddr(host); err == nil && bad == nil && !addr.IsUnspecified() {
			return host
		}
	}
	return ""
}

func setSIPPublic(c *Config, s string) error {
	c.SIPPublic = s
	if s == "" && c.Telephony() {
		return errors.New("phones and carriers need the address at which they reach this node, also where SIP listens on all: 203.0.113.7")
	}
	if _, err := netip.ParseAddr(s); s != "" && err != nil {
		return errors.New("write an address, such as 203.0.113.7: it stands in descriptions of audio")
	}
	return nil
}

// fewestPorts is two calls of two legs, each with a port for audio and one for reports.
const fewestPorts = 8

func setRTPPorts(c *Config, s string) error {
	first, last, _ := strings.Cut(s, "-")
	from, err := strconv.ParseUint(first, 10, 16)
	to, errTo := strconv.ParseUint(last, 10, 16)
	if err != nil || errTo != nil || from < 1024 || to < from+fewestPorts-1 {
		return fmt.Errorf("write a range of at least %d ports from 1024 on, such as 10000-20000", fewestPorts)
	}
	c.RTPFirst, c.RTPLast = uint16(from), uint16(to)
	return nil
}

func setWebRTC(c *Config, s string) error {
	c.WebRTCUDP = s
	if s == "" {
		return nil
	}
	if _, err := netip.ParseAddrPort(s); err != nil {
		return errors.New("write ADDRESS:PORT, such as 203.0.113.7:3478")
	}
	return nil
}

// longestDrain keeps a typing error from holding a restart up for days.
const longestDrain = 4 * time.Hour

func setCallDrain(c *Config, s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > longestDrain {
		return errors.New("write a duration from 0s to 4h, such as 10m")
	}
	c.CallDrain = d
	return nil
}

// CannotListen is the error of an address that cannot be listened on.
func CannotListen(name, address string, err error) error {
	return errs.New(errs.Invalid, "config.cannot_listen", "cannot listen on %s (%v)", address, err).At(name).Try("choose another port, or stop what uses this one")
}
