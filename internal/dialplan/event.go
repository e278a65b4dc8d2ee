package dialplan

import "time"

// Event is something that happened to a call. Events about a leg that has ended, a timer that was stopped or a prompt that
// was cut short are let pass without effect: they may come late, twice and in any order.
type Event interface{ event() }

// Arrived begins a call: it is the first event, with all that was looked up for it. Leg 1 of an inbound, outbound or internal
// call has come in then; calls of other kinds have no legs yet.
type Arrived struct {
	Kind   Kind   `json:"kind"`
	From   string `json:"from,omitempty"`   // of an inbound call: the caller's number; empty where withheld
	Number string `json:"number,omitempty"` // of an inbound call or a callback: the project's number it came to, E.164
	To     string `json:"to,omitempty"`     // what was dialled by an employee; whom to call back: E.164

	Employee    string `json:"employee,omitempty"` // who makes an outbound call or is to be connected by click-to-call
	ClientFirst bool   `json:"client_first,omitempty"`

	Country  string         `json:"country"` // of the project, ISO 3166: numbers in national form are read by it
	Own      []string       `json:"own"`     // the project's numbers, E.164: nothing else is shown to whoever is called
	Scheme   RoutingScheme  `json:"scheme"`
	Closed   *RoutingScheme `json:"closed,omitempty"` // the after-hours scheme
	Opening  Opening        `json:"opening"`
	Settings Settings       `json:"settings"`
	Staff    Staff          `json:"staff"`

	Blocked   string `json:"blocked,omitempty"`     // the rule of the block list that refuses the caller
	Suspended bool   `json:"suspended,omitempty"`   // the project's funds have ended: only its fallback rings
	Full      bool   `json:"full,omitempty"`        // all channels of the trunk, or of the number, are in use
	Owner     string `json:"owner,omitempty"`       // the employee responsible for the caller's open order
	Asked     Asked  `json:"owner_asked,omitempty"` // what came of asking a CRM for them, or that it is to be asked
	LastAgent Found  `json:"last_agent"`            // by FindLastAgent

	Talks []Received `json:"talks,omitempty"` // of an internal call: who talks already, and was left alone by another call's client
}

// Kind says who began a call and how.
type Kind string

// The kinds of calls.
const (
	Inbound     Kind = "inbound"        // from outside to a number, by its scheme
	Outbound    Kind = "outbound"       // by an employee to a number; what turns out to be an extension becomes Internal
	Internal    Kind = "internal"       // between employees
	ClickToCall Kind = "click_to_call"  // an employee's contacts ring, then the number
	Callback    Kind = "callback"       // to a visitor: the scheme's employees and the client, in either order
	FromQueue   Kind = "queue_callback" // to a caller who left a queue
)

// LegID numbers the legs of a call from 1.
type LegID int

// The events of signalling.
type (
	// Rings says: a leg that was dialled rings (180).
	Rings struct{ Leg LegID }
	// Early says: the far side of a leg plays something before it answers (183 with media).
	Early struct{ Leg LegID }
	// Answered says: a leg that was dialled was answered. The answer to a leg that comes in is the effect Answer.
	Answered struct{ Leg LegID }
	// Ended says: a leg is over: refused, not reached, cancelled or hung up. It is told of every leg, also after Cancel, Bye and Reject.
	Ended struct {
		Leg   LegID
		Cause Cause
		Code  string `json:",omitempty"` // with which money refused it the ways that were left ("charging.no_funds")
	}
	// Joined says: an employee dialled into the call: leg is the next number, and comes in.
	Joined struct {
		Leg      LegID
		Employee string
		As       Joining
	}
	// Pressed says: somebody pressed a key.
	Pressed struct {
		Leg LegID
		Key string
	}
	// Played says: what a leg was played has come to its end.
	Played struct {
		Leg     LegID
		Serial  int
		Unheard bool `json:",omitempty"` // it could not be played: nobody was told anything
	}
	// TimedOut says: a timer that was started has run out.
	TimedOut struct{ Timer Timer }
)

// The events of money.
type (
	// Authorised says: a leg may be dialled.
	Authorised struct{ Leg LegID }
	// Refused says: it may not. Code is the error's ("charging.country_forbidden").
	Refused struct {
		Leg  LegID
		Code string
	}
	// FundsLow says: the talk of a leg is paid for another minute only.
	FundsLow struct{ Leg LegID }
	// FundsCut says: what was paid for is used up.
	FundsCut struct{ Leg LegID }
)

// The events of queues. Ticket is that of JoinQueue.
type (
	// Queued says: the caller's place in the queue.
	Queued struct {
		Ticket      int
		Position    int // from 1
		WaitSeconds int // expected; 0 for unknown
	}
	// QueueFull says: the queue has no place.
	QueueFull struct{ Ticket int }
	// Offered says: employees are free for the caller. Each offer is answered by one OfferAnswered.
	Offered struct {
		Ticket    int
		Offer     int
		Employees []string
	}
)

// CodeFound answers FindCode, of the same serial.
type CodeFound struct {
	Serial int
	Found  CodeOutcome
}

// OwnerSaid answers AskOwner: the employee whom the CRM named, or what came of asking it.
type OwnerSaid struct {
	Employee string
	Asked    Asked
}

// CodeOutcome is what is known of a code.
type CodeOutcome string

// What may be known of a code.
const (
	CodeKnown   CodeOutcome = "known"
	CodeUnknown CodeOutcome = "unknown"
	CodeUnasked CodeOutcome = "unasked" // it could not be looked up, or not in time
	CodeAssumed CodeOutcome = "assumed" // in a dry run: any code is taken for one that is known
)

// The commands of people. By is the leg of whoever gives them.
type (
	// Transfer connects the other party to somebody else and lets By go, at once.
	Transfer struct {
		By LegID
		To Target
	}
	// Consult puts the other party on hold and calls somebody.
	Consult struct {
		By LegID
		To Target
	}
	// CompleteTransfer connects the other party to whoever was consulted.
	CompleteTransfer struct{ By LegID }
	// CancelConsult lets go of whoever was consulted.
	CancelConsult struct{ By LegID }
	// Merge makes one conversation of three.
	Merge struct{ By LegID }
	// GiveAway hands the party whom By talks with over to another call, and ends this one: By's telephone transfers with two
	// calls of its own. HandOver follows where that can be done.
	GiveAway struct{ By LegID }
	// Received brings the leg of another call in By's place: Leg is the next number.
	Received struct {
		Leg        LegID
		By         LegID
		Role       Role
		Employee   string
		To         Endpoint
		Charge     Charge
		AnsweredAt time.Time
	}
	// Replaced says: a call that came in asks to take the place of the leg In (RFC 3891): Leg is the next number. Employee is whose
	// telephone it is; empty for a party outside.
	Replaced struct {
		Leg      LegID
		In       LegID
		Employee string
	}
	// Hold plays music to the other party.
	Hold struct{ By LegID }
	// Resume ends it.
	Resume struct{ By LegID }
	// Park lets By go and keeps the other party waiting until somebody takes it.
	Park struct{ By LegID }
	// Supervise calls an employee who then hears the call.
	Supervise struct {
		Employee string
		As       Joining
	}
	// Take calls an employee who then takes the call: one that rings elsewhere, waits in a queue or is parked.
	Take struct{ Employee string }
	// Stop ends the call.
	Stop struct{ By LegID } // 0: somebody who takes no part
)

// Joining says as what somebody comes into a call.
type Joining string

// The ways into a call.
const (
	AsPickup    Joining = "pickup"  // takes a call that rings elsewhere
	AsUnpark    Joining = "unpark"  // takes a parked one
	AsListener  Joining = "listen"  // hears both, unheard
	AsWhisperer Joining = "whisper" // is heard by the employee only
	AsSpeaker   Joining = "barge"   // is heard by both
)

// Cause says why a leg ended.
type Cause string

// The causes.
const (
	CauseNormal      Cause = "normal"      // hung up
	CauseBusy        Cause = "busy"        // 486, 600
	CauseNoAnswer    Cause = "no_answer"   // 408, 480, or rang for too long
	CauseRejected    Cause = "rejected"    // 403, 603
	CauseUnreachable Cause = "unreachable" // 404, 410, 484, not registered
	CauseFailed      Cause = "failed"      // anything else: the network's fault
	CauseCancelled   Cause = "cancelled"   // by us, or by a caller who gave up
	CauseSilent      Cause = "silent"      // no media, no signalling: a ghost
	CauseFunds       Cause = "funds"       // the money ended
	CauseElsewhere   Cause = "elsewhere"   // another leg answered
	CauseForbidden   Cause = "forbidden"   // may not be dialled
	CauseFull        Cause = "full"        // all channels that lead there are in use
)

func (Arrived) event()          {}
func (Rings) event()            {}
func (Early) event()            {}
func (Answered) event()         {}
func (Ended) event()            {}
func (Joined) event()           {}
func (Pressed) event()          {}
func (Played) event()           {}
func (TimedOut) event()         {}
func (Authorised) event()       {}
func (Refused) event()          {}
func (FundsLow) event()         {}
func (FundsCut) event()         {}
func (Queued) event()           {}
func (QueueFull) event()        {}
func (Offered) event()          {}
func (Transfer) event()         {}
func (Consult) event()          {}
func (CompleteTransfer) event() {}
func (CancelConsult) event()    {}
func (GiveAway) event()         {}
func (Received) event()         {}
func (Replaced) event()         {}
func (Merge) event()            {}
func (Hold) event()             {}
func (Resume) event()           {}
func (Park) event()             {}
func (Supervise) event()        {}
func (Take) event()             {}
func (CodeFound) event()        {}
func (OwnerSaid) event()        {}
func (Stop) event()             {}
