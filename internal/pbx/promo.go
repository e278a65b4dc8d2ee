package pbx

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
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
	if code, ok := c.pad.press(key); ok && c.looksUpCodes() {
		asked := c.asked
		c.pbx.work.Go(func() { c.lookUp(asked, code) })
	}
}

// findCode looks up the code that a step of the scheme asked for (Rule T-124).
func (c *liveCall) findCode(e dialplan.FindCode) {
	if !c.looksUpCodes() {
		c.tell(dialplan.CodeFound{Serial: e.Serial, Found: dialplan.CodeUnasked})
		return
	}
	asked := c.asked
	c.pbx.work.Go(func() { c.tell(dialplan.CodeFound{Serial: e.Serial, Found: c.lookUp(asked, e.Code)}) })
}

// looksUpCodes tells whether there is call tracking, and the call came from outside.
func (c *liveCall) looksUpCodes() bool { return c.pbx.Promo != nil && c.asked.Number != "" }

// lookUp finds the visit behind a code, and joins the call with it.
func (c *liveCall) lookUp(asked Asked, code string) dialplan.CodeOutcome {
	ctx, cancel := context.WithTimeout(c.pbx.ctx, longestSearch)
	defer cancel()
	origin, err := c.pbx.Promo(ctx, asked, code)
	switch kind := errs.KindOf(err); {
	case err != nil && (kind == errs.NotFound || kind == errs.Invalid): // a slip of the finger, or no code at all
		return dialplan.CodeUnknown
	case err != nil:
		c.pbx.Log.Error("the code of a caller is not known", "call", c.ref.ID, "err", err)
		return dialplan.CodeUnasked
	case !origin.Known():
		return dialplan.CodeUnknown
	}
	c.journal.also(func(ctx context.Context, tx *store.Tx) error { return call.Attribute(ctx, tx, c.ref, origin) })
	return dialplan.CodeKnown
}
