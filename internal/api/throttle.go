package api

import (
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/errs"
)

const (
	mostFailures  = 20          // of one address within forgiveAfter
	forgiveAfter  = time.Minute // an address starts anew this long after its first failure
	mostAddresses = 10_000      // remembered at a time
	mostSecrets   = 10_000
	trustFor      = 10 * time.Minute // a key that worked is not held up by others' failures
)

// throttle slows down who guesses keys.
type throttle struct {
	clock    func() time.Time
	mu       sync.Mutex
	failures map[string]failures
	trusted  map[[sha256.Size]byte]time.Time
}

type failures struct {
	since time.Time
	count int
}

func newThrottle(clock func() time.Time) *throttle {
	return &throttle{clock: clock, failures: map[string]failures{}, trusted: map[[sha256.Size]byte]time.Time{}}
}

// check refuses an address with too many failures, unless the secret worked lately.
func (t *throttle) check(address, secret string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	f := t.failures[address]
	left := f.since.Add(forgiveAfter).Sub(now)
	if f.count < mostFailures || left <= 0 {
		return nil
	}
	if at, ok := t.trusted[sha256.Sum256([]byte(secret))]; ok && now.Sub(at) < trustFor {
		return nil
	}
	return errs.New(errs.Unavailable, "api.too_many_failures", "too many requests without a valid key came from this address").
		Try("wait a minute").With(retryAfter, int64(left/time.Second)+1).With(tooMany, true)
}

func (t *throttle) failed(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	f := t.failures[address]
	if f.count == 0 || now.Sub(f.since) >= forgiveAfter {
		if len(t.failures) >= mostAddresses {
			clear(t.failures)
		}
		f = failures{since: now}
	}
	f.count++
	t.failures[address] = f
}

func (t *throttle) worked(secret string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.trusted) >= mostSecrets {
		clear(t.trusted)
	}
	t.trusted[sha256.Sum256([]byte(secret))] = t.clock()
}

// addressOf is whom failures are counted for: the peer's IPv4 address, or its IPv6 network of 64 bits, of which one
// machine has as many addresses as it likes.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
