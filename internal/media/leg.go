package media

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

func defaultLoops() int { return runtime.GOMAXPROCS(0) }

// Keys says whether a leg's audio is encrypted by SDES (Rule T-90).
type Keys uint8

const (
	// KeysTaken offers plain RTP and answers SAVP where it is offered.
	KeysTaken Keys = iota
	// KeysRequired offers SAVP and refuses plain RTP: trunks over TLS.
	KeysRequired
)

// LegConfig is what is known of a leg before any description.
type LegConfig struct {
	Codecs []string    // sdp.PCMU, sdp.PCMA by preference; A-law first where nil. The other leg's codec first spares transcoding
	Keys   Keys        // of plain legs; WebRTC has its own
	From   netip.Addr  // whence the signalling comes, where it is known (see ComesFrom)
	NAT    bool        // the peer is behind a NAT, though it describes no private address: believe where packets come from (Rule T-80)
	WebRTC bool        // a browser
	Notify func(Event) // gets what happens, on a goroutine of the engine: it must not block
}

// EventKind says what happened to a leg.
type EventKind uint8

const (
	// Digit: a key was pressed, told once however it came.
	Digit EventKind = iota + 1
	// PlayDone: a clip played to its end.
	PlayDone
	// Dead: a watched leg is silent in every way (Rule T-87).
	Dead
)

// Event is something that happened to a leg.
type Event struct {
	Leg   *Leg
	Kind  EventKind
	Digit byte   // 0-9, *, #, A-D
	Play  uint64 // which Play has ended
}

// Leg is the media of one dialog: one audio stream each way. Its methods may be called from anywhere; each returns at once.
type Leg struct {
	engine *Engine
	config LegConfig
	loop   *loop
	port   uint16
	busy   atomic.Bool // something is to be sent by the clock

	mu      sync.Mutex // never two legs' at once; a room's comes before, a recording's after
	closed  bool
	rtp     socket
	rtcp    socket
	browser *browser
	session session
	from    netip.Addr // whence the signalling comes
	in      inbound
	out     outbound
	route   route
	watch   watch
}

// route is where a leg's audio goes.
type route struct {
	peer *Leg  // the other leg of a bridge
	seat *seat // the place in a room; never with a peer
	tap  tap   // the recording
}

func (c LegConfig) filled() LegConfig {
	if c.Codecs == nil {
		c.Codecs = []string{sdp.PCMA, sdp.PCMU}
	}
	if c.Notify == nil {
		c.Notify = func(Event) {}
	}
	return c
}

func newLeg(e *Engine, config LegConfig, l *loop) *Leg {
	config = config.filled()
	leg := &Leg{engine: e, config: config, loop: l, from: config.From}
	leg.session = newSession(config)
	leg.out = outbound{ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32()}
	leg.in.latch.reset(netip.AddrPort{}, config.From, config.NAT)
	return leg
}

// bind opens RTP and RTCP; both or none.
func (l *Leg) bind(port uint16) error {
	rtp, err := l.engine.open(l.loop, netip.AddrPortFrom(l.engine.config.Addr, port), l.onDatagram)
	if err != nil {
		return err
	}
	rtcp, err := l.engine.open(l.loop, netip.AddrPortFrom(l.engine.config.Addr, port+1), l.onControl)
	if err != nil {
		rtp.close()
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.port, l.rtp, l.rtcp = port, rtp, rtcp
	return nil
}

// Close ends the leg. Its ports are free when it returns, so that a final response may be sent (Rule T-82). The second time it does nothing.
func (l *Leg) Close() {
	Unbridge(l)
	l.leaveRoom()
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	tap, browser := l.route.tap, l.browser
	l.route, l.out.playing, l.out.keys = route{}, nil, keySender{}
	l.mu.Unlock()
	tap.recording.lose(l)
	if browser != nil {
		browser.close()
	} else {
		l.rtp.close()
		l.rtcp.close()
		l.engine.ports.give(l.port, time.Now())
	}
	l.engine.forget(l)
}

var errClosed = errs.New(errs.Conflict, "media.leg_closed", "the leg is closed")

// Law is the law of what the leg sends, once descriptions were exchanged: prefer it for the other leg.
func (l *Leg) Law() audio.Law {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session.law
}

// ComesFrom says whence the peer's signalling comes, for the descriptions that it makes from now on: before one is taken whose address may lead
// into a network that is not the peer's (Rule T-80).
func (l *Leg) ComesFrom(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from = a
}

// Remote is where the leg sends: what was latched, else what was signalled; nowhere yet, the zero value, where that cannot be.
func (l *Leg) Remote() netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.destination()
}

func (l *Leg) tell(events ...Event) {
	for _, event := range events {
		event.Leg = l
		l.config.Notify(event)
	}
}
