package dialplan

// fetch rings an employee who wants the call (Rule T-34).
func (r *run) fetch(e Take) {
	if !r.waits() || r.attemptFor(ForTake) != nil {
		return
	}
	parties := r.Call.Staff.parties([]Target{{Employee: e.Employee}})
	if len(parties) == 0 {
		r.note("transfer.nobody")
		return
	}
	r.note("take.rings", "employee", e.Employee)
	r.ring(Attempt{For: ForTake, Seconds: returnSeconds}, parties)
}

// waits tells whether a party waits for somebody: it rings elsewhere, waits in a queue, or is parked.
func (r *run) waits() bool {
	if !r.leg(r.Near).live() || r.Consulted != 0 || r.Phase != PhaseRoute && r.Phase != PhaseTalk {
		return false
	}
	return r.parked() || r.Waiting != nil || r.ringsSomebody() != nil
}

// ringsSomebody is the attempt by which a call rings whom its party waits for.
func (r *run) ringsSomebody() *Attempt {
	return r.attemptFor(ForFirst, ForStep, ForQueue, ForTransfer, ForReturn)
}

// fetched connects the employee who wanted the call, where nobody else has it by then.
func (r *run) fetched(id LegID) {
	if !r.waits() {
		r.drop(id, CauseElsewhere)
		return
	}
	r.takes(id, r.leg(id).Employee)
}

// takes gives the call that waits to whoever is there for it, and its queue back what it has offered.
func (r *run) takes(id LegID, employee string) {
	if r.parked() {
		r.note("call.unparked", "employee", employee)
		r.cancel(timerPark)
	} else {
		r.note("call.picked_up", "employee", employee)
	}
	for rings := r.attemptFor(ForQueue); rings != nil; rings = r.attemptFor(ForQueue) {
		offer := rings.Offer
		r.over(rings.ID, 0, CauseElsewhere)
		r.do(AnswerOffer{Offer: offer, By: employee})
	}
	r.talk(id)
}
