package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/ban"
	"bellwether/internal/store"
)

// bansEvery is how often a node says whom it shuts out, and does what operators decided (Rule T-127).
const bansEvery = 3 * time.Second

// mostBansSaid bounds what a node writes down: the latest say most.
const mostBansSaid = 1000

// syncBans spares whom operators spare, lets in whom they let in, and writes down who is shut out, where that has changed.
func (t *switchboard) syncBans(ctx context.Context) {
	if err := t.doBans(ctx); err != nil && ctx.Err() == nil {
		t.app.complain("telling who is shut out of SIP", err)
	}
}

func (t *switchboard) doBans(ctx context.Context) error {
	a := t.app
	spared, err := ban.SparedList(ctx, a.DB)
	if err != nil {
		return err
	}
	ranges := make([]netip.Prefix, len(spared))
	for i, s := range spared {
		ranges[i] = s.Prefix
	}
	t.stack.Spare(ranges)
	released, err := ban.Released(ctx, a.DB, a.Config.Node)
	if err != nil {
		return err
	}
	if held := t.held(); len(released) == 0 && t.said != nil && slices.Equal(held, t.said) {
		return nil
	}
	var said []ban.Held
	if err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if released, err = ban.Released(ctx, tx, a.Config.Node); err != nil {
			return err
		}
		said = slices.DeleteFunc(t.held(), func(h ban.Held) bool { return slices.Contains(released, h.Source) })
		return ban.Say(ctx, tx, a.Config.Node, said, a.clock())
	}); err != nil {
		return err
	}
	for _, source := range released {
		t.stack.Unban(source)
	}
	t.said = said
	return nil
}

// held is whom this node shuts out; never nil.
func (t *switchboard) held() []ban.Held {
	held := []ban.Held{}
	for _, b := range t.stack.Bans() {
		if len(held) < mostBansSaid {
			held = append(held, ban.Held{Node: t.app.Config.Node, Source: b.Source, Why: string(b.Why), Since: b.Since, Until: b.Until, Times: b.Times})
		}
	}
	return held
}
