package callimport

import "strings"

// direction is what call_type says.
type direction uint8

const (
	incoming direction = iota + 1
	outgoing
	callback
	internal
)

var directions = map[string]direction{
	"in": incoming, "incoming": incoming, "inbound": incoming, "входящий": incoming, "вхідний": incoming,
	"out": outgoing, "outgoing": outgoing, "outbound": outgoing, "исходящий": outgoing, "вихідний": outgoing,
	"callback": callback, "обратный звонок": callback, "зворотний дзвінок": callback,
	"internal": internal, "внутренний": internal, "внутрішній": internal,
}

// outcome is what a disposition says about the legs.
type outcome uint8

const (
	unanswered    outcome = iota + 1
	answered              // somebody talked
	ifTalked              // a mark on the call rather than its result: answered where there are seconds
	managerOnly           // of a callback: the manager answered, the client did not
	stillUnderWay         // not a result
)

var outcomes = map[string]outcome{
	"ANSWERED": answered, "ANSWER": answered, "VOICEMAIL": answered,
	"PROPER": ifTalked, "REPEATED": ifTalked,
	"NO ANSWER": unanswered, "NOANSWER": unanswered, "BUSY": unanswered, "FAILED": unanswered, "CANCEL": unanswered, "CANCELLED": unanswered,
	"CONGESTION": unanswered, "CHANUNAVAIL": unanswered, "WRONG EXTENSION": unanswered, "FORBIDDEN DESTINATION": unanswered,
	"CLIENT NO ANSWER": managerOnly,
	"CALLING":          stillUnderWay, "IN PROGRESS": stillUnderWay,
}

var dashes = strings.NewReplacer("_", " ", "-", " ")

// plainDisposition makes "no_answer" and "NO ANSWER" one.
func plainDisposition(cell string) string {
	return strings.Join(strings.Fields(dashes.Replace(strings.ToUpper(cell))), " ")
}

// leg is one leg of a line before its number is read.
type leg struct {
	kind     Leg
	to       string // as written
	column   string // in which it is written
	suffix   string // of the ID
	answered bool
}

// resolve settles a mark by whether there was talk.
func (o outcome) resolve(talked bool) outcome {
	switch {
	case o == ifTalked && talked:
		return answered
	case o == ifTalked:
		return unanswered
	}
	return o
}

// legsOf says which legs a line stands for. target tells whether a cell is something that can be dialled, and whether it
// is a SIP account.
func legsOf(d direction, o outcome, cell func(string) string, target func(string) (sip, ok bool)) []leg {
	switch d {
	case outgoing:
		return []leg{{kind: Outbound, to: cell(colTo), column: colTo, answered: o == answered}}
	case internal:
		return []leg{{kind: SIP, to: cell(colTo), column: colTo, answered: o == answered}}
	case callback:
		return callbackLegs(o, cell)
	}
	via := cell(colConnectedWith)
	sip, ok := target(via)
	switch {
	case o == answered && ok && sip:
		return []leg{{kind: SIP, to: via, column: colConnectedWith, answered: true}}
	case o == answered && ok:
		return []leg{{kind: Forward, to: via, column: colConnectedWith, answered: true}}
	}
	return []leg{{kind: Inbound, to: cell(colTo), column: colTo, answered: o == answered}}
}

// callbackLegs are the manager's leg, and the client's, which is dialled once the manager has answered.
func callbackLegs(o outcome, cell func(string) string) []leg {
	manager := leg{kind: CallbackManager, to: cell(colConnectedWith), column: colConnectedWith, suffix: "/manager"}
	if manager.to == "" {
		manager.to, manager.column = cell(colTo), colTo
	}
	if o == unanswered {
		return []leg{manager}
	}
	manager.answered = true
	return []leg{manager, {kind: CallbackClient, to: cell(colCaller), column: colCaller, suffix: "/client", answered: o == answered}}
}
