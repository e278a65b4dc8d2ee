package dialplan

import "strconv"

// giveAway hands the other party over to another call and ends this one (Rule T-18). Whoever consults, is parked or does not
// talk with just one party keeps it.
func (r *run) giveAway(by LegID) {
	other := r.other(by)
	if other == nil || other.Held || r.party(by).As != "" || other.As != "" {
		return
	}
	id := other.Leg
	r.note("transfer.given_away", "leg", strconv.Itoa(int(id)))
	r.leaveAlone(id)
	r.stopRecording(id)
	l := r.leg(id)
	l.State, l.EndedAt, l.Cause = LegEnded, r.at, CauseNormal
	if l.Money == MoneyHeld {
		l.Money = MoneyClosed
	}
	r.do(HandOver{Leg: id})
	r.Parties = nil
	r.end(CauseNormal, reason("transfer.given_away"))
}

// received connects the party whom By talks with to the leg that another call has given.
func (r *run) received(e Received) {
	other := r.other(e.By)
	if e.Leg != r.NextLeg() {
		return
	}
	if other == nil {
		r.turnBack(e)
		return
	}
	stays := other.Leg
	r.note("transfer.attended", "employee", r.leg(e.By).Employee)
	id := r.handed(e)
	r.leaveAlone(stays)
	r.talk(id)
}

// handed adds a leg that another call has given, up and authorised as it was there.
func (r *run) handed(e Received) LegID {
	l := Leg{Role: e.Role, Employee: e.Employee, To: e.To, Charge: e.Charge, State: LegUp, AnsweredAt: e.AnsweredAt}
	if e.Charge != Free {
		l.Money = MoneyHeld
	}
	return r.addLeg(l)
}

// turnBack hangs up a leg that comes too late.
func (r *run) turnBack(e Received) {
	if e.Leg == r.NextLeg() {
		r.drop(r.handed(e), CauseNormal)
	}
}
