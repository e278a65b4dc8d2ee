package pbx

import (
	"context"
	"errors"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Asked is the call whose origin is asked for (Config.Origin).
type Asked struct {
	Call   call.Ref
	Number phone.Number // the project's, as it was dialled
	From   phone.Number // empty where the caller withheld it
	At     time.Time    // when the call came in
}

// longestSearch is how long an origin is searched for.
const longestSearch = 10 * time.Second

// ringsWithin is how long those who are told that a call rings wait for its origin: what is found later is told by itself.
const ringsWithin = 150 * time.Millisecond

// finding is an origin that is searched for.
type finding struct {
	over   chan struct{} // closed once the search is
	late   chan struct{} // closed when nobody waits for it any more
	origin call.Origin
}

// inTime waits for the origin, but no longer than those who are told that the call rings; false where it is not known then.
func (f *finding) inTime() bool {
	select {
	case <-f.over:
		return true
	case <-f.late:
	}
	select { // both, where whoever asks came late
	case <-f.over:
		return true
	default:
		return false
	}
}

// attribute finds where the call came from while it rings (Rule T-114), and tells that it rings (Rule W-11). It comes before anything else
// of the call.
func (c *liveCall) attribute(asked Asked) {
	asked.Call = c.ref
	c.asked, c.found = asked, &finding{over: make(chan struct{}), late: make(chan struct{})}
	time.AfterFunc(ringsWithin, func() { close(c.found.late) })
	c.pbx.work.Go(func() { c.search(asked) })
	c.pbx.work.Go(func() {
		if c.found.inTime() {
			c.journal.also(func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(c.origin(ctx, tx), c.rings(ctx, tx))
			})
			return
		}
		c.journal.also(c.rings)
		<-c.found.over
		c.journal.also(c.origin)
	})
}

// search asks for the origin.
func (c *liveCall) search(asked Asked) {
	defer close(c.found.over)
	if c.pbx.Origin == nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.pbx.ctx, longestSearch)
	defer cancel()
	origin, err := c.pbx.Origin(ctx, asked)
	if err != nil {
		c.pbx.Log.Error("where a call came from is not known", "call", c.ref.ID, "err", err)
		return
	}
	c.found.origin = origin
}

// origin writes down what was found.
func (c *liveCall) origin(ctx context.Context, tx *store.Tx) error {
	if !c.found.origin.Tracked() {
		return nil
	}
	return call.Attribute(ctx, tx, c.ref, c.found.origin)
}

// askOwner asks the CRM whose client calls, and tells it where the call came from where that is found in time (Rules T-05 and W-12). Those who
// are told that the call rings are told meanwhile.
func (c *liveCall) askOwner() {
	c.pbx.work.Go(func() {
		var known call.Origin
		if c.found.inTime() {
			known = c.found.origin
		}
		employee, came := c.pbx.Owner(c.pbx.ctx, c.asked, known)
		c.tell(dialplan.OwnerSaid{Employee: employee, Asked: came})
	})
}

// rings tells that a client's call rings.
func (c *liveCall) rings(ctx context.Context, tx *store.Tx) error { return call.Ring(ctx, tx, c.ref) }
