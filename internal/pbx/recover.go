package pbx

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/sip"
	"bellwether/internal/store"
)

const (
	beatEvery    = 5 * time.Second
	recoverEvery = 10 * time.Second
	danglingPage = 500
	endedFor     = time.Hour // for how long a dialog is ended again whose peer does not answer
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
// else carriers would bill on (Rule T-36). It runs by itself every few seconds. What fails of one keeps none of the others
// waiting: a leg that cannot be priced must not leave a thousand others connected.
func (p *PBX) Recover(ctx context.Context) error {
	now := p.Now()
	_, unsettled := p.Charging.Recover(ctx, now)
	_, own := call.RecoverNode(ctx, p.DB, p.Node, p.started, now.Add(-p.ownSilence()))
	_, unclosed := call.Recover(ctx, p.DB, now)
	return errors.Join(unsettled, own, unclosed, p.endDialogs(ctx))
}

// ownSilence is after how long without a heartbeat calls of this node's earlier run are dead. A database that one process has for
// itself knows at once; elsewhere that run may still be draining.
func (p *PBX) ownSilence() time.Duration {
	if p.DB.Dialect() == store.SQLite {
		return 0
	}
	return 2 * beatEvery
}

// endDialogs ends what is left of calls that were closed, all at once.
func (p *PBX) endDialogs(ctx context.Context) error {
	var last call.Dangling
	for {
		var left []call.Dangling
		if err := p.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
			left, err = call.Danglings(ctx, q, last, danglingPage)
			return err
		}); err != nil {
			return err
		}
		for _, d := range left {
			p.endBeside(d)
		}
		if len(left) < danglingPage {
			return nil
		}
		last = left[len(left)-1]
	}
}

// leftLeg names a leg that a node left.
type leftLeg struct {
	call.Ref
	n int64
}

// endBeside ends a dialog, unless that is going on, and forgets it once its peer knows. Where the peer does not, the next Recover
// says it again, for an hour.
func (p *PBX) endBeside(d call.Dangling) {
	this := leftLeg{d.Ref, d.Leg.N}
	p.mu.Lock()
	going := p.ending[this]
	p.ending[this] = true
	p.mu.Unlock()
	if going {
		return
	}
	p.work.Go(func() {
		defer func() {
			p.mu.Lock()
			delete(p.ending, this)
			p.mu.Unlock()
		}()
		if err := p.endDialog(d); err != nil {
			p.Log.Warn("a dialog of a lost node may go on", "call", d.ID, "leg", d.Leg.N, "err", err)
			if p.Now().Sub(d.Leg.EndedAt) < endedFor {
				return
			}
		}
		if err := p.DB.Write(p.ctx, func(ctx context.Context, tx *store.Tx) error {
			return call.HungUpLeg(ctx, tx, d.Project, d.ID, d.Leg.N)
		}); err != nil && p.ctx.Err() == nil {
			p.Log.Error("a dialog is ended once more", "call", d.ID, "leg", d.Leg.N, "err", err)
		}
	})
}

// Ending counts the dialogs of lost nodes that are being ended.
func (p *PBX) Ending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ending)
}

// endDialog sends the BYE that a node could not, and waits for its answer. Nil too where nobody can send it.
func (p *PBX) endDialog(d call.Dangling) error {
	var state sip.State
	if err := json.Unmarshal([]byte(d.Leg.Dialog), &state); err != nil {
		p.Log.Error("a dialog cannot be read", "call", d.ID, "leg", d.Leg.N, "err", err)
		return nil
	}
	leg, err := p.Stack.Resume(state, func(*sip.Leg, sip.Event) {})
	if errors.Is(err, sip.ErrGone) || errs.CodeOf(err) == "sip.bad_state" {
		p.Log.Warn("a dialog cannot be ended", "call", d.ID, "leg", d.Leg.N, "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	heard := make(chan error, 1)
	leg.Goodbye(sip.Cause{Q850: 41, Text: "The node was lost"}, func(err error) { heard <- err })
	select {
	case err = <-heard:
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
	if err == nil {
		p.Log.Info("a dialog of a lost node was ended", "call", d.ID, "leg", d.Leg.N)
	}
	return err
}
