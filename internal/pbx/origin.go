package pbx

import (
	"context"
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

// attribute finds where the call came from while it rings (Rule T-114).
func (c *liveCall) attribute(asked Asked) {
	asked.Call = c.ref
	c.post(func() { c.asked = asked })
	if c.pbx.Origin == nil {
		return
	}
	c.pbx.work.Go(func() {
		ctx, cancel := context.WithTimeout(c.pbx.ctx, longestSearch)
		defer cancel()
		origin, err := c.pbx.Origin(ctx, asked)
		switch {
		case err != nil:
			c.pbx.Log.Error("where a call came from is not known", "call", c.ref.ID, "err", err)
		case origin.Known():
			c.journal.also(func(ctx context.Context, tx *store.Tx) error { return call.Attribute(ctx, tx, c.ref, origin) })
		}
	})
}
