package pbx

import (
	"context"
	"maps"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/store"
)

// Again is a call that was lived through again.
type Again struct {
	Call   call.Detail
	Steps  []dialplan.Lived
	Agrees bool // it tells the timeline that is stored; of a call whose node died, as far as its history goes
}

// LiveAgain reads a call with its history and lives through it (Rule T-116). Errors: those of call.Window.History.
func LiveAgain(ctx context.Context, q store.Querier, w call.Window, id call.ID) (again Again, err error) {
	if again.Call, err = w.Detail(ctx, q, id); err != nil {
		return again, err
	}
	history, err := w.History(ctx, q, id)
	if err != nil {
		return again, err
	}
	again.Steps = dialplan.Replay(history)
	told, stored := Timeline(again.Steps), again.Call.Timeline
	again.Agrees = len(told) == len(stored) || len(told) < len(stored) && again.Call.Recovered
	for i := 0; i < len(told) && again.Agrees; i++ {
		again.Agrees = told[i].Code == stored[i].Code && told[i].At.Equal(stored[i].At) && maps.Equal(told[i].Params, stored[i].Params)
	}
	return again, nil
}

// Timeline is what the log says of a call that was lived through again (Rule T-116).
func Timeline(lived []dialplan.Lived) (events []call.Event) {
	for _, l := range lived {
		for _, effect := range l.Effects {
			note, ok := effect.(dialplan.Note)
			if !ok {
				continue
			}
			if e, shown := tell(&l.State, note.Reason); shown {
				e.At = l.At
				events = append(events, e)
			}
		}
	}
	return events
}

// endedBy is who hung up first.
func endedBy(s *dialplan.State) call.Party {
	if by := s.Result.EndedBy; by > 0 && int(by) <= len(s.Legs) {
		if s.Legs[by-1].Role == dialplan.Outside {
			return call.ByClient
		}
		return call.ByStaff
	}
	return call.BySystem
}

// tell is a reason as the log has it, noted in a call that stands so; false for what the log does not show. It is the same for a call that runs and
// for one that is lived through again.
func tell(s *dialplan.State, r dialplan.Reason) (call.Event, bool) {
	code, ok := codes[r.Code]
	switch {
	case r.Code == "leg.ended":
		code, ok = endings[dialplan.Cause(r.Params["cause"])]
	case r.Code == "leg.answered" && r.Params["employee"] == "":
		code = call.ClientAnswered
	case r.Code == "call.ends" && r.Params["why"] == "call.blocked":
		code = call.Blocked
	case r.Code == "recording.announced":
		ok = r.Params["mode"] != string(dialplan.RecordConsent) // what they agree to comes later
	}
	params := map[string]string{}
	for name, value := range r.Params {
		if name != "from" && name != "to" || r.Code == "queue.joined" { // numbers of clients do not stand here
			params[name] = value
		}
	}
	if e, known := s.Call.Staff.Employee(r.Params["employee"]); known && e.Name != "" {
		params["name"] = e.Name
	}
	switch code {
	case call.Transferred, call.Consulted:
		if to, known := s.Call.Staff.Employee(r.Params["to"]); known && to.Name != "" {
			params["to"] = to.Name
		}
	case call.HungUp:
		params["by"] = string(endedBy(s))
	case call.Queued:
		params["name"] = r.Params["queue"]
	case call.Digit:
		params["digit"] = r.Params["key"]
	case call.WrongDigit, call.KnownCode, call.WrongCode:
		params["digit"] = r.Params["keys"]
	case call.RecordingOn:
		params["consent"] = string(consent(call.TalkRecording, s))
	}
	return call.Event{Code: code, Params: params}, ok
}

// codes are the log's words for dialplan's.
var codes = map[string]string{
	"call.arrived": call.CameIn, "call.dialled": call.BeganOut, "call.back": call.AskedCallback, "hours.after_hours_scheme": call.OutOfHours,
	"first.last_agent": call.LastAgent, "first.owner": call.OwnerFirst, "owner.none": call.CRMNobody, "owner.unknown": call.CRMUnknown, "owner.late": call.CRMFailed, "owner.failed": call.CRMFailed, "step.enter": call.StepBegan, "leg.dialled": call.RingingLeg, "menu.choice": call.Digit,
	"menu.wrong": call.WrongDigit, "code.known": call.KnownCode, "code.unknown": call.WrongCode, "code.none": call.NoCode,
	"consult.rings": call.Consulted, "call.three": call.ThreeTalk, "call.among_themselves": call.ClientLeft, "call.talk_on": call.TalkOn, "queue.joined": call.Queued, "queue.too_long": call.LeftQueue, "leg.answered": call.AnsweredBy, "call.held": call.Held,
	"call.resumed": call.Resumed, "call.parked": call.Parked, "call.unparked": call.Unparked, "call.picked_up": call.PickedUp, "transfer.blind": call.Transferred,
	"transfer.attended": call.Transferred, "transfer.replaced": call.Transferred, "transfer.back": call.RingsBack, "recording.announced": call.RecordingOn, "recording.consent": call.RecordingOn, "recording.no_consent": call.NoRecording,
	"voicemail.left": call.LeftVoicemail, "funds.low": call.FundsWarned, "funds.cut": call.FundsOut, "leg.refused": call.FundsRefused, "call.ends": call.HungUp,
}

// endings are the log's words for the end of a leg that nobody answered.
var endings = map[dialplan.Cause]string{
	dialplan.CauseBusy: call.DeclinedLeg, dialplan.CauseRejected: call.DeclinedLeg, dialplan.CauseNoAnswer: call.SilentLeg,
	dialplan.CauseUnreachable: call.UnreachableLeg, dialplan.CauseFailed: call.UnreachableLeg, dialplan.CauseFull: call.NoChannel,
}
