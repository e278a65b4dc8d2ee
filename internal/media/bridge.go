package media

import "bellwether/internal/errs"

// Bridge lets two legs hear each other. A leg that was in a room or another bridge leaves it; what plays to a leg goes on playing.
// Errors: media.leg_closed, media.same_leg.
func Bridge(a, b *Leg) error {
	if a == b {
		return errs.New(errs.Invalid, "media.same_leg", "a leg cannot be bridged to itself")
	}
	for _, leg := range []*Leg{a, b} {
		leg.leaveRoom()
		Unbridge(leg)
	}
	a.engine.mu.Lock()
	defer a.engine.mu.Unlock()
	if !a.join(b) {
		return errClosed
	}
	if !b.join(a) {
		a.join(nil)
		return errClosed
	}
	return nil
}

// Unbridge parts a leg from its peer; neither hears anything then but what is played to it.
func Unbridge(a *Leg) {
	a.engine.mu.Lock()
	defer a.engine.mu.Unlock()
	if peer := a.Peer(); peer != nil {
		a.join(nil)
		peer.join(nil)
	}
}

// Peer is the leg bridged to this one, or nil.
func (l *Leg) Peer() *Leg {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.route.peer
}

// join sets the peer; the engine's lock is held, so that both sides agree.
func (l *Leg) join(peer *Leg) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed && peer != nil {
		return false
	}
	l.route.peer = peer
	l.out.feed = feed{}
	return true
}
