package dialplan

import (
	"slices"
	"strconv"
)

// addLeg adds a leg, and gives its number: pointers to legs do not outlive it.
func (r *run) addLeg(l Leg) LegID {
	l.ID = r.NextLeg()
	r.Legs = append(r.Legs, l)
	return l.ID
}

// ask asks for the authorisation of a leg that is to be dialled, or has it dialled where it costs nothing (Rule T-11). An
// emergency call waits for nobody (Rule T-12).
func (r *run) ask(id LegID) {
	l := r.leg(id)
	if l.To.Kind == Phone && r.callerID() == "" && !r.Emergency {
		l.State, l.Money = LegAsked, MoneyAsked
		r.refused(id, "dialplan.no_caller_id")
		return
	}
	if l.Charge == Free {
		l.State = LegReserved
		r.ready(id)
		return
	}
	l.State, l.Money = LegAsked, MoneyAsked
	r.do(Authorise{Leg: id, Charge: l.Charge, To: l.To, Number: r.Call.Number, Shown: r.shown(l)})
	if r.Emergency {
		l.State = LegReserved
		r.ready(id)
	}
}

// ready dials an authorised leg, unless its attempt is still held.
func (r *run) ready(id LegID) {
	l := r.leg(id)
	a := r.attempt(l.Attempt)
	if l.State != LegReserved || a == nil || a.Held {
		return
	}
	l.State = LegDialled
	r.Tried++
	r.note("leg.dialled", "leg", strconv.Itoa(int(id)), "to", l.To.To, "employee", l.Employee)
	r.do(Dial{Leg: id, To: l.To, Shown: r.shown(l), Caller: r.outsideNumber(), Seconds: a.Seconds})
}

func (r *run) authorised(id LegID) {
	l := r.leg(id)
	if l == nil || l.Money != MoneyAsked {
		return
	}
	l.Money = MoneyHeld
	switch {
	case l.State == LegEnded:
		r.settle(l)
	case l.State == LegAsked:
		l.State = LegReserved
		r.ready(id)
		r.proceed()
	case r.Phase == PhaseArrived && id == r.Near:
		r.admitted()
	case l.In != 0 && l.live():
		r.takePlace(id)
	}
}

// refused lets go of a leg that may not be dialled. An emergency call is never refused (Rule T-12).
func (r *run) refused(id LegID, code string) {
	l := r.leg(id)
	if l == nil || l.Money != MoneyAsked {
		return
	}
	l.Money = MoneyClosed
	if r.Emergency {
		return
	}
	r.note("leg.refused", "leg", strconv.Itoa(int(id)), "to", l.To.To, "employee", l.Employee, "code", code)
	r.Result.Refusal = code
	if l.Incoming {
		if r.Phase == PhaseArrived {
			r.end(CauseForbidden, reason("call.refused", "code", code))
		} else {
			r.drop(id, CauseForbidden)
		}
		return
	}
	if l.State == LegAsked {
		l.State, l.EndedAt, l.Cause = LegEnded, r.at, CauseForbidden
		r.Broken++
		r.attemptCheck(l.Attempt)
		if r.Phase == PhaseRoute {
			r.proceed()
		}
	}
}

// settle closes the authorisation of a leg that has ended: once.
func (r *run) settle(l *Leg) {
	if l.Money != MoneyHeld {
		return
	}
	l.Money = MoneyClosed
	r.do(Settle{Leg: l.ID, AnsweredAt: l.AnsweredAt, EndedAt: l.EndedAt, Cause: l.Cause})
}

func (r *run) rings(id LegID) {
	l := r.leg(id)
	if !l.live() || l.State != LegDialled {
		return
	}
	l.State = LegRinging
	r.note("leg.rings", "leg", strconv.Itoa(int(id)), "employee", l.Employee)
}

// early lets Near hear the network of the one leg that is called, as it announces why nobody answers.
func (r *run) early(id LegID) {
	l, near := r.leg(id), r.leg(r.Near)
	if !l.live() || l.Incoming || l.State == LegUp || !near.live() {
		return
	}
	a := r.attempt(l.Attempt)
	if l.State == LegDialled {
		l.State = LegRinging
	}
	if a != nil && a.For == ForFar {
		r.quiet(r.Near)
		r.do(PassEarly{From: id, To: r.Near})
	}
}

func (r *run) answered(id LegID) {
	l := r.leg(id)
	if l == nil || l.Incoming || l.State == LegEnded || l.State == LegUp || !l.AnsweredAt.IsZero() {
		return
	}
	switch l.State {
	case LegDialled, LegRinging:
		l.AnsweredAt, l.State = r.at, LegUp
		r.note("leg.answered", "leg", strconv.Itoa(int(id)), "employee", l.Employee)
		r.won(l.Attempt, id)
	case LegLeaving: // the answer crossed our cancel: the carrier counts from it, and so do we
		l.AnsweredAt = r.at
		r.do(Bye{Leg: id, Cause: CauseElsewhere})
	}
}

// answer answers a leg that came in, if it is not yet.
func (r *run) answer(id LegID) {
	if l := r.leg(id); l.live() && l.Incoming && l.State != LegUp {
		l.State, l.AnsweredAt = LegUp, r.at
		r.do(Answer{Leg: id})
	}
}

// drop asks for the end of a leg, whatever it does.
func (r *run) drop(id LegID, cause Cause) {
	l := r.leg(id)
	if !l.live() {
		return
	}
	r.quiet(id)
	l.Cause = cause
	was := l.State
	l.State = LegLeaving
	switch {
	case was == LegAsked || was == LegReserved:
		l.State, l.EndedAt = LegEnded, r.at
		r.settle(l)
	case was == LegUp:
		r.do(Bye{Leg: id, Cause: cause})
	case l.Incoming:
		r.do(Reject{Leg: id, Cause: cause})
	default:
		r.do(Cancel{Leg: id, Cause: cause})
	}
}

func (r *run) ended(e Ended) {
	id, cause := e.Leg, e.Cause
	l := r.leg(id)
	if l == nil || l.State == LegEnded || l.State == LegAsked || l.State == LegReserved {
		return
	}
	left := l.live()
	l.State, l.EndedAt, l.Playing = LegEnded, r.at, 0
	if left {
		l.Cause = cause
	}
	if e.Code != "" {
		r.note("leg.refused", "leg", strconv.Itoa(int(id)), "to", l.To.To, "employee", l.Employee, "code", e.Code)
	}
	r.note("leg.ended", "leg", strconv.Itoa(int(id)), "employee", l.Employee, "cause", string(l.Cause))
	r.settle(l)
	if left && r.Phase != PhaseEnding {
		r.lost(id, cause)
	}
}

// lost goes on without a leg that left by itself.
func (r *run) lost(id LegID, cause Cause) {
	l := r.leg(id)
	switch {
	case r.party(id) != nil:
		r.partyLeft(id)
	case id == r.Near:
		r.abandoned(cause)
	case id == r.Consenting:
		r.end(CauseNormal, reason("call.client_left"))
	case l.Attempt != 0:
		r.count(cause)
		r.attemptCheck(l.Attempt)
	}
}

// count counts how a leg that rang ended, for the result.
func (r *run) count(cause Cause) {
	switch cause {
	case CauseBusy:
		r.Busy++
	case CauseUnreachable, CauseForbidden:
		r.Broken++
	case CauseFull:
		r.Broken++
		r.Full = true
	case CauseFailed:
		r.Broken++
		r.Failing = true
	}
}

// fundsLow warns everybody who hears the leg whose funds end (Rule T-13).
func (r *run) fundsLow(id LegID) {
	if !r.leg(id).up() {
		return
	}
	r.note("funds.low", "leg", strconv.Itoa(int(id)))
	for _, other := range r.around(id) {
		if r.leg(other).up() {
			r.do(Warn{Leg: other})
		}
	}
}

// around are the leg itself and those it is connected with.
func (r *run) around(id LegID) []LegID {
	for _, wire := range r.Wires {
		var legs []LegID
		for _, part := range wire.Parts {
			legs = append(legs, part.Leg)
		}
		if slices.Contains(legs, id) {
			return legs
		}
	}
	return []LegID{id}
}

// fundsCut ends a leg whose funds are used up, as if it had hung up by itself.
func (r *run) fundsCut(id LegID) {
	if !r.leg(id).up() || r.Phase == PhaseEnding {
		return
	}
	r.note("funds.cut", "leg", strconv.Itoa(int(id)))
	r.Result.Cut = true
	r.drop(id, CauseFunds)
	r.lost(id, CauseFunds)
}

// play plays something to a leg, instead of what it hears.
func (r *run) play(id LegID, sound Sound) {
	l := r.leg(id)
	if !l.live() {
		return
	}
	r.Serial++
	l.Playing = r.Serial
	r.do(Play{Leg: id, Serial: r.Serial, Sound: sound})
}

// quiet stops what a leg is played.
func (r *run) quiet(id LegID) {
	if l := r.leg(id); l != nil && l.Playing != 0 && l.State != LegEnded {
		r.do(Quiet{Leg: id, Serial: l.Playing})
		l.Playing = 0
	}
}

// comfort lets whoever waits hear that somebody is rung: the ringing tone, or music.
func (r *run) comfort(id LegID, music string) {
	l := r.leg(id)
	switch {
	case !l.live() || l.Playing != 0:
	case music != "":
		r.play(id, Sound{Kind: Music, Name: music})
	case l.State == LegUp:
		r.play(id, Sound{Kind: Ringing})
	case l.Incoming && !l.Alerted:
		l.Alerted = true
		r.do(Alert{Leg: id})
	}
}
