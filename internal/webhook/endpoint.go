package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/publicnet"
)

// EndpointID names an endpoint of the installation.
type EndpointID string

// Endpoint is a server of a customer's that is told things.
type Endpoint struct {
	ID        EndpointID
	Project   ident.ProjectID
	Name      string
	URL       string
	Kinds     []Kind
	Enabled   bool
	MadeAt    time.Time
	OldUntil  time.Time // until when the secret before signs too; zero for no longer
	FailingAt time.Time // the first failure since the last success; zero while it is well
	OffWhy    Reason    // why it was switched off by itself; empty where a person did, or it is on
	OffAt     time.Time
}

// Reason is why an endpoint was switched off by itself (Rule W-09).
type Reason string

// The reasons.
const (
	Gone    Reason = "gone"    // it answered 410
	Failing Reason = "failing" // nothing came through for days
)

// kept is an endpoint as the trail has it.
type kept struct {
	Name    string `json:"name"`
	URL     string `json:"url"`
	Kinds   []Kind `json:"kinds"`
	Enabled bool   `json:"enabled"`
}

func (e Endpoint) kept() any { return kept{e.Name, e.URL, e.Kinds, e.Enabled} }

// Wants reports whether messages of a kind are told to the endpoint.
func (e Endpoint) Wants(k Kind) bool { return e.Enabled && slices.Contains(e.Kinds, k) }

const (
	longestName = 100
	longestURL  = 500
	mostOf      = 20 // endpoints of a project
)

// check reads an endpoint as people write it. Errors: errs.Invalid `webhook.bad_setting`, `webhook.private_address` with the field.
func (e *Endpoint) check(private bool) (err error) {
	e.Name, e.URL = strings.TrimSpace(e.Name), strings.TrimSpace(e.URL)
	if e.Name == "" || utf8.RuneCountInString(e.Name) > longestName || !ident.Line(e.Name, longestName) {
		return bad("name", "a name is 1 to %d characters that can be seen", longestName)
	}
	if e.Kinds, err = checkKinds(e.Kinds); err != nil {
		return err
	}
	return CheckURL(e.URL, private)
}

// CheckURL refuses an address that nothing is sent to (Rule W-01): it is https, or http where the operator lets private networks be
// reached; the addresses behind its name are looked at when it is called. Errors: errs.Invalid `webhook.bad_setting`,
// `webhook.private_address` with the field url.
func CheckURL(address string, private bool) error {
	u, err := url.Parse(address)
	plain := err == nil && u.Scheme == "http" && private
	if err != nil || len(address) > longestURL || u.Hostname() == "" || u.Scheme != "https" && !plain || u.User != nil || u.Fragment != "" || !ident.Line(address, longestURL) {
		return bad("url", "%.80q is not an address that begins with https://", address).Try("write it like https://crm.example.com/bellwether, without a password in it")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	local := err == nil && !publicnet.Has(ip) || host == "localhost" || strings.HasSuffix(host, ".localhost")
	if local && !private {
		return Private()
	}
	return nil
}

// Private is the refusal of an address within a private network.
func Private() error {
	return errs.New(errs.Invalid, "webhook.private_address", "an address of a private network is not reached from here").At("url").With("field", "url").
		Try("write the server's public address, or have the operator allow its network (webhook_networks)")
}
