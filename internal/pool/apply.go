package pool

import "time"

// apply makes the change that an event stands for and returns the event. Everything the allocator ever does to itself is done here, by
// Replay as by Lease, so the two cannot disagree.
func (a *Allocator) apply(e Event) Event {
	a.expire(e.At)
	s := a.slots[e.Number]
	switch e.Kind {
	case Joined:
		a.join(e)
	case Left:
		a.forget(s)
		s.in.remove(s)
		delete(a.slots, e.Number)
	case Leased, Returned, Taken:
		a.give(s, e)
	case Renewed:
		a.renew(s, e)
	case Ended:
		a.free.put(s, e.At)
	}
	a.counts.add(e)
	return e
}

// expire frees what was held until now or before, each since its own end, and wakes what has rested.
func (a *Allocator) expire(now time.Time) {
	if now.After(a.now) {
		a.now = now
	}
	for _, q := range []*queue{&a.live, &a.resting} {
		for q.len() > 0 && !q.first().due.After(a.now) {
			a.free.put(q.first(), q.first().due)
		}
	}
}

// renew moves the end of a hold, never backwards; a visit may have learnt meanwhile who its visitor is.
func (a *Allocator) renew(s *slot, e Event) {
	if e.Visitor != "" && e.Visitor != s.visitor {
		if a.visitors[s.visitor] == s {
			delete(a.visitors, s.visitor)
		}
		a.name(s, e.Visitor)
	}
	if e.Until.After(s.due) {
		a.live.put(s, e.Until)
	}
}

func (a *Allocator) join(e Event) {
	s := &slot{number: e.Number}
	a.slots[e.Number] = s
	if e.Until.After(e.At) {
		a.resting.put(s, e.Until)
		return
	}
	a.free.put(s, e.At)
}

// give makes a visit the holder of a number.
func (a *Allocator) give(s *slot, e Event) {
	a.forget(s)
	s.visit, s.visitor, s.from = e.Visit, "", e.At
	a.name(s, e.Visitor)
	a.live.put(s, e.Until)
}

// name lets a number be found by its visit and by the visitor who makes it.
func (a *Allocator) name(s *slot, visitor string) {
	a.visits[s.visit] = s
	if visitor != "" {
		s.visitor, a.visitors[visitor] = visitor, s
	}
}

// forget removes the last holder's claim on a number.
func (a *Allocator) forget(s *slot) {
	if a.visits[s.visit] == s {
		delete(a.visits, s.visit)
	}
	if a.visitors[s.visitor] == s {
		delete(a.visitors, s.visitor)
	}
}

func (c *Counts) add(e Event) {
	switch e.Kind {
	case Leased:
		c.Leases++
	case Returned:
		c.Leases++
		c.Returned++
	case Taken:
		c.Leases++
		c.Taken++
	case Overflowed:
		c.Overflowed += once(e)
	case Refused:
		c.Refused += once(e)
	}
}

// once is 1, or 0 for what has been counted before.
func once(e Event) int64 {
	if e.Again {
		return 0
	}
	return 1
}
