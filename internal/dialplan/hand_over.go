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

// replaced lets a call come in that is to take the place of a party (RFC 3891): one from outside once it is authorised, as every leg
// from there is (Rule T-11).
func (r *run) replaced(e Replaced) {
	if e.Leg != r.NextLeg() {
		return
	}
	in := r.leg(e.In)
	if r.other(e.In) == nil || r.party(e.In).As != "" || (in.Role == Outside) != (e.Employee == "") || r.Emergency {
		r.turnAway(Joined{Leg: e.Leg, Employee: e.Employee})
		return
	}
	l := Leg{Role: in.Role, Employee: e.Employee, Incoming: true, State: LegRinging, In: e.In}
	if in.Role != Outside {
		r.takePlace(r.addLeg(l))
		return
	}
	l.To, l.Charge, l.Money = Endpoint{Phone, r.Call.Number}, ChargeInbound, MoneyAsked
	id := r.addLeg(l)
	r.do(Authorise{Leg: id, Charge: l.Charge, To: l.To, Number: r.Call.Number})
}

// takePlace lets the party go in whose place a leg comes in, where that still talks. A party outside who was told of no recording, or
// not asked, is not recorded (Rule T-20).
func (r *run) takePlace(id LegID) {
	l := r.leg(id)
	other := r.other(l.In)
	if other == nil {
		r.drop(id, CauseUnreachable)
		return
	}
	if l.Role == Outside && r.Call.Settings.Recording.Mode != RecordSilently {
		r.MayRecord = false
	}
	r.note("transfer.replaced", "employee", r.leg(l.In).Employee)
	stays := other.Leg
	r.stopRecording(l.In)
	l.In = 0
	r.answer(id)
	r.leaveAlone(stays)
	r.talk(id)
}

// turnBack hangs up a leg that comes too late.
func (r *run) turnBack(e Received) {
	if e.Leg == r.NextLeg() {
		r.drop(r.handed(e), CauseNormal)
	}
}
