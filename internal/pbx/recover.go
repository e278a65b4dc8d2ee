package pbx

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/sip"
	"bellwether/internal/store"
)

const (
	beatEvery    = 5 * time.Second
	recoverEvery = 10 * time.Second
	mostDangling = 100
)

// beatForever notes that the calls of this node are alive (Rule T-36).
func (p *PBX) beatForever() {
	p.every(beatEvery, func(ctx context.Context) error {
		var refs []call.Ref
		for _, c := range p.running() {
			refs = append(refs, c.ref)
		}
		if len(refs) == 0 {
			return nil
		}
		return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return call.Beat(ctx, tx, p.Node, refs, p.Now()) })
	})
}

// recoverForever looks after the calls of nodes that died.
func (p *PBX) recoverForever() {
	p.every(p.RecoverEvery, p.Recover)
}

// every does something now and again until the PBX is closed.
func (p *PBX) every(period time.Duration, do func(context.Context) error) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		if err := do(p.ctx); err != nil && p.ctx.Err() == nil {
			p.Log.Error("the calls could not be looked after", "err", err)
		}
		select {
		case <-p.ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Recover settles the legs and closes the calls of nodes that died, at their last heartbeat, and ends the dialogs they left:
// else carriers would bill on (Rule T-36). It runs by itself every few seconds.
func (p *PBX) Recover(ctx context.Context) error {
	now := p.Now()
	if _, err := p.Charging.Recover(ctx, now); err != nil {
		return err
	}
	if _, err := call.Recover(ctx, p.DB, now); err != nil {
		return err
	}
	var left []call.Dangling
	if err := p.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		left, err = call.Danglings(ctx, q, mostDangling)
		return err
	}); err != nil {
		return err
	}
	for _, d := range left {
		p.endDialog(d)
		if err := p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return call.HungUpLeg(ctx, tx, d.Project, d.ID, d.Leg.N)
		}); err != nil {
			return err
		}
	}
	return nil
}

// endDialog sends the BYE that a node could not.
func (p *PBX) endDialog(d call.Dangling) {
	var state sip.State
	if err := json.Unmarshal([]byte(d.Leg.Dialog), &state); err != nil {
		p.Log.Error("a dialog cannot be read", "call", d.ID, "leg", d.Leg.N, "err", err)
		return
	}
	leg, err := p.Stack.Resume(state, func(*sip.Leg, sip.Event) {})
	if err != nil {
		p.Log.Warn("a dialog cannot be ended", "call", d.ID, "leg", d.Leg.N, "err", err)
		return
	}
	leg.Hangup(sip.Cause{Q850: 41, Text: "The node was lost"})
	p.Log.Info("a dialog of a lost node was ended", "call", d.ID, "leg", d.Leg.N)
}
