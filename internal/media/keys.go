package media

import (
	"encoding/binary"
	"strings"
	"time"

	"bellwether/internal/media/audio"
)

// keyNames are the digits by their event codes (RFC 4733 section 3.2).
const keyNames = "0123456789*#ABCD"

type pressState uint8

const (
	noPress pressState = iota
	pressed
	holding
	released
)

// press is what a packet says of a key.
type press struct {
	state pressState
	digit byte
}

type keyMethod uint8

const (
	byNothing keyMethod = iota
	byEvent             // RFC 4733
	byInfo              // SIP INFO
)

// keyListener makes one press of the many packets that tell of it. The way the first key came in is the way of the leg: phones that tell
// by RTP and by INFO are heard once (Rule T-85).
type keyListener struct {
	method keyMethod
	known  bool
	ts     uint32 // of the event at hand: it identifies a press (RFC 4733 section 2.5.1.2)
	digit  byte
	ended  bool
}

const eventBytes = 4

// packet reads an event packet.
func (k *keyListener) packet(ts uint32, payload []byte) press {
	if len(payload) < eventBytes || int(payload[0]) >= len(keyNames) || k.method == byInfo {
		return press{}
	}
	k.method = byEvent
	end := payload[1]&0x80 != 0
	switch {
	case k.known && int32(ts-k.ts) < 0:
		return press{} // of a press before
	case !k.known || ts != k.ts:
		*k = keyListener{method: byEvent, known: true, ts: ts, digit: keyNames[payload[0]], ended: end}
		return press{state: pressed, digit: k.digit} // its end, if this was it, is found by the sender's patience
	case end && !k.ended:
		k.ended = true
		return press{state: released, digit: k.digit}
	case k.ended:
		return press{}
	}
	return press{state: holding, digit: k.digit}
}

// Info tells the leg of a key that came by SIP INFO; false where it is none, or one that came by RTP too.
func (l *Leg) Info(digit byte) bool {
	if strings.IndexByte(keyNames, digit) < 0 {
		return false
	}
	l.mu.Lock()
	ours := !l.closed && l.in.keys.method != byEvent
	if ours {
		l.in.keys.method = byInfo
	}
	peer := l.route.peer
	l.mu.Unlock()
	if !ours {
		return false
	}
	l.tell(Event{Kind: Digit, Digit: digit})
	if peer != nil {
		_ = peer.SendDTMF(string(digit))
	}
	return true
}

// How keys are sent.
const (
	keyLength   = 100 * time.Millisecond
	keyPause    = 60 * time.Millisecond
	keyPatience = 150 * time.Millisecond // a press relayed whose end never comes
	keyStep     = 20 * time.Millisecond
	keyVolume   = 10 // -10 dBm0
	keyEnds     = 3  // the end is told thrice (RFC 4733 section 2.5.1.4)
)

// keySender sends presses: those queued, each for keyLength, and one that is relayed while it is held down.
type keySender struct {
	queue   string
	digit   byte // in progress; 0: none
	held    bool // relayed: ends when its sender says so
	ts      uint32
	begun   time.Time
	until   time.Time
	ends    int
	next    time.Time
	started bool
}

func (k *keySender) active() bool { return k.digit != 0 || k.queue != "" }

// relayPress repeats the peer's key on this leg, for as long as it is held (RFC 4733, generated anew; Rule T-85).
func (l *Leg) relayPress(p press, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.out.keys
	switch {
	case l.closed:
		return
	case p.state == holding:
		if k.held {
			k.until = now.Add(keyPatience)
		}
		return
	case !l.session.agreed.Events:
		if p.state == pressed {
			k.queue += string(p.digit)
		}
	case p.state == pressed && k.active():
		k.queue += string(p.digit)
	case p.state == pressed:
		k.begin(p.digit, now, keyPatience)
		k.held = true
	case k.held && k.digit == p.digit:
		k.held, k.until = false, now
	}
	l.busy.Store(true)
}

func (k *keySender) begin(digit byte, now time.Time, length time.Duration) {
	*k = keySender{queue: k.queue, digit: digit, begun: now, until: now.Add(length), next: now}
}

// advanceKeys sends what is due of the press at hand, or begins the next.
func (l *Leg) advanceKeys(now time.Time) {
	k := &l.out.keys
	if k.digit == 0 {
		if k.queue == "" || now.Before(k.next) {
			return
		}
		digit := k.queue[0]
		k.queue = k.queue[1:]
		if !l.session.agreed.Events {
			l.soundKey(digit, now)
			return
		}
		k.begin(digit, now, keyLength)
	}
	for k.digit != 0 && !now.Before(k.next) {
		l.sendKey(k)
		k.next = k.next.Add(keyStep)
	}
}

// sendKey sends one packet of the press; after the last of its ends there is a pause.
func (l *Leg) sendKey(k *keySender) {
	if !k.started {
		k.started, k.ts = true, l.out.later(k.next)
		l.out.ts, l.out.at = k.ts, k.next // the next press, or what is said next, comes after
		l.out.feed = feed{}
	}
	length := min(k.next.Sub(k.begun)+keyStep, 8*time.Second)
	if end := !k.next.Before(k.until); end {
		length = max(k.until.Sub(k.begun), 2*keyStep)
		k.ends++
	}
	var payload [eventBytes]byte
	payload[0], payload[1] = byte(strings.IndexByte(keyNames, k.digit)), keyVolume
	if k.ends > 0 {
		payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(length*audio.Rate/time.Second))
	l.out.seq++
	l.transmit(l.session.agreed.EventOut, k.next.Equal(k.begun), l.out.seq, k.ts, payload[:], l.session.law)
	if k.ends == keyEnds {
		k.digit = 0
		k.next = k.next.Add(keyPause)
	}
}

// soundKey plays a key for a peer without telephone events, in the place of whatever else goes there.
func (l *Leg) soundKey(digit byte, now time.Time) {
	clip, ok := audio.Digit(digit, keyLength)
	if !ok {
		return
	}
	l.out.sound = &playback{clip: clip, next: now}
	l.out.keys.next = now.Add(clip.Duration())
}

// SendDTMF sends keys to the peer: 0-9, *, #, A-D, one after the other. Errors: media.no_such_key.
func (l *Leg) SendDTMF(digits string) error {
	for i := range len(digits) {
		if strings.IndexByte(keyNames, digits[i]) < 0 {
			return errNoKey.At(digits[i : i+1])
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	if room := maxKeys - len(l.out.keys.queue); len(digits) > room {
		return errManyKeys
	}
	l.out.keys.queue += digits
	l.busy.Store(true)
	return nil
}
