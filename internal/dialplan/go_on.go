package dialplan

import "slices"

// outsider tells whether a party from outside takes part.
func (r *run) outsider() bool {
	return slices.ContainsFunc(r.Parties, func(p Party) bool { return r.leg(p.Leg).Role == Outside && r.leg(p.Leg).live() })
}

// amongThemselves ends the call for the client who hung up; the colleagues who stay talk on in a call of their own (Rule T-126). A leg to
// an account of theirs costs nothing from then on; one to a number is charged on.
func (r *run) amongThemselves(client LegID) {
	var going []Going
	for _, wire := range r.Wires {
		r.do(Disconnect{Room: wire.Room})
	}
	r.Wires = nil
	r.stopRecording(r.Result.RecordedLeg)
	for _, p := range r.Parties {
		l := r.leg(p.Leg)
		if !p.speaks() || !l.up() {
			continue
		}
		r.quiet(p.Leg)
		going = append(going, Going{p.Leg, l.Incoming || l.To.Kind != Phone})
		l.State, l.EndedAt, l.Cause = LegEnded, r.at, CauseNormal
	}
	r.note("call.among_themselves")
	r.do(GoOn{going})
	for _, g := range going {
		if l := r.leg(g.Leg); g.Free {
			r.settle(l)
		} else if l.Money == MoneyHeld {
			l.Money = MoneyClosed
		}
	}
	r.Parties = slices.DeleteFunc(r.Parties, func(p Party) bool { return !r.leg(p.Leg).live() })
	r.Result.EndedBy = client
	r.end(CauseNormal, reason("call.hung_up"))
}

// talkOn is a call of those who talk already.
func (r *run) talkOn() {
	for _, who := range r.Call.Talks {
		r.handed(who)
	}
	r.Near = 1
	r.note("call.talk_on")
	r.talk(2)
	for id := LegID(3); int(id) <= len(r.Legs); id++ {
		r.Parties = append(r.Parties, Party{Leg: id})
		r.metWith(id)
	}
	r.arrange()
}
