package pbx

import (
	"sync/atomic"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/sip"
	"bellwether/internal/trunk"
)

// replacement is a call that comes in to take the place of a leg of ours (RFC 3891): of a colleague's telephone that talks, as a telephone
// does to which it was transferred, or that rings, which is a pickup; or of a client's, whose exchange has transferred us (RFC 5589
// section 7.3).
type replacement struct {
	in       *sip.Incoming
	project  ident.ProjectID // of the employee who calls; empty for a trunk
	employee string
	over     trunk.Trunk // whose channel it takes; the zero value for a telephone
}

// replace looks for the leg in the calls that the caller may have heard of: to know a dialog's name is no right to it.
func (p *PBX) replace(in *sip.Incoming) error {
	r, err := p.replacementOf(in)
	if err != nil {
		return err
	}
	var calls []*liveCall
	for _, c := range p.running() {
		if r.over.ID != "" || c.ref.Project == r.project {
			calls = append(calls, c)
		}
	}
	anyOf(calls, func(c *liveCall) bool { return c.takes(r) }, func() {
		if r.over.ID != "" {
			p.bounds.free(trunk.BoundOf(r.over.ID))
		}
		refuse(in, 481)
	})
	return nil
}

// replacementOf finds out who calls: an employee, or the very trunk that the leg goes over.
func (p *PBX) replacementOf(in *sip.Incoming) (replacement, error) {
	r := replacement{in: in}
	if in.Trunk == "" {
		account, err := p.Staff.Account(p.ctx, in.Account, p.Now())
		r.project, r.employee = account.Project, string(account.Employee)
		return r, firstError(err, audible(in, trunk.Trunk{}))
	}
	if in.Replaces.Trunk != in.Trunk {
		return r, errs.New(errs.Denied, "pbx.replaces", "the call to be replaced goes another way")
	}
	network, err := p.Trunks.Network(p.ctx, p.Now())
	if err != nil {
		return r, err
	}
	line, ok := network.Trunk(trunk.ID(in.Trunk))
	switch {
	case !ok:
		return r, trunk.None(trunk.ID(in.Trunk))
	}
	if err := audible(in, line); err != nil {
		return r, err
	}
	if !p.bounds.takeNow(trunk.BoundOf(line.ID), line.MostChannels) {
		return r, errBusy
	}
	r.over = line
	return r, nil
}

// takes lets the replacement in, where the leg is of this call.
func (c *liveCall) takes(r replacement) bool {
	id, rings := c.legWith(r.in.Replaces)
	if id == 0 || rings && r.employee == "" {
		return false
	}
	next := c.state.NextLeg()
	c.attach(next, r.in, r.over)
	if rings {
		c.step(dialplan.Joined{Leg: next, Employee: r.employee, As: dialplan.AsPickup})
	} else {
		c.step(dialplan.Replaced{Leg: next, In: id, Employee: r.employee})
	}
	return true
}

// legWith is the leg that a dialog is of, and whether it is one that we dial; 0 where it is none of this call.
func (c *liveCall) legWith(dialog *sip.Leg) (id dialplan.LegID, rings bool) {
	for id, l := range c.legs {
		for _, f := range l.forks {
			if f.sip == dialog && !f.done {
				return id, l.won == nil
			}
		}
	}
	return 0, false
}

// anyOf asks calls, each in its mailbox, to do something that concerns one of them; nobody is called where it concerned none.
func anyOf(calls []*liveCall, does func(*liveCall) bool, nobody func()) {
	if len(calls) == 0 {
		nobody()
		return
	}
	var left atomic.Int64 // calls that it may still concern
	left.Store(int64(len(calls)))
	not := func() {
		if left.Add(-1) == 0 {
			nobody()
		}
	}
	for _, c := range calls {
		if !c.post(func() {
			if !does(c) {
				not()
			}
		}) {
			not()
		}
	}
}
