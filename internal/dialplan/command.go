package dialplan

import (
	"slices"
)

const (
	transferSeconds = 30
	returnSeconds   = 20
	parkSeconds     = 120
)

// other is the party whom by talks to, where there are just the two and nobody is consulted; nil else.
func (r *run) other(by LegID) *Party {
	if r.Phase != PhaseTalk || r.Consulted != 0 || r.party(by) == nil || r.speakers(0) != 2 || r.attemptFor(ForConsult) != nil {
		return nil
	}
	for i := range r.Parties {
		if p := &r.Parties[i]; p.Leg != by && p.speaks() && r.leg(p.Leg).up() {
			return p
		}
	}
	return nil
}

// leaveAlone lets everybody go but one party, who waits.
func (r *run) leaveAlone(stays LegID) {
	before := r.Parties
	r.Near, r.Consulted, r.Parties = stays, 0, []Party{{Leg: stays}}
	r.arrange()
	r.quiet(stays)
	for _, p := range before {
		if p.Leg != stays {
			r.drop(p.Leg, CauseNormal)
		}
	}
}

// transfer is a blind one: whoever transfers is gone at once. Where nobody answers the call goes back to that employee
// (Rule T-18).
func (r *run) transfer(e Transfer) {
	other := r.other(e.By)
	if other == nil {
		return
	}
	parties := r.Call.Staff.parties([]Target{e.To})
	if len(parties) == 0 {
		r.note("transfer.nobody")
		return
	}
	by := r.leg(e.By).Employee
	r.note("transfer.blind", "employee", by, "to", e.To.String())
	r.leaveAlone(other.Leg)
	r.comfort(r.Near, "")
	r.ring(Attempt{For: ForTransfer, Seconds: transferSeconds, By: e.By, Return: by}, parties)
}

// String is the target as it is written in a scheme.
func (t Target) String() string {
	if at, ok := t.endpoint(); ok {
		return at.To
	}
	return t.Employee + t.Department
}

// transferred connects whoever waits with whoever answered.
func (r *run) transferred(id LegID) {
	r.note("transfer.done", "employee", r.leg(id).Employee)
	r.talk(id)
}

// giveBack rings the employee who transferred or parked the call.
func (r *run) giveBack(employee string) {
	parties := r.Call.Staff.parties([]Target{{Employee: employee}})
	if len(parties) == 0 {
		r.end(CauseNoAnswer, reason("transfer.lost"))
		return
	}
	r.note("transfer.back", "employee", employee)
	r.comfort(r.Near, "")
	r.ring(Attempt{For: ForReturn, Seconds: returnSeconds}, parties)
}

// park lets whoever parks go; the other party hears music until somebody takes the call, or it rings back (Rule T-18).
func (r *run) park(by LegID) {
	other := r.other(by)
	if other == nil {
		return
	}
	r.Call.Employee = r.leg(by).Employee
	r.note("call.parked", "employee", r.Call.Employee)
	r.start(timerPark, seconds(parkSeconds))
	r.leaveAlone(other.Leg)
	r.play(r.Near, Sound{Kind: Music})
}

func (r *run) parkedTooLong() {
	r.note("call.parked_too_long")
	r.giveBack(r.Call.Employee)
}

// hold plays music to those whom by talks to, or brings them back.
func (r *run) hold(by LegID, held bool) {
	if r.Phase != PhaseTalk || r.Consulted != 0 || r.party(by) == nil || r.party(by).Held || r.party(by).As != "" {
		return
	}
	changed := false
	for i := range r.Parties {
		if p := &r.Parties[i]; p.Leg != by && p.As == "" && p.Held != held {
			p.Held, changed = held, true
		}
	}
	if changed {
		r.note(map[bool]string{true: "call.held", false: "call.resumed"}[held], "employee", r.leg(by).Employee)
		r.arrange()
	}
}

// consult puts the other party on hold and rings somebody for by.
func (r *run) consult(e Consult) {
	other := r.other(e.By)
	if other == nil || r.party(e.By).Held {
		return
	}
	parties := r.Call.Staff.parties([]Target{e.To})
	if len(parties) == 0 {
		r.note("transfer.nobody")
		return
	}
	r.note("consult.rings", "employee", r.leg(e.By).Employee, "to", e.To.String())
	other.Held = true
	r.Consulted = e.By
	r.party(e.By).Room = 1
	r.arrange()
	r.comfort(e.By, "")
	r.ring(Attempt{For: ForConsult, Seconds: transferSeconds, By: e.By, Return: r.leg(e.By).Employee}, parties)
}

// consulting connects whoever consults with whoever answered.
func (r *run) consulting(id LegID) {
	r.Parties = append(r.Parties, Party{Leg: id, Room: 1})
	r.note("consult.answered", "employee", r.leg(id).Employee)
	r.arrange()
}

// asked is whoever is consulted, once there.
func (r *run) asked() *Party {
	for i := range r.Parties {
		if p := &r.Parties[i]; p.Room == 1 && p.Leg != r.Consulted {
			return p
		}
	}
	return nil
}

// completeTransfer lets whoever consulted go. Whoever is consulted may still ring: then it is a blind transfer.
func (r *run) completeTransfer(by LegID) {
	if by == 0 || by != r.Consulted {
		return
	}
	r.note("transfer.attended", "employee", r.leg(by).Employee)
	left := *r.party(by)
	r.Parties = slices.DeleteFunc(r.Parties, func(p Party) bool { return p.Leg == by })
	r.handOver(left)
	r.drop(by, CauseNormal)
}

// handOver makes one conversation of the held party and whoever is consulted.
func (r *run) handOver(left Party) {
	if a := r.attemptFor(ForConsult); a != nil {
		a.For = ForTransfer
		for _, p := range r.Parties {
			if p.Held {
				r.leaveAlone(p.Leg)
				break
			}
		}
		r.comfort(r.Near, "")
		return
	}
	r.Consulted = 0
	for i := range r.Parties {
		r.Parties[i].Room, r.Parties[i].Held = 0, false
		if r.Parties[i].speaks() && r.Parties[i].Leg != left.Leg {
			r.Near = r.Parties[i].Leg
			r.metWith(r.Near)
		}
	}
	r.arrange()
	r.record()
	r.note("consult.over")
}

// leftConsult goes on when one of three in a consultation left.
func (r *run) leftConsult(left Party) {
	switch {
	case left.Leg == r.Consulted:
		r.note("transfer.attended", "employee", r.leg(left.Leg).Employee)
		r.handOver(left)
	case left.Room == 1:
		r.backFromConsult()
	default: // whoever was held
		if r.asked() == nil {
			r.Result.EndedBy = left.Leg
			r.end(CauseNormal, reason("call.hung_up"))
			return
		}
		if r.leg(left.Leg).Role == Outside && !r.outsider() {
			r.amongThemselves(left.Leg)
			return
		}
		r.handOver(left)
	}
}

// cancelConsult lets whoever is consulted go.
func (r *run) cancelConsult(by LegID) {
	if by == 0 || by != r.Consulted {
		return
	}
	r.note("consult.cancelled", "employee", r.leg(by).Employee)
	if a := r.attemptFor(ForConsult); a != nil {
		r.over(a.ID, 0, CauseCancelled)
	}
	if p := r.asked(); p != nil {
		id := p.Leg
		r.Parties = slices.DeleteFunc(r.Parties, func(p Party) bool { return p.Leg == id })
		r.drop(id, CauseNormal)
	}
	r.backFromConsult()
}

// backFromConsult connects whoever consulted with the party that was held.
func (r *run) backFromConsult() {
	r.quiet(r.Consulted)
	r.Consulted = 0
	for i := range r.Parties {
		r.Parties[i].Room, r.Parties[i].Held = 0, false
	}
	r.arrange()
	r.note("consult.over")
}

// merge makes one conversation of three.
func (r *run) merge(by LegID) {
	if by == 0 || by != r.Consulted || r.asked() == nil {
		return
	}
	r.note("call.three", "employee", r.leg(by).Employee)
	r.metWith(r.asked().Leg)
	r.metWith(by) // who has the call, still
	r.backFromConsult()
}

// supervise rings an employee who wants to hear the call (Rule T-19).
func (r *run) supervise(e Supervise) {
	if !r.talking() || !listens(e.As) {
		return
	}
	parties := r.Call.Staff.parties([]Target{{Employee: e.Employee}})
	if len(parties) == 0 {
		r.note("transfer.nobody")
		return
	}
	r.note("supervise.rings", "employee", e.Employee, "as", string(e.As))
	r.ring(Attempt{For: ForSupervise, Seconds: returnSeconds, As: e.As}, parties)
}

// talking tells whether people talk, and nobody waits for another.
func (r *run) talking() bool { return r.Phase == PhaseTalk && !r.waitsForAnother() }

func listens(as Joining) bool { return as == AsListener || as == AsWhisperer || as == AsSpeaker }

func (r *run) supervised(id LegID, as Joining) {
	if !r.talking() {
		r.drop(id, CauseNormal)
		return
	}
	r.note("supervise."+string(as), "employee", r.leg(id).Employee)
	r.Parties = append(r.Parties, Party{Leg: id, As: as})
	r.arrange()
}

// joined lets an employee in who dialled into the call, where there is what they want.
func (r *run) joined(e Joined) {
	if e.Leg != r.NextLeg() {
		return
	}
	switch {
	case e.As == AsPickup && r.ringsSomebody() != nil && !r.parked() && r.waits(), e.As == AsUnpark && r.parked():
		r.takes(r.comesIn(e, Inside), e.Employee)
	case listens(e.As) && r.talking():
		r.supervised(r.comesIn(e, Supervisor), e.As)
	default:
		r.turnAway(e)
	}
}

// comesIn adds the leg of an employee who dialled in, and answers it.
func (r *run) comesIn(e Joined, role Role) LegID {
	id := r.addLeg(Leg{Role: role, Employee: e.Employee, Incoming: true, State: LegRinging})
	r.answer(id)
	return id
}

// turnAway refuses whoever dialled in too late.
func (r *run) turnAway(e Joined) {
	if e.Leg == r.NextLeg() {
		id := r.addLeg(Leg{Role: Inside, Employee: e.Employee, Incoming: true, State: LegRinging})
		r.drop(id, CauseUnreachable)
	}
}
