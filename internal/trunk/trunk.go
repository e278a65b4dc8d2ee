package trunk

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/publicnet"
)

// ID names a trunk of the installation.
type ID string

// Mode is how a carrier and we know each other.
type Mode string

// The modes.
const (
	ByRegistration Mode = "registration" // we register with a user name and a password
	ByAddress      Mode = "address"      // the carrier knows our address, we know theirs
)

// Transport is what SIP messages to a trunk travel by.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// Transports lists them.
var Transports = []Transport{UDP, TCP, TLS}

// CallerPolicy is which number a trunk is given as the caller's (Rule T-56).
type CallerPolicy string

// The policies.
const (
	AnyCaller   CallerPolicy = "any"   // whatever number of the project's the call has
	OwnCaller   CallerPolicy = "own"   // only numbers that this trunk carries: a call with another goes another way
	FixedCaller CallerPolicy = "fixed" // always Caller
)

// CallerPolicies lists them.
var CallerPolicies = []CallerPolicy{AnyCaller, OwnCaller, FixedCaller}

// Trunk is a line to a carrier.
type Trunk struct {
	ID       ID              `json:"id"`
	Project  ident.ProjectID `json:"project,omitempty"` // empty for the operator's
	Name     string          `json:"name"`
	Enabled  bool            `json:"enabled"`
	Priority int             `json:"priority"` // 0 to 1000; lower ones are tried first

	Mode      Mode      `json:"mode"`
	Transport Transport `json:"transport"`
	Server    string    `json:"server"`              // host or host:port, where calls and registrations go
	User      string    `json:"user,omitempty"`      // by registration
	Addresses []string  `json:"addresses,omitempty"` // by address: whence calls come, "192.0.2.7" or "192.0.2.0/28"

	Prefixes []string     `json:"prefixes,omitempty"` // digits that destinations begin with; empty for all
	Out      Format       `json:"out"`                // of the numbers we send
	In       Format       `json:"in"`                 // of the numbers we get
	Policy   CallerPolicy `json:"caller_policy"`
	Caller   phone.Number `json:"caller,omitempty"` // of FixedCaller

	MostChannels int `json:"most_channels"` // calls at once, in and out; 0 for no bound
}

const (
	longestName   = 100
	longestText   = 255
	mostPriority  = 1000
	mostListed    = 100 // addresses or prefixes of a trunk
	mostChannels  = 10_000
	longestPrefix = 15
	object        = "trunk"
)

func bad(field, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "trunk.bad_setting", format, args...).At(field).With("field", field)
}

// check reads a trunk's settings as people write them and refuses those that cannot work. Errors: errs.Invalid
// `trunk.bad_setting`, `trunk.private_address` with the field.
func (t *Trunk) check() error {
	if t.Name = strings.TrimSpace(t.Name); t.Name == "" || !seen(t.Name, longestName) {
		return bad("name", "a name is 1 to %d characters that can be seen", longestName)
	}
	if t.Priority < 0 || t.Priority > mostPriority {
		return bad("priority", "a priority is 0 to %d", mostPriority)
	}
	if t.MostChannels < 0 || t.MostChannels > mostChannels {
		return bad("most_channels", "channels are 0, for no bound, to %d", mostChannels)
	}
	switch t.Transport {
	case UDP, TCP, TLS:
	default:
		return bad("transport", "%.20q is not one of udp, tcp, tls", string(t.Transport))
	}
	if err := t.checkServer(); err != nil {
		return err
	}
	if err := t.checkMode(); err != nil {
		return err
	}
	return t.checkNumbers()
}

func seen(text string, longest int) bool {
	_, hidden := ident.Hidden(text)
	return !hidden && utf8.ValidString(text) && utf8.RuneCountInString(text) <= longest
}

// checkServer: a host name or an address, with a port where it is not the usual one. A project's is on the public network: else
// whoever owns a project could make us talk to what stands behind our firewall.
func (t *Trunk) checkServer() error {
	t.Server = strings.ToLower(strings.TrimSpace(t.Server))
	host, ok := hostOf(t.Server)
	if !ok {
		return bad("server", "%.60q is not a host such as sip.carrier.example or 192.0.2.7:5060", t.Server)
	}
	address, err := netip.ParseAddr(host)
	local := err == nil && !publicnet.Has(address) || host == "localhost" || strings.HasSuffix(host, ".localhost")
	if t.Project != "" && local {
		return private("server")
	}
	return nil
}

func private(field string) error {
	return errs.New(errs.Invalid, "trunk.private_address", "an address of a private network is not reached from here").At(field).Try("write the carrier's public address")
}

// hostOf takes "host", "host:port" or "[v6]:port" apart.
func hostOf(server string) (host string, ok bool) {
	if ap, err := netip.ParseAddrPort(server); err == nil {
		return ap.Addr().String(), ap.Port() > 0
	}
	if a, err := netip.ParseAddr(server); err == nil {
		return a.String(), true
	}
	host, port, has := strings.Cut(server, ":")
	if has && (port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" || strings.Trim(port, "0") == "") {
		return "", false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", false
		}
	}
	last := labels[len(labels)-1]
	return host, len(host) <= longestText && strings.Trim(last, "0123456789") != ""
}

func (t *Trunk) checkMode() error {
	switch t.Mode {
	case ByRegistration:
		if t.Addresses = nil; t.User == "" || !isUser(t.User) {
			return bad("user", "a trunk that registers needs the carrier's user name")
		}
		return nil
	case ByAddress:
		t.User = ""
		return t.checkAddresses()
	}
	return bad("mode", "%.20q is not one of registration, address", string(t.Mode))
}

// isUser lets through what a SIP URI's user part may hold unescaped, without what separates its parts.
func isUser(user string) bool {
	return len(user) <= longestText && strings.IndexFunc(user, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"<>@:;\`, c) }) < 0
}

func (t *Trunk) checkAddresses() error {
	if len(t.Addresses) == 0 || len(t.Addresses) > mostListed {
		return bad("addresses", "a trunk by address needs the addresses its calls come from, 1 to %d", mostListed)
	}
	for i, text := range t.Addresses {
		p, err := parseRange(text)
		if err != nil {
			return bad("addresses", "%.60q is not an address such as 192.0.2.7 or a range such as 192.0.2.0/28", text)
		}
		narrow4, narrow6 := 20, 48
		if t.Project != "" { // nobody has proven that they are its carrier's
			narrow4, narrow6 = 24, 56
		}
		if p.Addr().Is4() && p.Bits() < narrow4 || p.Addr().Is6() && p.Bits() < narrow6 {
			return bad("addresses", "%s is too wide a range", p).Try(fmt.Sprintf("write /%d or narrower, for IPv6 /%d", narrow4, narrow6))
		}
		if t.Project != "" && !publicnet.Has(p.Addr()) {
			return private("addresses")
		}
		t.Addresses[i] = strings.TrimSuffix(strings.TrimSuffix(p.String(), "/32"), "/128")
	}
	return nil
}

// parseRange reads an address or a range.
func parseRange(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap()
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func (t *Trunk) checkNumbers() error {
	if len(t.Prefixes) > mostListed {
		return bad("prefixes", "a trunk has at most %d prefixes", mostListed)
	}
	for i, p := range t.Prefixes {
		p = strings.TrimPrefix(strings.TrimSpace(p), "+")
		if p == "" || len(p) > longestPrefix || strings.Trim(p, "0123456789") != "" {
			return bad("prefixes", "%.20q is not the beginning of a number, such as 38067", p)
		}
		t.Prefixes[i] = p
	}
	if err := t.Out.check("out"); err != nil {
		return err
	}
	if err := t.In.check("in"); err != nil {
		return err
	}
	switch t.Policy {
	case AnyCaller, OwnCaller:
		t.Caller = ""
		return nil
	case FixedCaller:
		n, err := phone.Parse(string(t.Caller), t.Out.Country)
		if t.Caller = n; err != nil {
			return bad("caller", "the number that is always shown is not a telephone number")
		}
		return nil
	}
	return bad("caller_policy", "%.20q is not one of any, own, fixed", string(t.Policy))
}

// reach is how many digits of a destination a trunk is meant for: 0 for all destinations, -1 where it is not for this one.
func (t Trunk) reach(to phone.Number) int {
	if len(t.Prefixes) == 0 {
		return 0
	}
	best := -1
	for _, p := range t.Prefixes {
		if strings.HasPrefix(to.Digits(), p) && len(p) > best {
			best = len(p)
		}
	}
	return best
}
