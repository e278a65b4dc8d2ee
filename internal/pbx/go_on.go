package pbx

import (
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
)

// goOn gives legs that were left alone by the client a call of their own (Rule T-126): an internal one, with their dialogs and audio. What
// is free there was settled here; of what is charged the authorisation goes along.
func (c *liveCall) goOn(e dialplan.GoOn) {
	was := c.state.Call
	arrived := dialplan.Arrived{Kind: dialplan.Internal, Country: was.Country, Own: was.Own, Settings: was.Settings, Staff: was.Staff}
	moved := make([]*leg, len(e.Legs))
	for i, g := range e.Legs {
		l := c.state.Legs[g.Leg-1]
		moved[i] = c.release(c.leg(g.Leg), g.Free)
		talks := dialplan.Received{Leg: dialplan.LegID(i + 1), Role: dialplan.Inside, Employee: l.Employee, To: l.To, AnsweredAt: c.pbx.Now()}
		if moved[i].charging != "" {
			talks.Charge, talks.AnsweredAt = l.Charge, l.AnsweredAt
		}
		arrived.Talks = append(arrived.Talks, talks)
	}
	arrived.Employee, arrived.To = betweenWhom(arrived)
	next := c.pbx.begin(c.plan, call.Ref{Project: c.ref.Project, ID: call.NewID(c.pbx.Now())})
	next.post(func() { next.takeOver(moved, arrived) })
	for _, l := range moved {
		l.won.at.Store(&seat{next, l})
	}
}

// release takes a leg out of the call, as it will be in another.
func (c *liveCall) release(l *leg, free bool) *leg {
	stop(l.beat, l.warn, l.cut)
	moved := *l
	moved.plays, moved.beat, moved.warn, moved.cut, moved.end, moved.in = map[uint64]int{}, nil, nil, nil, 0, nil
	if free {
		moved.charging, moved.record.Charging = "", ""
	} else {
		l.charging, l.record.Charging, l.dying = "", "", true
	}
	l.record.EndedAt, l.record.Reason = c.pbx.Now(), "transferred"
	l.over, l.won, l.forks = "", nil, nil
	return &moved
}

// betweenWhom is the first colleague of a call, and the extension or the address of the next.
func betweenWhom(a dialplan.Arrived) (employee, to string) {
	for _, t := range a.Talks {
		e, known := a.Staff.Employee(t.Employee)
		switch {
		case known && employee == "":
			employee = e.ID
		case known && e.Extension != "":
			return employee, e.Extension
		case to == "":
			to = t.To.To
		}
	}
	return employee, to
}

// takeOver begins a call with legs that talked in another.
func (c *liveCall) takeOver(legs []*leg, arrived dialplan.Arrived) {
	for i, l := range legs {
		l.id = dialplan.LegID(i + 1)
		l.record.N, l.record.StartedAt = int64(l.id), c.pbx.Now()
		c.legs[l.id] = l
		c.keepDialog(l)
	}
	c.begins(arrived)
	for _, l := range legs {
		if l.charging != "" {
			c.extend(l)
		}
	}
	c.journal.progress()
}
