package media

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
)

// How rooms mix.
const (
	mixTime      = 20 * time.Millisecond
	mixFrames    = 160
	jitterFrames = 480 // 60 ms between arriving and being heard
	ringFrames   = 4096
	maxSeats     = 32
)

// Room mixes three and more legs: conference, and the supervisor who listens, whispers or barges in (Rule T-89).
type Room struct {
	engine *Engine
	loop   *loop
	begun  time.Time

	mu     sync.Mutex // before any leg's
	seats  []*seat
	mixed  int64 // frames mixed
	closed bool
}

type role uint8

const (
	speaker   role = iota // heard by all
	listener              // heard by nobody
	whisperer             // heard by one
)

// seat is a leg's place in a room.
type seat struct {
	room *Room
	leg  *Leg
	role role
	to   *Leg

	mu     sync.Mutex // innermost
	place  side
	ring   [ringFrames]int16
	played int64 // frames of the ring that were mixed
	frame  [mixFrames]int16
	last   [mixFrames]int16
	lost   int
}

// absent marks a sample that has not come: no law of G.711 knows it.
const absent = -32768

// Room opens an empty room.
func (e *Engine) Room() *Room {
	r := &Room{engine: e, loop: e.loops[rand.IntN(len(e.loops))], begun: time.Now()}
	r.loop.addRoom(r)
	return r
}

// Join seats a leg that hears everybody and is heard: a party, or a supervisor who barges in. Errors: media.room_full, media.leg_closed.
func (r *Room) Join(leg *Leg) error { return r.sit(leg, speaker, nil) }

// Listen seats a leg that hears everybody and is heard by nobody.
func (r *Room) Listen(leg *Leg) error { return r.sit(leg, listener, nil) }

// Whisper seats a leg that hears everybody and is heard by one.
func (r *Room) Whisper(leg, to *Leg) error { return r.sit(leg, whisperer, to) }

// sit gives a leg a seat, or another role in the one it has. The leg leaves its bridge, or another room.
func (r *Room) sit(leg *Leg, as role, to *Leg) error {
	if !leg.sitsIn(r) {
		leg.leaveRoom()
		Unbridge(leg)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errs.New(errs.Conflict, "media.room_closed", "the room is closed")
	}
	for _, s := range r.seats {
		if s.leg == leg {
			s.role, s.to = as, to
			return nil
		}
	}
	if len(r.seats) == maxSeats {
		return errs.New(errs.Conflict, "media.room_full", "the room has %d seats", maxSeats)
	}
	s := newSeat(r, leg, as, to)
	if !leg.take(s) {
		return errClosed
	}
	r.seats = append(r.seats, s)
	return nil
}

func newSeat(r *Room, leg *Leg, as role, to *Leg) *seat {
	s := &seat{room: r, leg: leg, role: as, to: to, place: side{limits: live}, played: r.mixed}
	for i := range s.ring {
		s.ring[i] = absent
	}
	return s
}

func (l *Leg) take(s *seat) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.route.seat, l.route.peer, l.out.feed = s, nil, feed{}
	return true
}

func (l *Leg) seat() *seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.route.seat
}

func (l *Leg) sitsIn(r *Room) bool {
	s := l.seat()
	return s != nil && s.room == r
}

// leaveRoom takes the leg out of its room, if it is in one.
func (l *Leg) leaveRoom() {
	if s := l.seat(); s != nil {
		s.room.Leave(l)
	}
}

// Leave takes a leg out. It hears nothing then; Bridge it, or play to it.
func (r *Room) Leave(leg *Leg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seats = slices.DeleteFunc(r.seats, func(s *seat) bool { return s.leg == leg })
	leg.mu.Lock()
	defer leg.mu.Unlock()
	if leg.route.seat != nil && leg.route.seat.room == r {
		leg.route.seat = nil
	}
}

// Close takes everybody out and ends the room.
func (r *Room) Close() {
	r.mu.Lock()
	r.closed = true
	seats := slices.Clone(r.seats)
	r.mu.Unlock()
	for _, s := range seats {
		r.Leave(s.leg)
	}
	r.loop.removeRoom(r)
}

func (r *Room) at(now time.Time) int64 {
	return int64(now.Sub(r.begun)) * audio.Rate / int64(time.Second)
}

// push takes a frame that has come.
func (s *seat) push(f frame, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pos := s.place.place(f.ssrc, f.ts, len(f.payload), s.room.at(now)) + jitterFrames
	if pos+int64(len(f.payload)) > s.played+ringFrames {
		return
	}
	for i, b := range f.payload {
		if at := pos + int64(i); at >= s.played {
			s.ring[at%ringFrames] = f.law.Decode(b)
		}
	}
}

// take moves the next frame out of the ring. A short loss is bridged by what was heard last, fading (G.711 appendix I in spirit).
func (s *seat) take() {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := 0
	for i := range s.frame {
		at := (s.played + int64(i)) % ringFrames
		s.frame[i] = s.ring[at]
		s.ring[at] = absent
		if s.frame[i] == absent {
			s.frame[i] = 0
			missing++
		}
	}
	s.played += mixFrames
	if missing < mixFrames {
		s.lost, s.last = 0, s.frame
		return
	}
	if s.lost++; s.lost > 2 {
		return
	}
	for i := range s.frame {
		s.frame[i] = s.last[i] >> s.lost
	}
}

// hears tells whether what s says reaches the seat.
func (s *seat) hears(other *seat) bool {
	switch {
	case s == other || other.role == listener:
		return false
	case other.role == whisperer:
		return other.to == s.leg
	}
	return true
}

// advance mixes the frames that are due. After a standstill it goes on from now.
func (r *Room) advance(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.at(now)
	if due-r.mixed > audio.Rate/2 {
		r.skip(due)
	}
	for due-r.mixed >= mixFrames {
		r.mix(r.begun.Add(time.Duration(r.mixed) * time.Second / audio.Rate))
		r.mixed += mixFrames
	}
}

func (r *Room) skip(to int64) {
	for r.mixed+mixFrames < to {
		for _, s := range r.seats {
			s.take()
		}
		r.mixed += mixFrames
	}
}

// mix makes the frame of a time on the room's grid, whenever the loop comes by.
func (r *Room) mix(now time.Time) {
	for _, s := range r.seats {
		s.take()
	}
	for _, s := range r.seats {
		var sum [mixFrames]int32
		for _, other := range r.seats {
			if s.hears(other) {
				for i, sample := range other.frame {
					sum[i] += int32(sample)
				}
			}
		}
		s.leg.hearMixed(&sum, now)
	}
}

// hearMixed sends a frame of the room, unless something better plays.
func (l *Leg) hearMixed(sum *[mixFrames]int32, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out.taken() || !l.open() {
		return
	}
	var payload [mixFrames]byte
	for i, sample := range sum {
		payload[i] = l.session.law.Encode(int16(max(-32767, min(32767, sample))))
	}
	l.speak(payload[:], l.session.law, now.Sub(l.out.at) > lag, now)
}
