package pbx

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// mostKeys a code has.
const mostKeys = 10

// keypad gathers what a caller keys between * and #: the code that the site shows them (Rule C-94).
type keypad struct {
	open bool
	keys string
}

// press takes a key; ok with a code once it is complete.
func (k *keypad) press(key string) (code string, ok bool) {
	switch {
	case key == "*":
		*k = keypad{open: true}
	case key == "#":
		code, ok = k.keys, k.open && k.keys != ""
		*k = keypad{}
	case k.open && len(k.keys) < mostKeys:
		k.keys += key
	default:
		*k = keypad{}
	}
	return code, ok
}

// keyed looks for a code in what the caller keys, at any moment of a call from outside. Whatever else the keys mean is not its concern.
func (c *liveCall) keyed(key string) {
	code, ok := c.pad.press(key)
	if !ok || c.pbx.Promo == nil || c.asked.Number == "" {
		return
	}
	asked := c.asked
	c.pbx.work.Go(func() {
		ctx, cancel := context.WithTimeout(c.pbx.ctx, longestSearch)
		defer cancel()
		origin, err := c.pbx.Promo(ctx, asked, code)
		switch kind := errs.KindOf(err); {
		case err != nil && (kind == errs.NotFound || kind == errs.Invalid): // a slip of the finger, or no code at all
		case err != nil:
			c.pbx.Log.Error("the code of a caller is not known", "call", c.ref.ID, "err", err)
		case origin.Known():
			c.journal.also(func(ctx context.Context, tx *store.Tx) error { return call.Attribute(ctx, tx, c.ref, origin) })
		}
	})
}
