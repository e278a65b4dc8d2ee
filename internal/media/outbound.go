package media

import (
	"net/netip"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
)

const maxKeys = 64

var errNoKey = errs.New(errs.Invalid, "media.no_such_key", "no telephone has that key").Try("0 to 9, *, #, A to D")

var errManyKeys = errs.New(errs.Invalid, "media.too_many_keys", "more than %d keys wait to be sent", maxKeys)

// outbound is one stream to the peer, of one SSRC and one clock, whoever speaks in it (Rule T-83).
type outbound struct {
	ssrc     uint32
	seq      uint16
	ts       uint32
	at       time.Time // of the last packet: sequence, timestamp and when
	feed     feed
	playing  *playback
	sound    *playback // a key as sound, before anything else
	keys     keySender
	packets  uint32
	octets   uint32
	failed   uint64
	reported time.Time // the last RTCP
	buffer   [maxPacket]byte
	sealed   [maxPacket]byte
}

// feed maps a source's numbers to the stream's.
type feed struct {
	from  *Leg
	ssrc  uint32
	first uint16 // of the source
	seq   uint16 // to be added
	ts    uint32
}

// clock is the stream's timestamp at now.
func (o *outbound) clock(now time.Time) uint32 {
	if o.at.IsZero() {
		return o.ts
	}
	return o.ts + uint32(max(0, now.Sub(o.at))*audio.Rate/time.Second)
}

// later is the timestamp of something new at now: after what was sent last, never the same.
func (o *outbound) later(now time.Time) uint32 {
	ts := o.clock(now)
	if !o.at.IsZero() && int32(ts-o.ts) < 40 {
		return o.ts + 40
	}
	return ts
}

// adopt begins a source: its first frame follows what was sent last, at the time that has passed since.
func (o *outbound) adopt(f frame, now time.Time) {
	ts := o.later(now)
	o.feed = feed{from: f.from, ssrc: f.ssrc, first: f.seq, seq: o.seq + 1 - f.seq, ts: ts - f.ts}
}

// destination is where the leg sends: nowhere, the zero value, before it has heard a peer whose description hides where it is. It holds l.mu.
func (l *Leg) destination() netip.AddrPort {
	switch remote := l.session.agreed.Remote; {
	case l.in.latch.latched():
		return l.in.latch.source
	case hidden(remote.Addr(), l.from):
		return netip.AddrPort{}
	default:
		return remote
	}
}

// open tells whether the peer is to hear anything now.
func (l *Leg) open() bool {
	return !l.closed && l.session.ready && l.session.agreed.Direction.Sends()
}

// taken tells whether the stream has something better than the peer's voice.
func (o *outbound) taken() bool { return o.playing != nil || o.sound != nil || o.keys.active() }

// forward sends a frame of another leg on, as it came: its gaps and its jitter are for the receiver to mend.
func (l *Leg) forward(f frame, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &l.out
	if !l.open() || o.taken() {
		o.feed = feed{}
		return
	}
	fresh := o.feed.from != f.from || o.feed.ssrc != f.ssrc
	if fresh {
		o.adopt(f, now)
	}
	if int16(f.seq-o.feed.first) < 0 {
		return // of before the source began to be heard: its number is another's
	}
	seq, ts := f.seq+o.feed.seq, f.ts+o.feed.ts
	l.send(f.payload, f.law, fresh || f.marker, seq, ts)
	if int16(seq-o.seq) > 0 || o.at.IsZero() {
		o.seq, o.ts, o.at = seq, ts, now
	}
	// Numbers move on by half their range in eleven minutes: keep the beginning behind.
	if f.seq-o.feed.first > 1<<14 {
		o.feed.first = f.seq - 1<<13
	}
}

// speak sends audio of our own, the next frame of the stream at now.
func (l *Leg) speak(payload []byte, law audio.Law, marker bool, now time.Time) {
	if !l.open() {
		return
	}
	o := &l.out
	ts := o.later(now)
	o.seq++
	o.feed = feed{}
	l.send(payload, law, marker, o.seq, ts)
	o.ts, o.at = ts, now
}

// send sends a payload in the peer's law.
func (l *Leg) send(payload []byte, law audio.Law, marker bool, seq uint16, ts uint32) {
	l.transmit(l.session.agreed.Send.PT, marker, seq, ts, payload, law)
}

// transmit composes, seals and sends a packet. A payload in another law than the stream's is crossed on the way.
func (l *Leg) transmit(pt uint8, marker bool, seq uint16, ts uint32, payload []byte, law audio.Law) {
	o := &l.out
	if !l.open() || len(payload) > maxPacket-headerBytes {
		return
	}
	p := packet(o.buffer[:headerBytes+len(payload)])
	p.put(pt, marker, seq, ts, o.ssrc)
	copy(p[headerBytes:], payload)
	if law != l.session.law {
		law.Cross(p[headerBytes:])
	}
	if err := l.ship(p); err != nil {
		o.failed++
		return
	}
	o.packets++
	o.octets += uint32(len(payload))
}

func (l *Leg) ship(p packet) error {
	if l.browser != nil {
		return l.browser.write(p)
	}
	to := l.destination()
	if !to.Addr().IsValid() || to.Addr().IsUnspecified() || to.Port() == 0 {
		return errNowhere
	}
	if l.session.sealing.active() {
		sealed, err := l.session.sealing.sealRTP(l.out.sealed[:0], p)
		if err != nil {
			return err
		}
		return l.rtp.send(sealed, to)
	}
	return l.rtp.send(p, to)
}

var errNowhere = errs.New(errs.Unavailable, "media.nowhere", "the peer's address is not known yet")
