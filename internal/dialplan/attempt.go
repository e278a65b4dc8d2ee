package dialplan

import (
	"slices"
	"strconv"
)

// ring begins an attempt: the contacts of parties ring together, until one answers or the seconds are over.
func (r *run) ring(a Attempt, parties []party) {
	r.Serial++
	a.ID = r.Serial
	r.Attempts = append(r.Attempts, a)
	var legs []LegID
	for _, p := range parties {
		for _, at := range p.Contacts {
			role := Inside
			if a.For == ForSupervise {
				role = Supervisor
			}
			legs = append(legs, r.addLeg(Leg{Role: role, Employee: p.Employee, To: at, Attempt: a.ID, Charge: r.price(a.For, at)}))
		}
	}
	r.begin(a.ID, legs)
}

// ringOutside begins an attempt on a number outside.
func (r *run) ringOutside(a Attempt, number string, charge Charge) {
	r.Serial++
	a.ID = r.Serial
	r.Attempts = append(r.Attempts, a)
	id := r.addLeg(Leg{Role: Outside, To: Endpoint{Phone, number}, Attempt: a.ID, Charge: charge})
	r.begin(a.ID, []LegID{id})
}

func (r *run) begin(attempt int, legs []LegID) {
	if a := r.attempt(attempt); !a.Held {
		r.start(ringTimer(attempt), seconds(a.Seconds))
	}
	for _, id := range legs {
		r.ask(id)
	}
}

func ringTimer(attempt int) string { return "ring" + strconv.Itoa(attempt) }

// price is what a leg to a contact counts as in the price book. Between employees an account is free (Rule T-11).
func (r *run) price(why Purpose, at Endpoint) Charge {
	switch {
	case at.Kind != Phone && (why == ForSupervise || r.Call.Kind == Internal):
		return Free
	case at.Kind != Phone:
		return ChargeSIP
	case r.Call.Kind == Callback || r.Call.Kind == ClickToCall || r.Call.Kind == FromQueue:
		return ChargeManager
	}
	return ChargeForward
}

// release dials the legs of an attempt that was held.
func (r *run) release(attempt int) {
	a := r.attempt(attempt)
	if a == nil || !a.Held {
		return
	}
	a.Held = false
	r.start(ringTimer(attempt), seconds(a.Seconds))
	for _, id := range r.legsOf(attempt) {
		r.ready(id)
	}
}

func (r *run) legsOf(attempt int) []LegID {
	var legs []LegID
	for i := range r.Legs {
		if r.Legs[i].Attempt == attempt {
			legs = append(legs, r.Legs[i].ID)
		}
	}
	return legs
}

// over takes an attempt off the list; its legs but one go.
func (r *run) over(attempt int, winner LegID, cause Cause) {
	r.cancel(ringTimer(attempt))
	r.Attempts = slices.DeleteFunc(r.Attempts, func(a Attempt) bool { return a.ID == attempt })
	for _, id := range r.legsOf(attempt) {
		if id != winner {
			r.drop(id, cause)
		}
	}
}

// attemptCheck gives an attempt up once none of its legs is left.
func (r *run) attemptCheck(attempt int) {
	a := r.attempt(attempt)
	if a == nil {
		return
	}
	for _, id := range r.legsOf(attempt) {
		if r.leg(id).live() {
			return
		}
	}
	r.giveUp(*a, CauseNormal)
}

func (r *run) rangTooLong(timer string) {
	for _, a := range r.Attempts {
		if ringTimer(a.ID) == timer {
			r.note("ring.no_answer", "seconds", strconv.Itoa(a.Seconds))
			r.giveUp(a, CauseNoAnswer)
			return
		}
	}
}

// giveUp goes on after an attempt that nobody answered.
func (r *run) giveUp(a Attempt, cause Cause) {
	r.over(a.ID, 0, cause)
	switch a.For {
	case ForFirst:
		r.first()
	case ForStep:
		r.ringNext()
	case ForQueue:
		r.do(AnswerOffer{Offer: a.Offer})
	case ForNear:
		r.nobodyNear()
	case ForFar:
		r.nobodyFar()
	case ForTransfer:
		r.giveBack(a.Return)
	case ForReturn:
		r.end(CauseNoAnswer, reason("transfer.lost"))
	case ForConsult:
		r.note("consult.no_answer")
		r.backFromConsult()
	}
}

// won goes on with the leg that answered first; the others of its attempt go.
func (r *run) won(attempt int, id LegID) {
	a := r.attempt(attempt)
	if a == nil {
		r.drop(id, CauseElsewhere)
		return
	}
	was := *a
	r.over(attempt, id, CauseElsewhere)
	switch was.For {
	case ForFirst, ForStep, ForQueue:
		r.reached(was, id)
	case ForNear:
		r.nearAnswered(id)
	case ForFar:
		r.farAnswered(id)
	case ForTransfer, ForReturn:
		r.transferred(id)
	case ForConsult:
		r.consulting(id)
	case ForSupervise:
		r.supervised(id, was.As)
	case ForTake:
		r.fetched(id)
	}
}

// reached connects whoever answered a scheme.
func (r *run) reached(a Attempt, id LegID) {
	if a.For == ForQueue {
		r.do(AnswerOffer{Offer: a.Offer, By: r.leg(id).Employee})
		r.leaveQueue("")
	}
	if r.Near == 0 {
		r.Near = id
		r.callFar()
		return
	}
	r.talk(id)
}
