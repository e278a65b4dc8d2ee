package media

import (
	"net/netip"
	"time"

	"bellwether/internal/media/audio"
)

// inbound is what a leg knows of what comes.
type inbound struct {
	latch     latch
	control   netip.AddrPort // where RTCP comes from
	reception reception
	keys      keyListener
	foreign   uint64 // packets of our peer that are no audio we agreed on
	unsealed  uint64 // packets that do not authenticate
	scratch   [maxPacket]byte
	far       farReport
	roundTrip time.Duration
	sender    senderReport
}

// frame is one packet of audio or of a key, taken apart. Its payload is valid until the receiver returns.
type frame struct {
	from    *Leg
	ssrc    uint32
	seq     uint16
	ts      uint32
	marker  bool
	law     audio.Law
	payload []byte // of audio
	press   press  // of a key
}

// comfortNoise is the payload type of RFC 3389. It says that somebody is there and silent, no more.
const comfortNoise = 13

// onDatagram receives from the RTP port.
func (l *Leg) onDatagram(datagram []byte, from netip.AddrPort, now time.Time) {
	if packet(datagram).isRTCP() {
		l.onControl(datagram, from, now)
		return
	}
	l.mu.Lock()
	heard, ok := l.hear(datagram, from, now)
	route := l.route
	l.mu.Unlock()
	if ok {
		l.deliver(heard, route, now)
	}
}

// hear decides whether a datagram is the peer's audio, and counts it. It holds l.mu.
func (l *Leg) hear(datagram packet, from netip.AddrPort, now time.Time) (frame, bool) {
	if l.closed || !l.session.ready {
		return frame{}, false
	}
	sealed := l.session.sealing.active()
	if sealed {
		var err error
		if datagram, err = l.session.sealing.openRTP(l.in.scratch[:0], datagram); err != nil {
			l.in.unsealed++
			return frame{}, false
		}
	}
	payload, ok := datagram.parse()
	if !ok || len(payload) == 0 || !l.expects(datagram.pt()) {
		l.in.foreign++
		return frame{}, false
	}
	if !l.admit(datagram, from, sealed, now) {
		return frame{}, false
	}
	return l.sort(datagram, payload)
}

// admit judges the source. What is sealed proves itself, wherever it comes from.
func (l *Leg) admit(p packet, from netip.AddrPort, proved bool, now time.Time) bool {
	if proved {
		fresh := p.ssrc() != l.in.reception.ssrc || l.in.reception.received == 0
		l.in.latch.source, l.in.latch.ssrc = from, p.ssrc()
		l.count(p, fresh, now)
		return true
	}
	switch l.in.latch.check(from, p.ssrc(), p.seq(), now) {
	case restarted:
		l.count(p, true, now)
	case accepted:
		l.count(p, false, now)
	default:
		return false
	}
	return true
}

func (l *Leg) count(p packet, fresh bool, now time.Time) {
	if fresh {
		l.in.reception.restart(p.ssrc(), p.seq())
	}
	l.in.reception.add(p.seq(), p.timestamp(), now)
	l.watch.alive(now)
}

func (l *Leg) expects(pt uint8) bool {
	s := &l.session
	return s.laws[pt] != 0 || pt == comfortNoise || s.agreed.Events && pt == s.agreed.EventIn
}

// sort makes a frame of what is worth passing on.
func (l *Leg) sort(p packet, payload []byte) (frame, bool) {
	f := frame{from: l, ssrc: p.ssrc(), seq: p.seq(), ts: p.timestamp(), marker: p.marker()}
	if law := l.session.laws[p.pt()]; law != 0 {
		f.law, f.payload = audio.Law(law-1), payload
		return f, true
	}
	if l.session.agreed.Events && p.pt() == l.session.agreed.EventIn {
		f.press = l.in.keys.packet(p.timestamp(), payload)
		return f, f.press.state != noPress
	}
	return f, false
}

// deliver passes a frame on, with no lock held.
func (l *Leg) deliver(f frame, to route, now time.Time) {
	if f.press.state != noPress {
		l.deliverPress(f.press, to, now)
		return
	}
	to.tap.recording.add(to.tap.side, f, now)
	switch {
	case to.peer != nil:
		to.peer.forward(f, now)
	case to.seat != nil:
		to.seat.push(f, now)
	}
}

func (l *Leg) deliverPress(p press, to route, now time.Time) {
	if p.state == pressed {
		l.tell(Event{Kind: Digit, Digit: p.digit})
	}
	if to.peer != nil {
		to.peer.relayPress(p, now)
	}
}
