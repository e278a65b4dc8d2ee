package dialplan

import (
	"slices"
)

// talk connects Near with somebody who answered: the conversation begins.
func (r *run) talk(with LegID) {
	r.leaveQueue("")
	r.Menu, r.Asking, r.Phase, r.Consenting = nil, nil, PhaseTalk, 0
	r.cancel(timerCode)
	for _, a := range slices.Clone(r.Attempts) {
		r.over(a.ID, 0, CauseElsewhere)
	}
	r.answer(r.Near)
	if r.TalkAt.IsZero() {
		r.TalkAt = r.at
	}
	r.Parties = []Party{{Leg: r.Near}, {Leg: with}}
	r.note("call.connected", "employee", r.leg(with).Employee)
	r.metWith(r.Near)
	r.metWith(with)
	r.arrange()
	r.record()
}

// metWith takes down which employees took part: whoever did last stands last, and has the call (Rule T-101).
func (r *run) metWith(id LegID) {
	if e := r.leg(id).Employee; e != "" {
		before := slices.DeleteFunc(slices.Clone(r.Result.Employees), func(other string) bool { return other == e })
		r.Result.Employees = append(before, e)
	}
}

// record begins the recording of the party outside, where it may be recorded (Rule T-20). A talk within the project is not.
func (r *run) record() {
	if !r.MayRecord || r.Recording {
		return
	}
	for _, p := range r.Parties {
		if l := r.leg(p.Leg); l.Role == Outside && l.up() {
			r.Recording = true
			r.Result.RecordedLeg = p.Leg
			r.do(Record{Leg: p.Leg})
			return
		}
	}
}

// stopRecording ends the recording, where it is that of a leg.
func (r *run) stopRecording(id LegID) {
	if r.Recording && id == r.Result.RecordedLeg {
		r.Recording = false
		r.do(StopRecording{Leg: id})
	}
}

// partyLeft goes on with those who stay: two who speak, or somebody who waits for another; else the call ends.
func (r *run) partyLeft(id LegID) {
	left := *r.party(id)
	r.Parties = slices.DeleteFunc(r.Parties, func(p Party) bool { return p.Leg == id })
	if left.As != "" && left.As != AsSpeaker {
		r.arrange()
		return
	}
	switch {
	case r.Consulted != 0:
		r.leftConsult(left)
	case r.leg(id).Role == Outside && r.speakers(0) > 1 && !r.outsider():
		r.amongThemselves(id)
	case r.speakers(0) > 1:
		r.arrange()
	case r.speakers(0) == 1 && r.waitsForAnother():
		r.arrange()
	default:
		r.Result.EndedBy = id
		r.end(CauseNormal, reason("call.hung_up"))
	}
}

// speakers counts who speaks in a room, held or not.
func (r *run) speakers(room int) (n int) {
	for _, p := range r.Parties {
		if p.Room == room && p.speaks() && r.leg(p.Leg).live() {
			n++
		}
	}
	return n
}

// waitsForAnother tells whether a call that one party is left of goes on: it is transferred, or parked.
func (r *run) waitsForAnother() bool {
	return r.attemptFor(ForTransfer, ForReturn) != nil || r.parked()
}

func (r *run) parked() bool {
	return slices.ContainsFunc(r.Timers, func(t Timer) bool { return t.Name == timerPark })
}

// abandoned ends a call whose Near went before anybody talked.
func (r *run) abandoned(cause Cause) {
	r.Result.EndedBy = r.Near
	if cause == CauseFunds {
		r.end(CauseFunds, reason("call.funds"))
		return
	}
	r.end(CauseCancelled, reason("call.abandoned"))
}

// stop ends the call for somebody: for all, where fewer than two would stay.
func (r *run) stop(by LegID) {
	if p := r.party(by); p != nil && r.leg(by).live() {
		r.drop(by, CauseNormal)
		r.partyLeft(by)
		return
	}
	if by == 0 || by == r.Near {
		r.Result.EndedBy = by
		r.end(CauseNormal, reason("call.stopped"))
	}
}

// end ends the call: everybody is let go, and nothing stays open.
func (r *run) end(cause Cause, why Reason) {
	if r.Phase == PhaseEnding {
		return
	}
	r.outcome(cause, why)
	r.note("call.ends", "why", why.Code, "status", string(r.Result.Status))
	r.endMessage()
	r.leaveQueue("")
	for _, a := range slices.Clone(r.Attempts) {
		r.over(a.ID, 0, CauseCancelled)
	}
	for len(r.Timers) > 0 {
		r.cancel(r.Timers[0].Name)
	}
	for _, wire := range r.Wires {
		r.do(Disconnect{Room: wire.Room})
	}
	r.stopRecording(r.Result.RecordedLeg)
	r.Phase, r.Wires, r.Parties, r.Menu, r.Consulted, r.Consenting = PhaseEnding, nil, nil, nil, 0, 0
	r.Asking = nil
	for i := range r.Legs {
		r.drop(LegID(i+1), cause)
	}
}

// finish tells the result once nobody is left and no money is open.
func (r *run) finish() {
	if r.Phase != PhaseEnding {
		return
	}
	for i := range r.Legs {
		if l := &r.Legs[i]; l.State != LegEnded || l.Money == MoneyAsked || l.Money == MoneyHeld {
			return
		}
	}
	r.Phase = PhaseDone
	r.Result.EndedAt = r.at
	r.do(Finish{Result: r.Result})
}
