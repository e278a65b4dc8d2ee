package dialplan

import (
	"slices"
	"time"
)

// Step is a call: what happened at an instant leads to the next state and to effects. It is pure: the same arguments give
// the same answer, and the state it was given stays as it was. Instants never go back within a call.
func Step(s State, at time.Time, e Event) (State, []Effect) {
	r := &run{State: s.clone(), at: at}
	r.take(e)
	r.finish()
	return r.State, r.effects
}

// run is one step of a call: its state while it changes, and the effects so far.
type run struct {
	State
	at      time.Time
	effects []Effect
}

func (r *run) do(e Effect) { r.effects = append(r.effects, e) }

func (r *run) note(code string, pairs ...string) { r.do(Note{reason(code, pairs...)}) }

// take lets through what is still of concern: nothing happens before a call arrives nor after it is done.
func (r *run) take(e Event) {
	if arrived, ok := e.(Arrived); ok {
		if r.Phase == PhaseNew {
			r.arrived(arrived)
		}
		return
	}
	if r.Phase == PhaseNew || r.Phase == PhaseDone || r.signalled(e) || r.charged(e) {
		return
	}
	if r.Phase == PhaseEnding {
		r.tooLate(e)
		return
	}
	if !r.waited(e) {
		r.commanded(e)
	}
}

// signalled takes what happens to legs.
func (r *run) signalled(e Event) bool {
	switch e := e.(type) {
	case Rings:
		r.rings(e.Leg)
	case Early:
		r.early(e.Leg)
	case Answered:
		r.answered(e.Leg)
	case Ended:
		r.ended(e)
	default:
		return false
	}
	return true
}

// charged takes what happens to money.
func (r *run) charged(e Event) bool {
	switch e := e.(type) {
	case Authorised:
		r.authorised(e.Leg)
	case Refused:
		r.refused(e.Leg, e.Code)
	case FundsLow:
		r.fundsLow(e.Leg)
	case FundsCut:
		r.fundsCut(e.Leg)
	default:
		return false
	}
	return true
}

// waited takes what the call has waited for: keys, sounds, timers and queues.
func (r *run) waited(e Event) bool {
	switch e := e.(type) {
	case Pressed:
		r.pressed(e.Leg, e.Key)
	case Played:
		r.played(e)
	case TimedOut:
		r.timedOut(e.Timer)
	case Queued:
		r.queued(e)
	case QueueFull:
		r.queueFull(e)
	case Offered:
		r.offered(e)
	case CodeFound:
		r.codeFound(e)
	case OwnerSaid:
		r.ownerSaid(e)
	default:
		return false
	}
	return true
}

// commanded takes what people want.
func (r *run) commanded(e Event) {
	switch e := e.(type) {
	case Joined:
		r.joined(e)
	case Transfer:
		r.transfer(e)
	case Consult:
		r.consult(e)
	case CompleteTransfer:
		r.completeTransfer(e.By)
	case CancelConsult:
		r.cancelConsult(e.By)
	case GiveAway:
		r.giveAway(e.By)
	case Received:
		r.received(e)
	case Replaced:
		r.replaced(e)
	case Merge:
		r.merge(e.By)
	case Hold:
		r.hold(e.By, true)
	case Resume:
		r.hold(e.By, false)
	case Park:
		r.park(e.By)
	case Supervise:
		r.supervise(e)
	case Take:
		r.fetch(e)
	case Stop:
		r.stop(e.By)
	}
}

// tooLate answers what must not stay unanswered though the call ends.
func (r *run) tooLate(e Event) {
	switch e := e.(type) {
	case Offered:
		r.do(AnswerOffer{Offer: e.Offer})
	case Joined:
		r.turnAway(e)
	case Received:
		r.turnBack(e)
	case Replaced:
		r.turnAway(Joined{Leg: e.Leg, Employee: e.Employee})
	}
}

// start starts a timer, instead of one of the same name.
func (r *run) start(name string, after time.Duration) {
	r.cancel(name)
	r.Serial++
	timer := Timer{name, r.Serial}
	r.Timers = append(r.Timers, timer)
	r.do(StartTimer{timer, after})
}

// cancel stops a timer that runs.
func (r *run) cancel(name string) {
	r.Timers = slices.DeleteFunc(r.Timers, func(t Timer) bool {
		if t.Name == name {
			r.do(StopTimer{t})
		}
		return t.Name == name
	})
}

func (r *run) timedOut(t Timer) {
	i := slices.Index(r.Timers, t)
	if i < 0 {
		return
	}
	r.Timers = slices.Delete(r.Timers, i, i+1)
	switch t.Name {
	case timerKeys:
		r.keysDone()
	case timerSilence:
		r.menuSilence()
	case timerConsent:
		r.consented(false)
	case timerWait:
		r.waitedTooLong()
	case timerPlace:
		r.tellPlace()
	case timerMessage:
		r.messageDone()
	case timerPark:
		r.parkedTooLong()
	case timerCode:
		r.codeTimedOut()
	case timerOwner:
		r.greet(OwnerSaid{Asked: AskedLate})
	default:
		r.rangTooLong(t.Name)
	}
}

// The names of timers; those of attempts are "ring" and their number.
const (
	timerKeys    = "keys"
	timerSilence = "silence"
	timerConsent = "consent"
	timerWait    = "wait"
	timerPlace   = "place"
	timerMessage = "message"
	timerPark    = "park"
	timerCode    = "code"
	timerOwner   = "owner"
)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
