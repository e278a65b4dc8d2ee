package pbx

import (
	"bellwether/internal/dialplan"
	"bellwether/internal/sip"
)

// attended connects the party of this call to that of another call of the same telephone (RFC 3515 with Replaces, Rule T-18):
// the other call gives its leg, and this one takes it. The two tell each other through their mailboxes.
func (c *liveCall) attended(by *leg, replaces *sip.Leg) {
	asks := by.sip()
	var others []*liveCall
	for _, other := range c.pbx.running() {
		if other != c && other.ref.Project == c.ref.Project {
			others = append(others, other)
		}
	}
	anyOf(others, func(other *liveCall) bool { return other.give(replaces, c, by) }, func() { _ = asks.RefuseRefer(603) })
}

// give hands the leg over whom the telephone of a dialog talks with here; false where it is not of this call, or there is
// nobody to give.
func (c *liveCall) give(dialog *sip.Leg, to *liveCall, by *leg) bool {
	id, rings := c.legWith(dialog)
	switch {
	case id == 0:
		return false
	case rings:
		return c.pass(c.legs[id], to, by)
	}
	c.receiver = &receiver{to, by}
	c.step(dialplan.GiveAway{By: id})
	given := c.receiver == nil
	c.receiver = nil
	return given
}

// pass gives up the call of a telephone that transfers while whom it called still rings (semi-attended, RFC 5589 section 7): the other
// call rings them, as in a blind transfer (Rule T-18).
func (c *liveCall) pass(own *leg, to *liveCall, by *leg) bool {
	target, ok := c.target(c.state.Call.To)
	if !ok || own.in == nil || !to.post(func() { to.blind(by, target) }) {
		return false
	}
	own.in.Hangup(sip.Cause{SIP: 487, Text: "Transferred"})
	return true
}

// target is whom an employee means who dials or transfers; none where nobody is there, and none of the emergency services.
func (c *liveCall) target(dialled string) (dialplan.Target, bool) {
	d, ok := dialplan.ReadDialled(dialled, c.plan.Project.Country, c.state.Call.Staff)
	return dialplan.Target{Employee: d.Employee, Phone: d.Number}, ok && !d.Emergency
}

// blind lets a telephone go that asked for a transfer, and rings the target.
func (c *liveCall) blind(by *leg, to dialplan.Target) {
	acceptRefer(by)
	c.step(dialplan.Transfer{By: by.id, To: to})
}

// acceptRefer tells a telephone that what it asked for is done; one that is gone needs no answer.
func acceptRefer(l *leg) {
	_ = l.sip().AcceptRefer()
	_ = l.sip().Notify(200)
}

// receiver is the call that takes a leg, and the leg in whose place.
type receiver struct {
	call *liveCall
	by   *leg
}

// handOver moves a leg to the call that waits for it, with its dialog, audio and money.
func (c *liveCall) handOver(id dialplan.LegID) {
	l := c.leg(id)
	to := c.receiver
	c.receiver = nil
	moved := *l
	stop(l.beat, l.warn, l.cut)
	was := c.state.Legs[id-1]
	l.charging, l.record.Charging, l.over, l.dying = "", "", "", true
	l.record.EndedAt, l.record.Reason = c.pbx.Now(), "transferred"
	l.won, l.forks = nil, nil
	received := dialplan.Received{By: to.by.id, Role: was.Role, Employee: was.Employee, To: was.To, Charge: was.Charge, AnsweredAt: was.AnsweredAt}
	if moved.charging == "" {
		received.Charge = dialplan.Free
	}
	if !to.call.post(func() { to.call.receive(&moved, to.by, received) }) {
		to.call.lateLeg(&moved)
	}
}

// receive takes a leg that another call has given.
func (c *liveCall) receive(moved *leg, by *leg, e dialplan.Received) {
	if c.over {
		c.lateLeg(moved)
		return
	}
	e.Leg = c.state.NextLeg()
	moved.id, moved.plays, moved.beat, moved.warn, moved.cut, moved.end, moved.in = e.Leg, map[uint64]int{}, nil, nil, nil, 0, nil
	moved.record.N = int64(e.Leg)
	c.legs[e.Leg] = moved
	moved.won.at.Store(&seat{c, moved})
	acceptRefer(by)
	c.keepDialog(moved)
	if moved.charging != "" {
		c.extend(moved)
	}
	c.step(e)
	c.journal.progress()
}

// lateLeg ends a leg whose new call is over: settled from its answer.
func (c *liveCall) lateLeg(l *leg) {
	for _, f := range l.forks {
		c.part(f)
		f.sip.Hangup(reasonOf(dialplan.CauseNormal))
	}
	if l.charging != "" {
		l.record.N = int64(c.state.NextLeg())
		l.record.EndedAt = c.pbx.Now()
		c.settleLeg(l, dialplan.Settle{Leg: l.id, AnsweredAt: l.answered, EndedAt: c.pbx.Now(), Cause: dialplan.CauseNormal})
	}
}
