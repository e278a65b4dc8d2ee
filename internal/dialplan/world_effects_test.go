package dialplan_test

import (
	"fmt"
	"slices"
	"time"

	"bellwether/internal/dialplan"
)

// carryOut does what the call asks for, and watches what it asks.
func (w *world) carryOut(e dialplan.Effect) {
	if w.finished > 0 {
		w.fail("%T after the result", e)
	}
	if id := legOf(e); id != 0 {
		if l := w.legs[id]; l == nil {
			if _, ok := e.(dialplan.Authorise); !ok {
				if d, isDial := e.(dialplan.Dial); !isDial || d.Leg != id {
					if id != 1 || w.begin != w.at {
						w.fail("%T of leg %d, which is not there", e, id)
						return
					}
				}
			}
			w.legs[id] = &wireLeg{incoming: w.state.Legs[id-1].Incoming, free: w.state.Legs[id-1].Charge == dialplan.Free}
		} else if l.ended && asksSomething(e) {
			w.fail("%T of leg %d, which has ended", e, id)
		}
	}
	if w.money(e) || w.signals(e) || w.sounds(e) {
		return
	}
	w.rest(e)
}

// legOf is the leg an effect is about; 0 for none.
func legOf(e dialplan.Effect) dialplan.LegID {
	switch e := e.(type) {
	case dialplan.Authorise:
		return e.Leg
	case dialplan.Settle:
		return e.Leg
	case dialplan.Dial:
		return e.Leg
	case dialplan.Alert:
		return e.Leg
	case dialplan.PassEarly:
		return e.To
	case dialplan.Answer:
		return e.Leg
	case dialplan.Reject:
		return e.Leg
	case dialplan.Cancel:
		return e.Leg
	case dialplan.Bye:
		return e.Leg
	case dialplan.HandOver:
		return e.Leg
	case dialplan.FindCode:
		return e.Leg
	case dialplan.Play:
		return e.Leg
	case dialplan.Quiet:
		return e.Leg
	case dialplan.Warn:
		return e.Leg
	case dialplan.Record:
		return e.Leg
	case dialplan.StopRecording:
		return e.Leg
	case dialplan.TakeMessage:
		return e.Leg
	case dialplan.EndMessage:
		return e.Leg
	}
	return 0
}

// asksSomething tells effects that need a leg that is there from those that close its books.
func asksSomething(e dialplan.Effect) bool {
	switch e.(type) {
	case dialplan.Settle, dialplan.StopRecording, dialplan.EndMessage:
		return false
	}
	return true
}

var refusals = []string{"charging.no_funds", "charging.country_forbidden", "charging.too_many_calls", "billing.suspended"}

func (w *world) money(e dialplan.Effect) bool {
	n := w.random.IntN
	switch e := e.(type) {
	case dialplan.Authorise:
		l := w.legs[e.Leg]
		if l.asked++; l.asked > 1 {
			w.fail("leg %d was asked for twice", e.Leg)
		}
		if n(12) == 0 {
			w.after(n(20), dialplan.Refused{Leg: e.Leg, Code: refusals[n(len(refusals))]})
		} else {
			w.after(n(20), dialplan.Authorised{Leg: e.Leg})
		}
	case dialplan.Settle:
		w.settled(e)
	default:
		return false
	}
	return true
}

func (w *world) settled(e dialplan.Settle) {
	l := w.legs[e.Leg]
	if l.settled++; l.granted != 1 || l.settled > 1 {
		w.fail("leg %d was authorised %d times and settled %d times", e.Leg, l.granted, l.settled)
	}
	if (l.dialled || l.incoming) && !l.ended {
		w.fail("leg %d was settled before its end", e.Leg)
	}
	if !e.AnsweredAt.Equal(l.answeredAt) {
		w.fail("leg %d is charged from %v, it was answered at %v", e.Leg, e.AnsweredAt, l.answeredAt)
	}
	if e.EndedAt.Before(e.AnsweredAt) || e.EndedAt.After(w.at) {
		w.fail("leg %d is charged up to %v", e.Leg, e.EndedAt)
	}
}

func (w *world) signals(e dialplan.Effect) bool {
	n := w.random.IntN
	switch e := e.(type) {
	case dialplan.Dial:
		w.dialled(e)
	case dialplan.Alert:
		if l := w.legs[e.Leg]; !l.incoming || l.answered {
			w.fail("leg %d is alerted", e.Leg)
		}
	case dialplan.PassEarly:
		if w.legs[e.From].ended {
			w.fail("early media of leg %d, which has ended", e.From)
		}
	case dialplan.Answer:
		l := w.legs[e.Leg]
		if !l.incoming || l.answered || l.leaving {
			w.fail("leg %d is answered: %+v", e.Leg, *l)
		}
		l.answered, l.answeredAt = true, w.at
	case dialplan.Reject:
		l := w.legs[e.Leg]
		if !l.incoming || l.answered || l.leaving {
			w.fail("leg %d is rejected: %+v", e.Leg, *l)
		}
		l.leaving = true
		w.after(n(5), dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseCancelled})
	case dialplan.Cancel:
		w.cancelled(e)
	case dialplan.HandOver:
		l := w.legs[e.Leg]
		if !l.answered || l.leaving || l.settled > 0 || w.wired(e.Leg) || w.recorded[e.Leg] {
			w.fail("leg %d is handed over: %+v", e.Leg, *l)
		}
		l.ended, l.settled = true, l.granted // another call settles it
	case dialplan.GoOn:
		w.goOn(e)
	case dialplan.Bye:
		l := w.legs[e.Leg]
		if !l.answered || l.leaving {
			w.fail("leg %d is hung up: %+v", e.Leg, *l)
		}
		l.leaving = true
		takes := n(5)
		if n(10) == 0 {
			takes = 320 // the BYE is lost: its transaction times out
		}
		w.after(takes, dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseNormal})
	default:
		return false
	}
	return true
}

// goOn sees that only those go on elsewhere who talk, and that nobody from outside is among them.
func (w *world) goOn(e dialplan.GoOn) {
	if len(e.Legs) < 2 {
		w.fail("%d go on by themselves", len(e.Legs))
	}
	for _, g := range e.Legs {
		l := w.legs[g.Leg]
		if !l.answered || l.leaving || l.settled > 0 || w.wired(g.Leg) || w.recorded[g.Leg] || w.state.Legs[g.Leg-1].Role == dialplan.Outside {
			w.fail("leg %d goes on elsewhere: %+v", g.Leg, *l)
		}
		if l.ended = true; !g.Free {
			l.settled = l.granted // the other call settles it
		}
	}
}

// dialled lets a leg ring, answer, fail, or nothing at all.
func (w *world) dialled(e dialplan.Dial) {
	n := w.random.IntN
	l := w.legs[e.Leg]
	switch {
	case l == nil || l.dialled:
		w.fail("leg %d is dialled twice", e.Leg)
		return
	case !l.free && l.granted != 1 && !w.emergency():
		w.fail("leg %d is dialled without authorisation", e.Leg)
	case e.To.Kind == dialplan.Phone && !slices.Contains(w.call.Own, e.Shown) && !w.emergency():
		w.fail("leg %d shows %q, which is not the project's", e.Leg, e.Shown)
	case e.Seconds < 5:
		w.fail("leg %d rings for %d s", e.Leg, e.Seconds)
	}
	l.dialled, l.to = true, e.To
	w.both(e.Leg)
	switch n(8) {
	case 0:
		w.after(n(20), dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseBusy})
	case 1:
		w.after(n(20), dialplan.Ended{Leg: e.Leg, Cause: []dialplan.Cause{dialplan.CauseFailed, dialplan.CauseUnreachable, dialplan.CauseRejected, dialplan.CauseFull}[n(4)]})
	case 2, 3:
		w.after(n(20), dialplan.Rings{Leg: e.Leg})
		w.after(e.Seconds*10+50, dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseNoAnswer})
	default:
		w.after(n(20), dialplan.Rings{Leg: e.Leg})
		if n(3) == 0 {
			w.after(n(30), dialplan.Early{Leg: e.Leg})
		}
		w.after(n(e.Seconds*12), dialplan.Answered{Leg: e.Leg})
	}
}

// both sees that no side of a callback is dialled before the client is authorised.
func (w *world) both(dialled dialplan.LegID) {
	switch w.call.Kind {
	case dialplan.Callback, dialplan.ClickToCall, dialplan.FromQueue:
		if client := w.legs[1]; client == nil || client.granted == 0 {
			w.fail("leg %d is dialled before the client is authorised", dialled)
		}
	}
}

func (w *world) cancelled(e dialplan.Cancel) {
	l := w.legs[e.Leg]
	if !l.dialled || l.cancelled || l.leaving {
		w.fail("leg %d is cancelled: %+v", e.Leg, *l)
	}
	l.cancelled = true
	switch w.random.IntN(4) {
	case 0: // the answer crosses the cancel
		w.after(w.random.IntN(3), dialplan.Answered{Leg: e.Leg})
		w.after(3, dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseCancelled})
	default:
		w.after(w.random.IntN(5), dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseCancelled})
	}
}

func (w *world) sounds(e dialplan.Effect) bool {
	switch e := e.(type) {
	case dialplan.Play:
		l := w.legs[e.Leg]
		if l.leaving || w.serials[e.Serial] || w.wired(e.Leg) {
			w.fail("leg %d is played %v while it leaves (%t) or talks (%t)", e.Leg, e.Sound, l.leaving, w.wired(e.Leg))
		}
		l.playing, w.serials[e.Serial] = e.Serial, true
		if e.Sound.Kind == dialplan.Prompt {
			w.told = w.told || e.Sound.Name == "@recording" || e.Sound.Name == "@consent"
			w.after(w.random.IntN(60), dialplan.Played{Leg: e.Leg, Serial: e.Serial})
			if e.Sound.Name == "@consent" && w.random.IntN(2) == 0 {
				w.after(w.random.IntN(90), dialplan.Pressed{Leg: e.Leg, Key: "1"})
			}
		}
	case dialplan.Quiet:
		w.legs[e.Leg].playing = 0
	case dialplan.Warn:
		if !w.legs[e.Leg].answered {
			w.fail("leg %d is warned and was not answered", e.Leg)
		}
	case dialplan.Connect:
		w.connected(e.Wire)
	case dialplan.Disconnect:
		if _, ok := w.wires[e.Room]; !ok {
			w.fail("room %d is disconnected and was not connected", e.Room)
		}
		delete(w.wires, e.Room)
	default:
		return false
	}
	return true
}

func (w *world) wired(id dialplan.LegID) bool {
	for _, wire := range w.wires {
		for _, part := range wire.Parts {
			if part.Leg == id {
				return true
			}
		}
	}
	return false
}

func (w *world) connected(wire dialplan.Wire) {
	if _, ok := w.wires[wire.Room]; ok || len(wire.Parts) < 2 {
		w.fail("room %d is connected twice, or with %d legs", wire.Room, len(wire.Parts))
	}
	for _, part := range wire.Parts {
		l := w.legs[part.Leg]
		if l == nil || !l.answered || l.ended || l.leaving || l.playing != 0 || w.wired(part.Leg) || len(part.Hears) == 0 {
			w.fail("leg %d is connected: %+v", part.Leg, l)
		}
	}
	w.wires[wire.Room] = wire
	w.joined = true
}

func (w *world) rest(e dialplan.Effect) {
	switch e := e.(type) {
	case dialplan.StartTimer:
		if _, ok := w.timers[e.Timer]; ok || e.After <= 0 {
			w.fail("timer %v is started again, or for %v", e.Timer, e.After)
		}
		w.timers[e.Timer] = true
		w.after(int(e.After/(100*time.Millisecond)), dialplan.TimedOut{Timer: e.Timer})
	case dialplan.StopTimer:
		if !w.timers[e.Timer] {
			w.fail("timer %v is stopped and does not run", e.Timer)
		}
		w.timers[e.Timer] = false
	case dialplan.JoinQueue:
		w.joins(e)
	case dialplan.LeaveQueue:
		if w.ticket != e.Ticket {
			w.fail("the caller leaves a queue they are not in")
		}
		w.ticket = 0
	case dialplan.AnswerOffer:
		w.offers[e.Offer]++
	case dialplan.AskOwner:
		if w.call.Asked != dialplan.ToBeAsked || w.owner > 0 {
			w.fail("a CRM is asked")
		}
		if w.owner++; w.random.IntN(8) > 0 {
			w.after(w.random.IntN(70), dialplan.OwnerSaid{Employee: []string{"petro", "gone", ""}[w.random.IntN(3)], Asked: dialplan.AskedNobody})
		}
	case dialplan.FindCode:
		if !w.legs[e.Leg].answered || e.Code == "" {
			w.fail("the code %q of leg %d is looked up", e.Code, e.Leg)
		}
		if found := []dialplan.CodeOutcome{dialplan.CodeKnown, dialplan.CodeUnknown, dialplan.CodeUnknown, dialplan.CodeUnasked, ""}[w.random.IntN(5)]; found != "" {
			w.after(w.random.IntN(70), dialplan.CodeFound{Serial: e.Serial, Found: found})
		}
	case dialplan.Record:
		w.records(e.Leg)
	case dialplan.StopRecording:
		if !w.recorded[e.Leg] {
			w.fail("the recording of leg %d is stopped and does not run", e.Leg)
		}
		w.recorded[e.Leg] = false
	case dialplan.TakeMessage:
		if w.message != 0 || !w.legs[e.Leg].answered {
			w.fail("a message is taken of leg %d", e.Leg)
		}
		w.message = e.Leg
	case dialplan.EndMessage:
		if w.message != e.Leg {
			w.fail("a message of leg %d is ended", e.Leg)
		}
		w.message = 0
	case dialplan.Finish:
		w.finished++
		for timer, runs := range w.timers {
			if runs {
				w.fail("timer %v still runs", timer)
			}
		}
		w.result = e.Result
	case dialplan.Note:
		if e.Reason.Code == "" {
			w.fail("a note says nothing")
		}
		w.agreed = w.agreed || e.Reason.Code == "recording.consent"
	default:
		panic(fmt.Sprintf("%T is not carried out", e))
	}
}

func (w *world) joins(e dialplan.JoinQueue) {
	n := w.random.IntN
	if w.ticket != 0 {
		w.fail("the caller joins a second queue")
	}
	w.ticket = e.Ticket
	if n(5) == 0 {
		w.after(n(3), dialplan.QueueFull{Ticket: e.Ticket})
		return
	}
	w.after(n(3), dialplan.Queued{Ticket: e.Ticket, Position: 1 + n(5), WaitSeconds: n(90)})
	for range n(4) {
		employees := [][]string{{"petro"}, {"iryna"}, {"petro", "iryna"}, {"gone"}}[n(4)]
		w.order++
		w.due = append(w.due, due{w.at.Add(time.Duration(n(900)) * 100 * time.Millisecond), w.order, dialplan.Offered{Ticket: e.Ticket, Offer: w.order, Employees: employees}})
	}
}

// records sees that nobody is recorded without what the project's mode asks for.
func (w *world) records(id dialplan.LegID) {
	if w.recorded[id] || !w.legs[id].answered {
		w.fail("leg %d is recorded", id)
	}
	w.recorded[id] = true
	switch mode := w.call.Settings.Recording.Mode; {
	case mode == dialplan.RecordOff, mode == dialplan.RecordAnnounce && !w.told, mode == dialplan.RecordConsent && !w.agreed:
		w.fail("leg %d is recorded in mode %q", id, mode)
	}
}
