package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"bellwether/internal/sip/wire"
)

// Limits bound what strangers may cost. The zero value of a field is its default.
type Limits struct {
	Strangers    int           // messages a second from all strangers together; 1000
	PerSource    int           // ... from one; 50
	PerKnown     int           // ... from one that is known, beyond which it counts as a stranger; 2000
	Points       int           // misbehaviour in Window after which a source is banned; 60
	PairFailures int           // wrong passwords for one user from one source, after which the pair is not heard; 10
	Window       time.Duration // 10 minutes
	Ban          time.Duration // the first ban, doubled each time up to a day; 15 minutes
	Trust        time.Duration // how long one good sign-in keeps a source from being banned as a whole; an hour
}

func (l Limits) filled() Limits {
	for _, f := range []struct {
		at    *int
		value int
	}{{&l.Strangers, 1000}, {&l.PerSource, 50}, {&l.PerKnown, 2000}, {&l.Points, 60}, {&l.PairFailures, 10}} {
		if *f.at == 0 {
			*f.at = f.value
		}
	}
	for _, f := range []struct {
		at    *time.Duration
		value time.Duration
	}{{&l.Window, 10 * time.Minute}, {&l.Ban, 15 * time.Minute}, {&l.Trust, time.Hour}} {
		if *f.at == 0 {
			*f.at = f.value
		}
	}
	return l
}

// Points of misbehaviour. A phone with a wrong password makes few of them and one good sign-in clears them; a scanner makes
// many at once.
const (
	pointsChallenge = 1
	pointsUnknown   = 2
	pointsMalformed = 3
	pointsWrong     = 3
)

// maxSources bounds the tables: what is beyond is forgotten, the least telling first.
const maxSources = 100_000

// guard tells by the address who is heard (Rules T-68 and T-69).
type guard struct {
	limits Limits
	mu     sync.Mutex
	known  map[netip.Addr]int // by registrations and running calls
	trunks []netip.Prefix
	spared []netip.Prefix // never shut out, an operator says
	source map[netip.Addr]*source
	pairs  map[pair]*tally
	all    bucket
}

type pair struct {
	source netip.Addr
	user   string
}

type tally struct {
	points int
	since  time.Time
}

type source struct {
	tally
	strange, trusted bucket
	good             time.Time // the last sign-in
	until            time.Time // banned
	banned           int
	why              Why       // ... and for what
	since            time.Time // ... from then on
}

// Why says what a source is shut out for.
type Why string

// What sources are shut out for: of many things, the last.
const (
	ForScanning  Why = "scanner"        // its tool names itself
	ForPasswords Why = "wrong_password" //
	ForUsers     Why = "unknown_user"   // it asks for what is not there
	ForMalformed Why = "malformed"      //
	ForKnocking  Why = "knocking"       // it is asked for a password again and again and never gives one
)

// bucket holds tokens for a second.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token where there is one; rate a second, twice as many at once.
func (b *bucket) take(now time.Time, rate int) bool {
	if b.at.IsZero() {
		b.tokens = 2 * float64(rate)
	} else {
		b.tokens = min(2*float64(rate), b.tokens+now.Sub(b.at).Seconds()*float64(rate))
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func newGuard(limits Limits) *guard {
	return &guard{limits: limits.filled(), known: map[netip.Addr]int{}, source: map[netip.Addr]*source{}, pairs: map[pair]*tally{}}
}

// admit decides about a message by its source, before anything is parsed.
func (g *guard) admit(from netip.Addr, _ string) wire.Class {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.at(from)
	if g.knows(from) && s.trusted.take(now, g.limits.PerKnown) {
		return wire.Known
	}
	if now.Before(s.until) || !s.strange.take(now, g.limits.PerSource) || !g.all.take(now, g.limits.Strangers) {
		return wire.Refused
	}
	return wire.Stranger
}

func (g *guard) knows(from netip.Addr) bool {
	if g.known[from] > 0 {
		return true
	}
	for _, p := range g.trunks {
		if p.Contains(from) {
			return true
		}
	}
	return false
}

// at gives a source's record. The table is bounded: full of strangers, it is emptied of those that are not banned.
func (g *guard) at(from netip.Addr) *source {
	s := g.source[from]
	if s == nil {
		if len(g.source) >= maxSources {
			g.sweep()
		}
		s = &source{}
		g.source[from] = s
	}
	return s
}

func (g *guard) sweep() {
	now := time.Now()
	for from, s := range g.source {
		if now.After(s.until) && !g.knows(from) {
			delete(g.source, from)
		}
	}
	for p, t := range g.pairs {
		if now.Sub(t.since) > g.limits.Window {
			delete(g.pairs, p)
		}
	}
	if len(g.source) >= maxSources { // as many are banned: begin anew rather than grow
		clear(g.source)
	}
}

// know marks a source as known until forget is called as often.
func (g *guard) know(from netip.Addr) {
	g.mu.Lock()
	g.known[from]++
	g.mu.Unlock()
}

func (g *guard) forget(from netip.Addr) {
	g.mu.Lock()
	if g.known[from]--; g.known[from] <= 0 {
		delete(g.known, from)
	}
	g.mu.Unlock()
}

// spares tells whether an operator said that a source is never shut out (Rule T-127).
func (g *guard) spares(from netip.Addr) bool {
	for _, p := range g.spared {
		if p.Contains(from) {
			return true
		}
	}
	return false
}

func (g *guard) setTrunks(prefixes []netip.Prefix) {
	g.mu.Lock()
	g.trunks = prefixes
	g.mu.Unlock()
}

// blame notes misbehaviour; a source where nobody signs in well is banned for it.
func (g *guard) blame(from netip.Addr, points int, why Why) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.at(from)
	s.add(now, points, g.limits.Window)
	if s.points < g.limits.Points || now.Sub(s.good) < g.limits.Trust || g.knows(from) || g.spares(from) {
		return
	}
	g.ban(s, now, why)
}

func (g *guard) ban(s *source, now time.Time, why Why) {
	s.why, s.since = why, now
	s.until = now.Add(min(g.limits.Ban<<min(s.banned, 7), 24*time.Hour))
	s.banned++
	s.points = 0
}

func (t *tally) add(now time.Time, points int, window time.Duration) {
	if now.Sub(t.since) > window {
		t.points, t.since = 0, now
	}
	t.points += points
}

// wrong notes a wrong password.
func (g *guard) wrong(from netip.Addr, user string) {
	g.blame(from, pointsWrong, ForPasswords)
	g.mu.Lock()
	defer g.mu.Unlock()
	p := pair{from, user}
	if g.pairs[p] == nil {
		if len(g.pairs) >= maxSources {
			clear(g.pairs)
		}
		g.pairs[p] = &tally{}
	}
	g.pairs[p].add(time.Now(), 1, g.limits.Window)
}

// deaf tells whether a user from a source is not listened to for a while, whatever the password.
func (g *guard) deaf(from netip.Addr, user string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.pairs[pair{from, user}]
	return t != nil && t.points >= g.limits.PairFailures && time.Since(t.since) < g.limits.Window
}

// good notes a sign-in: the source is no scanner.
func (g *guard) good(from netip.Addr, user string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.at(from)
	s.good, s.points, s.until, s.banned = time.Now(), 0, time.Time{}, 0
	delete(g.pairs, pair{from, user})
}

// scanner bans a source whose tool names itself.
func (g *guard) scanner(from netip.Addr, agent string) bool {
	agent = strings.ToLower(agent)
	for _, name := range []string{"friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sipsak", "sundayddr", "iwar", "pplsip", "vaxsip"} {
		if strings.Contains(agent, name) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if !g.knows(from) && !g.spares(from) {
				g.ban(g.at(from), time.Now(), ForScanning)
			}
			return true
		}
	}
	return false
}

// Unban lets a source in again, and whatever users failed from there.
func (s *Stack) Unban(from netip.Addr) {
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	s.guard.letIn(from)
}

func (g *guard) letIn(from netip.Addr) {
	delete(g.source, from)
	for p := range g.pairs {
		if p.source == from {
			delete(g.pairs, p)
		}
	}
}

// Spare never shuts these ranges out, in the place of those before, and lets in whoever of them is (Rule T-127).
func (s *Stack) Spare(ranges []netip.Prefix) {
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	s.guard.spared = ranges
	now := time.Now()
	for from, src := range s.guard.source {
		if now.Before(src.until) && s.guard.spares(from) {
			s.guard.letIn(from)
		}
	}
}

// Ban is a source that is shut out.
type Ban struct {
	Source netip.Addr
	Why    Why
	Since  time.Time
	Until  time.Time
	Times  int // how often, this time among them, since somebody signed in well from there
}

// Bans lists the sources that are shut out, the latest first.
func (s *Stack) Bans() (all []Ban) {
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	now := time.Now()
	for from, src := range s.guard.source {
		if now.Before(src.until) {
			all = append(all, Ban{from, src.why, src.since, src.until, src.banned})
		}
	}
	slices.SortFunc(all, func(a, b Ban) int { return cmp.Or(b.Since.Compare(a.Since), a.Source.Compare(b.Source)) })
	return all
}
