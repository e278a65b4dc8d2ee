package tracking

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// limits count hits, so that nobody sends more than any browsing makes (Rule C-81). Safe for concurrent use.
type limits struct {
	seed maphash.Seed

	mu     sync.Mutex
	until  time.Time // of the window
	counts map[uint64]int
}

const (
	limitWindow   = 10 * time.Second
	mostOfAddress = 300 // hits of an address to a project in a window: an office of 100 that browses together
	mostOfProject = 20_000
	mostStrange   = 60 // keys that no site has, of an address in a window: each is looked for in the database
	mostCounted   = 200_000
)

func newLimits() *limits { return &limits{seed: maphash.MakeSeed(), counts: map[uint64]int{}} }

// key is whose hits are counted together: an address, of IPv6 its /64.
func (l *limits) key(project ident.ProjectID, address netip.Addr) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	_, _ = h.WriteString(string(project))
	if address.IsValid() {
		address = address.Unmap()
		raw := address.As16()
		n := len(raw)
		if address.Is6() {
			n = 8
		}
		_ = h.WriteByte('/')
		_, _ = h.Write(raw[:n])
	}
	return h.Sum64()
}

// admit counts a hit; errs.Denied `tracking.flood` where there are too many.
func (l *limits) admit(project ident.ProjectID, address netip.Addr, at time.Time) error {
	all, one := l.key(project, netip.Addr{}), l.key(project, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(at)
	if address.IsValid() {
		if l.counts[one]++; l.counts[one] > mostOfAddress {
			return flood("an address")
		}
	}
	if l.counts[all]++; l.counts[all] > mostOfProject {
		return flood("a project")
	}
	return nil
}

// strange counts so many more hits of an address with keys that no site has. errs.Denied `tracking.flood` where they were too many, also
// with none more.
func (l *limits) strange(address netip.Addr, more int, at time.Time) error {
	if !address.IsValid() {
		return nil
	}
	one := l.key("", address)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(at)
	if more > 0 {
		l.counts[one] += more
	}
	if l.counts[one] >= mostStrange {
		return flood("an address with keys of no site")
	}
	return nil
}

// turn begins the next window where the last one is over. Called with mu held.
func (l *limits) turn(at time.Time) {
	if at.After(l.until) || l.until.Sub(at) > limitWindow || len(l.counts) > mostCounted {
		clear(l.counts)
		l.until = at.Add(limitWindow)
	}
}

func flood(whose string) error {
	return errs.New(errs.Denied, "tracking.flood", "more hits of %s came than are taken", whose).Try("wait a little").
		With("retry_seconds", int64(limitWindow/time.Second))
}
