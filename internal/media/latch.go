package media

import (
	"net/netip"
	"time"
)

// How strict the latch is (Rules T-80 and T-81).
const (
	strangerRun  = 4                      // packets in a row before somebody not announced is believed
	newStreamRun = 2                      // packets in a row before another SSRC of our peer is (RFC 3550 A.1)
	streamGap    = 60 * time.Millisecond  // and the silence of the one before
	rebindRun    = 5                      // packets in a row that go on with our stream from elsewhere
	rebindGap    = 500 * time.Millisecond // and the silence of the old source
	moveGap      = 3 * time.Second        // the same for another stream from an address that was announced
	runGap       = 500 * time.Millisecond // packets further apart are no run
	maxStep      = 50                     // sequence numbers a stream may skip and still go on
)

type verdict uint8

const (
	dropped   verdict = iota // not of our peer: counted, never heard
	accepted                 // goes on
	restarted                // the first of a new stream: another SSRC or a first one
)

// latch decides whose packets are a leg's, by source and SSRC (RFC 7362 and RFC 3550 section 8). It takes the place of trust in
// addresses that a NAT has made worthless, and gives none to whoever merely knows the port.
type latch struct {
	signalled netip.AddrPort // from the description; zero where it was a name
	from      netip.Addr     // whence the signalling comes
	nat       bool           // the description's address cannot be right: believe the first source

	source  netip.AddrPort // latched, once valid
	ssrc    uint32
	seq     uint16
	heard   time.Time // last accepted packet
	rival   run
	dropped uint64
}

// run is a candidate: packets in a row of one source and SSRC.
type run struct {
	source netip.AddrPort
	ssrc   uint32
	seq    uint16
	length int
	heard  time.Time
}

// reset forgets what was learnt, for a description with another address.
func (l *latch) reset(signalled netip.AddrPort, from netip.Addr, nat bool) {
	*l = latch{signalled: signalled, from: from, nat: nat, dropped: l.dropped}
}

func (l *latch) latched() bool { return l.source.IsValid() }

// check judges a valid packet.
func (l *latch) check(source netip.AddrPort, ssrc uint32, seq uint16, now time.Time) verdict {
	if source == l.source && ssrc == l.ssrc && l.latched() {
		l.seq, l.heard, l.rival.length = seq, now, 0
		return accepted
	}
	l.rival.add(source, ssrc, seq, now)
	if !l.convinced(now) {
		l.dropped++
		return dropped
	}
	moved := l.latched() && ssrc == l.ssrc
	l.source, l.ssrc, l.seq, l.heard, l.rival = source, ssrc, seq, now, run{}
	if moved {
		return accepted
	}
	return restarted
}

func (r *run) add(source netip.AddrPort, ssrc uint32, seq uint16, now time.Time) {
	step := seq - r.seq
	if r.length > 0 && r.source == source && r.ssrc == ssrc && step >= 1 && step <= 3 && now.Sub(r.heard) < runGap {
		r.length++
	} else {
		*r = run{source: source, ssrc: ssrc, length: 1}
	}
	r.seq, r.heard = seq, now
}

// convinced tells whether the candidate becomes the peer.
func (l *latch) convinced(now time.Time) bool {
	if !l.latched() {
		return l.rival.length >= l.patience()
	}
	silence := now.Sub(l.heard)
	switch {
	case l.rival.source == l.source:
		return l.rival.length >= newStreamRun && silence >= streamGap
	case l.rival.ssrc == l.ssrc && l.rival.seq-l.seq <= maxStep+uint16(min(silence/(10*time.Millisecond), 3000)):
		return l.rival.length >= rebindRun && silence >= rebindGap
	case l.announced(l.rival.source.Addr()):
		return l.rival.length >= rebindRun && silence >= moveGap
	}
	return false
}

// patience is the run that a first source needs.
func (l *latch) patience() int {
	switch {
	case l.rival.source == l.signalled, l.announced(l.rival.source.Addr()):
		return 1
	case l.nat || !l.signalled.Addr().IsValid():
		return strangerRun
	default:
		return 1 << 30 // never
	}
}

// announced tells whether an address is one that signalling named or came from.
func (l *latch) announced(addr netip.Addr) bool {
	return addr == l.signalled.Addr() || l.nat && addr == l.from
}

// from the peer tells whether RTCP of a source counts: it needs the address, and the SSRC of the stream where one runs.
func (l *latch) fromPeer(source netip.AddrPort, ssrc uint32) bool {
	if !l.latched() {
		return l.announced(source.Addr())
	}
	return source.Addr() == l.source.Addr() && ssrc == l.ssrc
}
