package pool

import (
	"time"

	"bellwether/internal/phone"
)

// DefaultHold is how long a number stays with a visit after its last activity, where a pool does not say otherwise (Rule C-02).
const DefaultHold = 150 * time.Second

// Window is W: how long after a visit a call can be its call (Rule C-17), and how long a number rests that left a pool (Rule C-07).
const Window = 24 * time.Hour

// Policy is what a pool is told about itself.
type Policy struct {
	Hold       time.Duration // after the last activity; 0 is DefaultHold
	Overflow   phone.Number  // shown while no number is free; empty: the least recently used lease is taken
	LastNumber bool          // a returning visitor gets their last number, where nobody had it since (Rule C-04)
}

// Request asks for the number of a visit.
type Request struct {
	Visit   string // identifies the visit; never empty
	Visitor string // who makes it, where that is known; matters where the policy says LastNumber
	Waiting bool   // the visit was told before that the pool is dry, lost its number, or may be made up: it gets a free one but takes nobody's (Rules C-06, C-82)
}

// Allocator gives the numbers of one pool to visits. It is not safe for concurrent use. Times that go back are taken for the
// latest one seen.
type Allocator struct {
	policy   Policy
	now      time.Time
	slots    map[phone.Number]*slot
	visits   map[string]*slot // the slot that a visit holds, or was the last to hold
	visitors map[string]*slot // likewise by visitor, of those who are known
	free     queue            // by the moment since when they are free
	live     queue            // by the end of their hold
	resting  queue            // by the end of their rest
	counts   Counts
}

// Counts are what a pool has done since its log began.
type Counts struct {
	Leases     int64 `json:"leases"`     // visits that got a number of their own, returned and taken ones included
	Returned   int64 `json:"returned"`   // of them: visitors who got their last number
	Taken      int64 `json:"taken"`      // of them: from another visit, for want of a free one
	Overflowed int64 `json:"overflowed"` // visits that saw the overflow number
	Refused    int64 `json:"refused"`    // visits for which there was no number at all
}

// New is a pool without numbers.
func New(policy Policy) *Allocator {
	if policy.Hold <= 0 {
		policy.Hold = DefaultHold
	}
	return &Allocator{policy: policy, slots: map[phone.Number]*slot{}, visits: map[string]*slot{}, visitors: map[string]*slot{}}
}

// Join adds a number that may be leased from rested on: now, or once callers of its former use have forgotten it (Rule C-07). It
// reports false, and nothing happens, where the number is in the pool already.
func (a *Allocator) Join(number phone.Number, rested, at time.Time) (Event, bool) {
	if _, member := a.slots[number]; member {
		return Event{}, false
	}
	return a.apply(Event{Kind: Joined, At: a.clock(at), Number: number, Until: rested}), true
}

// Leave removes a number; a lease of it ends at once. It should rest for a Window before it joins another pool (Rule C-07). It reports false,
// and nothing happens, where the number is not in the pool.
func (a *Allocator) Leave(number phone.Number, at time.Time) (Event, bool) {
	s, member := a.slots[number]
	if !member {
		return Event{}, false
	}
	return a.apply(Event{Kind: Left, At: a.clock(at), Number: number, Visit: s.visit, Visitor: s.visitor}), true
}

// Lease says which number a visit sees from now on: the one it has, or had last where nobody has had it since (Rule C-03), its
// visitor's last one where the policy says so (Rule C-04), the one that has been free the longest (Rule C-01), or what an overload leaves (Rules C-05 and C-06). Each page and each heartbeat
// of a visit asks, which renews its hold.
func (a *Allocator) Lease(r Request, at time.Time) Event {
	e := Event{At: a.clock(at), Visit: r.Visit, Visitor: r.Visitor}
	a.expire(e.At)
	own, last := a.held(r.Visit), a.last(r)
	switch {
	case own != nil:
		e.Kind, e.Number = Renewed, own.number
	case last != nil:
		e.Kind, e.Number = Returned, last.number
	case a.free.len() > 0:
		e.Kind, e.Number = Leased, a.free.first().number
	default:
		return a.apply(a.dry(e, r))
	}
	if e.Until = e.At.Add(a.policy.Hold); own != nil && own.due.After(e.Until) {
		e.Until = own.due // the pool's hold was longer before
	}
	return a.apply(e)
}

// dry is what a visit gets where no number is free.
func (a *Allocator) dry(e Event, r Request) Event {
	switch {
	case a.policy.Overflow != "":
		e.Kind, e.Number, e.Again = Overflowed, a.policy.Overflow, r.Waiting
	case a.live.len() > 0 && !r.Waiting:
		lost := a.live.first()
		e.Kind, e.Number, e.Lost, e.Until = Taken, lost.number, lost.visit, e.At.Add(a.policy.Hold)
	default:
		e.Kind, e.Again = Refused, r.Waiting
	}
	return e
}

// End gives a visit's number back before its hold is over. It reports false, and nothing happens, where the visit holds none.
func (a *Allocator) End(visit string, at time.Time) (Event, bool) {
	e := Event{Kind: Ended, At: a.clock(at), Visit: visit}
	a.expire(e.At)
	own := a.held(visit)
	if own == nil {
		return Event{}, false
	}
	e.Number, e.Visitor = own.number, own.visitor
	return a.apply(e), true
}

// held is the slot that a visit has now, or nil.
func (a *Allocator) held(visit string) *slot {
	if s := a.visits[visit]; s != nil && s.in == &a.live && s.visit == visit {
		return s
	}
	return nil
}

// last is the slot that nobody had since this visit, or this visitor, or nil.
func (a *Allocator) last(r Request) *slot {
	if s := a.visitors[r.Visitor]; s != nil && a.policy.LastNumber {
		return s
	}
	return a.visits[r.Visit]
}

// clock is the time of an event: never before that of an earlier one.
func (a *Allocator) clock(at time.Time) time.Time {
	if at.Before(a.now) {
		return a.now
	}
	return at
}
