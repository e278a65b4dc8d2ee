package pool

import (
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// Kind says what an event did.
type Kind string

// The kinds of events.
const (
	// Joined: the number is part of the pool and may be leased from Until on.
	Joined Kind = "joined"
	// Left: the number is no longer part of the pool; a lease of it ended.
	Left Kind = "left"
	// Leased: the visit got the number that has been free the longest.
	Leased Kind = "leased"
	// Returned: the visit got the number that it, or its visitor, was the last to hold.
	Returned Kind = "returned"
	// Taken: no number was free; the visit got that of Lost, whose lease was the least recently used. An overload.
	Taken Kind = "taken"
	// Renewed: the visit keeps its number until Until.
	Renewed Kind = "renewed"
	// Ended: the visit gave its number back before its hold was over. A hold that runs out has no event.
	Ended Kind = "ended"
	// Overflowed: no number was free; the visit got the overflow number, which nobody leases. An overload.
	Overflowed Kind = "overflowed"
	// Refused: there is no number to give: the page goes on showing what it shows. An overload.
	Refused Kind = "refused"
)

// Event is an entry of a pool's log: what was decided, and all it takes to decide the same again.
type Event struct {
	Kind    Kind         `json:"kind"`
	At      time.Time    `json:"at"`
	Number  phone.Number `json:"number,omitempty"`  // empty where Refused
	Visit   string       `json:"visit,omitempty"`   // whom it is about
	Visitor string       `json:"visitor,omitempty"` // who made that visit
	Until   time.Time    `json:"until,omitzero"`    // end of the hold, or of the rest of a number that joined
	Lost    string       `json:"lost,omitempty"`    // the visit whose number was taken
	Again   bool         `json:"again,omitempty"`   // the visit has been counted as an overload before
}

// Overload reports whether the pool was dry.
func (e Event) Overload() bool { return e.Kind == Taken || e.Kind == Overflowed || e.Kind == Refused }

// Replay builds the state that a log leads to, oldest event first (Rule C-08). A log may be shortened to the joinings and, of each
// number, the latest lease with the Until that its renewals led to: the state is the same but for the counters. An entry that
// cannot have happened is an error with the code "pool.bad_log".
func Replay(policy Policy, log []Event) (*Allocator, error) {
	a := New(policy)
	for i, e := range log {
		if !a.possible(e) {
			return nil, errs.New(errs.Internal, "pool.bad_log", "entry %d of the log, %s of %s, does not follow from those before it", i+1, e.Kind, e.Number).
				With("entry", i+1).Try("replay the log from its first entry, in its order")
		}
		a.apply(e)
	}
	return a, nil
}

// possible reports whether an event can follow upon this state.
func (a *Allocator) possible(e Event) bool {
	if e.At.Before(a.now) {
		return false
	}
	a.expire(e.At)
	s, member := a.slots[e.Number]
	switch e.Kind {
	case Joined:
		return !member
	case Left:
		return member
	case Leased:
		return member && s.in == &a.free
	case Returned, Taken:
		return member && s.in != &a.resting
	case Renewed, Ended:
		return member && s.in == &a.live && s.visit == e.Visit
	case Overflowed, Refused:
		return true
	}
	return false
}
