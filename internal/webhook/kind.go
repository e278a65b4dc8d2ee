package webhook

import (
	"slices"
	"strings"

	"bellwether/internal/errs"
)

// Kind is what a message tells of (Rule W-04).
type Kind string

// The kinds.
const (
	CallRinging    Kind = "call.ringing"       // a call has begun; one of a client with what is known of where it came from
	CallAttributed Kind = "call.attributed"    // where a call came from became known later, or is known better
	CallAnswered   Kind = "call.answered"      //
	CallEnded      Kind = "call.ended"         //
	CallMissed     Kind = "call.missed"        // beside call.ended
	RecordingReady Kind = "recording.ready"    // of a talk
	VoicemailLeft  Kind = "voicemail.received" //
	LeadCreated    Kind = "lead.created"       // a visitor left something, or an order was told of
	LeadChanged    Kind = "lead.changed"       // somebody went on with it
	StateChanged   Kind = "project.state_changed"
	PaymentTaken   Kind = "payment.taken"
	Test           Kind = "webhook.test" // sent on a press of the button, whatever was chosen
)

// Kinds lists those that can be chosen, in the order in which they are shown.
var Kinds = []Kind{
	CallRinging, CallAttributed, CallAnswered, CallEnded, CallMissed, RecordingReady, VoicemailLeft, LeadCreated, LeadChanged, StateChanged, PaymentTaken,
}

func joinKinds(kinds []Kind) string {
	var b strings.Builder
	for _, k := range kinds {
		b.WriteString(string(k) + "\n")
	}
	return b.String()
}

func splitKinds(text string) (kinds []Kind) {
	for _, line := range strings.Fields(text) {
		kinds = append(kinds, Kind(line))
	}
	return kinds
}

// checkKinds puts kinds into their order, each once. errs.Invalid `webhook.bad_setting`.
func checkKinds(given []Kind) (kinds []Kind, err error) {
	for _, k := range given {
		if !slices.Contains(Kinds, k) {
			return nil, bad("kinds", "%.40q is no kind of message", string(k)).Try("choose of the list of kinds")
		}
	}
	for _, k := range Kinds {
		if slices.Contains(given, k) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil, bad("kinds", "choose at least one kind of message")
	}
	return kinds, nil
}

func bad(field, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "webhook.bad_setting", format, args...).At(field).With("field", field)
}
