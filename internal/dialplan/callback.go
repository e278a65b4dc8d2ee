package dialplan

import "slices"

// callBack begins a call that we make to both sides: a visitor's callback by a scheme, click-to-call by one employee, a
// caller who left a queue. The leg to the client and the first to an employee are authorised before either is dialled
// (Rule T-15).
func (r *run) callBack() {
	const patience = 45
	r.note("call.back", "kind", string(r.Call.Kind), "to", r.Call.To, "employee", r.Call.Employee)
	r.Phase = PhaseRoute
	if r.Call.Kind != Callback {
		r.Call.Scheme, r.Call.ClientFirst = only(Target{Employee: r.Call.Employee}), false
	}
	d, ok := ReadDialled(r.Call.To, r.Call.Country, nil)
	if !ok || d.Emergency {
		r.end(CauseForbidden, reason("call.bad_number", "to", r.Call.To))
		return
	}
	r.Call.To = d.Number
	if r.callerID() == "" {
		r.end(CauseForbidden, reason("call.no_caller_id"))
		return
	}
	if r.AfterHours = !r.Call.Opening.Open && r.Call.Closed != nil && r.Call.Kind == Callback; r.AfterHours {
		r.note("hours.after_hours_scheme")
	}
	why, charge := ForFar, ChargeClient
	if r.Call.ClientFirst {
		why = ForNear
	}
	if r.Call.Kind == ClickToCall {
		charge = ChargeOutbound
	}
	r.ringOutside(Attempt{For: why, Seconds: patience, Held: true}, r.Call.To, charge)
	r.enter(r.scheme().from(0))
}

// holding tells whether employees are only authorised yet: until the client is authorised, or where the client is called
// first until they listen.
func (r *run) holding() bool {
	if r.Call.ClientFirst {
		return r.Near == 0 || r.Phase == PhaseConsent
	}
	client := r.client()
	return client != nil && r.leg(client.Leg).State == LegAsked
}

// held is an attempt and its one leg.
type held struct {
	Attempt
	Leg LegID
}

// client is the attempt on the client that is not dialled yet; nil where there is none.
func (r *run) client() *held {
	a := r.attemptFor(ForNear, ForFar)
	if a == nil || !a.Held {
		return nil
	}
	return &held{*a, r.legsOf(a.ID)[0]}
}

// proceed dials what both sides are authorised for.
func (r *run) proceed() {
	client := r.client()
	if client == nil || r.leg(client.Leg).State != LegReserved {
		return
	}
	staff := r.attemptFor(ForStep)
	switch {
	case !r.Call.ClientFirst && staff != nil:
		r.release(staff.ID)
	case r.Call.ClientFirst && (r.Pending || staff != nil && slices.ContainsFunc(r.legsOf(staff.ID), r.reserved)):
		r.release(client.ID)
	}
}

func (r *run) reserved(id LegID) bool { return r.leg(id).State == LegReserved }

// callFar calls the client once an employee is there.
func (r *run) callFar() {
	client := r.client()
	if client == nil {
		r.end(CauseFailed, reason("call.client_gone"))
		return
	}
	r.note("call.client_rings", "to", r.Call.To)
	r.comfort(r.Near, "")
	r.release(client.ID)
}

// nearAnswered goes on with a client who was called first.
func (r *run) nearAnswered(id LegID) {
	r.Near = id
	r.announce(id)
}

// nearReady rings the employees for a client who listens.
func (r *run) nearReady() {
	if r.Pending {
		r.Pending = false
		r.enter(r.At)
		return
	}
	if staff := r.attemptFor(ForStep); staff != nil {
		r.comfort(r.Near, "")
		r.release(staff.ID)
	}
}

// nobodyNear ends a callback whose client did not answer.
func (r *run) nobodyNear() { r.end(CauseNoAnswer, reason("call.client_no_answer")) }

// nobodyFar ends a call whose other side did not answer.
func (r *run) nobodyFar() {
	cause := CauseNoAnswer
	switch {
	case isMoney(r.Result.Refusal):
		cause = CauseFunds
	case r.Result.Refusal != "":
		cause = CauseForbidden
	case r.Busy > 0:
		cause = CauseBusy
	case r.Full:
		cause = CauseFull
	case r.Failing:
		cause = CauseFailed
	case r.Broken > 0:
		cause = CauseUnreachable
	}
	r.end(cause, reason("call.far_"+string(cause)))
}

// farAnswered tells an outside party that the call is recorded, then connects.
func (r *run) farAnswered(id LegID) {
	if r.leg(id).Role == Outside && !r.Emergency {
		r.announce(id)
		return
	}
	r.talk(id)
}
