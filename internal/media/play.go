package media

import (
	"math/rand/v2"
	"time"

	"bellwether/internal/media/audio"
)

// playback is a clip on its way to a leg.
type playback struct {
	clip *audio.Clip
	id   uint64
	loop bool
	at   int // samples played
	next time.Time
	tail [480]byte
}

// lag is how late a frame may be before the playback goes on from now instead of catching up.
const lag = 100 * time.Millisecond

// Play lets the peer hear a clip, in place of whatever it heard: prompts, music while it is held, tones. It replaces what was playing. The
// number it gives comes back with PlayDone, unless Stop, another Play or Close comes first.
func (l *Leg) Play(clip *audio.Clip, loop bool) uint64 {
	id := rand.Uint64() | 1
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return id
	}
	l.out.playing = &playback{clip: clip, id: id, loop: loop, next: time.Now()}
	l.busy.Store(true)
	return id
}

// Stop ends what plays: the peer hears the bridge or the room again.
func (l *Leg) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.playing = nil
}

// advance sends what the clock says: keys, then sounds, then clips.
func (l *Leg) advance(now time.Time) {
	l.mu.Lock()
	o := &l.out
	var ended uint64
	if o.sound != nil && l.advanceClip(o.sound, now) {
		o.sound = nil
	}
	l.advanceKeys(now)
	if o.playing != nil && o.sound == nil && o.keys.digit == 0 && l.advanceClip(o.playing, now) {
		ended, o.playing = o.playing.id, nil
	}
	if !o.taken() {
		l.busy.Store(false)
	}
	l.mu.Unlock()
	if ended != 0 {
		l.tell(Event{Kind: PlayDone, Play: ended})
	}
}

// advanceClip sends the frames that are due, and is true once the last of them has been heard. Time passes for a peer that holds us too.
func (l *Leg) advanceClip(p *playback, now time.Time) bool {
	frame := l.frameTime()
	if now.Sub(p.next) > lag {
		p.next = now
	}
	size := int(frame * audio.Rate / time.Second)
	for !now.Before(p.next) {
		if p.over() {
			return true
		}
		l.speak(p.frame(l.session.law, size), l.session.law, p.at <= size, p.next)
		p.next = p.next.Add(frame)
	}
	return false
}

func (l *Leg) frameTime() time.Duration {
	if ms := l.session.agreed.Ptime; ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return 20 * time.Millisecond
}

func (p *playback) over() bool {
	length := len(p.clip.Bytes(audio.ULaw))
	return length == 0 || !p.loop && p.at >= length
}

// frame takes the next size samples; a loop goes on with its beginning, the rest of a last frame is silence.
func (p *playback) frame(law audio.Law, size int) []byte {
	sound := p.clip.Bytes(law)
	if start := p.at % len(sound); start+size <= len(sound) {
		p.at += size
		return sound[start : start+size]
	}
	out := p.tail[:size]
	for i := range out {
		if p.over() {
			out[i] = law.Silence()
		} else {
			out[i] = sound[p.at%len(sound)]
		}
		p.at++
	}
	return out
}
