package pbx

import (
	"context"
	"errors"
	"time"

	"bellwether/internal/call"
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

// attribute finds where the call came from while it rings (Rule T-114), and tells that it rings (Rule W-11).
func (c *liveCall) attribute(asked Asked) {
	asked.Call = c.ref
	c.post(func() { c.asked = asked })
	if c.pbx.Origin == nil {
		c.journal.also(c.rings)
		return
	}
	found := make(chan report, 1)
	c.pbx.work.Go(func() { found <- c.search(asked) })
	c.pbx.work.Go(func() {
		select {
		case attribute := <-found:
			c.journal.also(func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(attribute(ctx, tx), c.rings(ctx, tx))
			})
		case <-time.After(ringsWithin):
			c.journal.also(c.rings)
			c.journal.also(<-found)
		}
	})
}

// search asks for the origin, and gives what writes it down.
func (c *liveCall) search(asked Asked) report {
	ctx, cancel := context.WithTimeout(c.pbx.ctx, longestSearch)
	defer cancel()
	origin, err := c.pbx.Origin(ctx, asked)
	if err != nil {
		c.pbx.Log.Error("where a call came from is not known", "call", c.ref.ID, "err", err)
	}
	if err != nil || !origin.Tracked() {
		return func(context.Context, *store.Tx) error { return nil }
	}
	return func(ctx context.Context, tx *store.Tx) error { return call.Attribute(ctx, tx, c.ref, origin) }
}

// rings tells that a client's call rings.
func (c *liveCall) rings(ctx context.Context, tx *store.Tx) error { return call.Ring(ctx, tx, c.ref) }
