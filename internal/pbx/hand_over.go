package pbx

import (
	"sync/atomic"

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
	var left atomic.Int64 // calls that may still have the dialog
	left.Store(int64(len(others)))
	notHere := func() {
		if left.Add(-1) <= 0 {
			_ = asks.RefuseRefer(603)
		}
	}
	for _, other := range others {
		if !other.post(func() {
			if !other.give(replaces, c, by) {
				notHere()
			}
		}) {
			notHere()
		}
	}
	if len(others) == 0 {
		notHere()
	}
}

// give hands the leg over whom the telephone of a dialog talks with here; false where it is not of this call, or there is
// nobody to give.
func (c *liveCall) give(dialog *sip.Leg, to *liveCall, by *leg) bool {
	for id, l := range c.legs {
		if l.won != nil && l.won.sip == dialog {
			c.receiver = &receiver{to, by}
			c.step(dialplan.GiveAway{By: id})
			given := c.receiver == nil
			c.receiver = nil
			return given
		}
	}
	return false
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
	_ = by.sip().AcceptRefer()
	_ = by.sip().Notify(200)
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
		c.legs[l.id] = l
		c.settle(dialplan.Settle{Leg: l.id, AnsweredAt: l.answered, EndedAt: c.pbx.Now(), Cause: dialplan.CauseNormal})
	}
}
