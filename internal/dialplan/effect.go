package dialplan

import "time"

// Effect is something to be done for a call, in the order in which Step gives them. What is asked of a leg that has ended
// meanwhile is let pass.
type Effect interface{ effect() }

// The effects on money.
type (
	// Authorise asks whether a leg may be dialled; Authorised or Refused answers it. Of an emergency call nobody waits for the
	// answer. Once authorised, a leg is extended by whoever carries out effects until its Settle.
	Authorise struct {
		Leg    LegID
		Charge Charge
		To     Endpoint
		Number string // the project's number the call came in on; empty where none
		Shown  string // the number that Dial will show: which trunks take the call depends on it
	}
	// Settle closes a leg that was authorised: charged from AnsweredAt to EndedAt, or given back where AnsweredAt is zero.
	Settle struct {
		Leg        LegID
		AnsweredAt time.Time
		EndedAt    time.Time
		Cause      Cause
	}
)

// Charge is the kind of a leg in the price book; the values are those of package pricing.
type Charge string

// The charges. A leg that is Free is neither authorised nor settled.
const (
	Free           Charge = ""
	ChargeInbound  Charge = "inbound"
	ChargeOutbound Charge = "outbound"
	ChargeForward  Charge = "forward"
	ChargeManager  Charge = "callback_manager"
	ChargeClient   Charge = "callback_client"
	ChargeSIP      Charge = "sip"
)

// The effects on signalling. Ended is told of each leg once it is over, whatever was asked.
type (
	// Dial calls somebody. Answered, or Ended within Seconds and the time a network takes, follows.
	Dial struct {
		Leg     LegID
		To      Endpoint
		Shown   string // the number shown to whoever is called: one of the project's where To is a phone (Rule T-10)
		Caller  string // the party outside, for devices of the project to show
		Seconds int    // how long it rings at most
	}
	// Alert lets whoever called in hear the ringing tone (180).
	Alert struct{ Leg LegID }
	// PassEarly lets one leg hear what the far side of another plays before it answers (183).
	PassEarly struct{ From, To LegID }
	// Answer answers a leg that came in.
	Answer struct{ Leg LegID }
	// Reject refuses a leg that came in and was not answered.
	Reject struct {
		Leg   LegID
		Cause Cause
	}
	// Cancel takes back a dialled leg that has not answered. It may answer all the same: then Bye follows.
	Cancel struct {
		Leg   LegID
		Cause Cause
	}
	// HandOver lets go of a leg that goes on in another call, with its authorisation: this one settles it no more.
	HandOver struct{ Leg LegID }
	// GoOn lets go of legs that talk on in a call of their own (Arrived.Talks).
	GoOn struct{ Legs []Going }
	// Bye ends a leg that was answered.
	Bye struct {
		Leg   LegID
		Cause Cause
	}
)

// The effects on media.
type (
	// Play plays something to a leg alone, instead of what it was played; to a leg that was not answered as early media.
	// Played follows where it comes to an end.
	Play struct {
		Leg    LegID
		Serial int
		Sound  Sound
	}
	// Quiet stops what is played.
	Quiet struct {
		Leg    LegID
		Serial int
	}
	// Warn puts the warning tone over what a leg hears: the funds end in a minute.
	Warn struct{ Leg LegID }
	// Connect connects the legs of a room, see Wire.
	Connect struct{ Wire Wire }
	// Disconnect takes the legs of a room apart.
	Disconnect struct{ Room int }
	// Record records a leg, both what it says and what it hears, until StopRecording.
	Record struct{ Leg LegID }
	// StopRecording ends it.
	StopRecording struct{ Leg LegID }
	// TakeMessage records what a leg says as a voicemail, which is mailed once it is kept.
	TakeMessage struct {
		Leg        LegID
		MaxSeconds int
		Emails     []string
	}
	// EndMessage ends it: the message is kept, or thrown away where nobody said anything.
	EndMessage struct {
		Leg  LegID
		Keep bool
	}
)

// Sound is what is played.
type Sound struct {
	Kind   SoundKind         `json:"kind"`
	Name   string            `json:"name,omitempty"`   // of a prompt or of music; empty for the built-in one
	Params map[string]string `json:"params,omitempty"` // what a prompt says: "position", "wait_seconds"
}

// SoundKind says what a sound is. Prompts come to an end, the others do not.
type SoundKind string

// The kinds of sounds. The built-in prompts are named "@recording", "@consent", "@voicemail", "@place", "@code" and
// "@code_wrong".
const (
	Prompt  SoundKind = "prompt"
	Music   SoundKind = "music"
	Ringing SoundKind = "ringing" // the ringing tone
)

// Wire is who hears whom in a room: two legs that hear each other are a bridge, anything else is mixed.
type Wire struct {
	Room  int    `json:"room"`
	Parts []Part `json:"parts"` // in the order of legs
}

// Part is one leg of a Wire.
type Part struct {
	Leg   LegID   `json:"leg"`
	Hears []LegID `json:"hears"`
}

// The effects on time.
type (
	// StartTimer asks for a TimedOut after so long.
	StartTimer struct {
		Timer Timer
		After time.Duration
	}
	// StopTimer takes it back; it may come all the same and is let pass then.
	StopTimer struct{ Timer Timer }
)

// Timer names a timer of a call.
type Timer struct {
	Name   string `json:"name"`
	Serial int    `json:"serial"`
}

// The effects on queues.
type (
	// JoinQueue puts the caller into a queue.
	JoinQueue struct {
		Ticket int
		Queue  Queue
	}
	// LeaveQueue takes the caller out. Whoever asked to be called back leaves with CallBack, keeping the place.
	LeaveQueue struct {
		Ticket   int
		Queue    string
		CallBack string // the number to call; empty for none
	}
	// AnswerOffer answers an Offered: By talks to the caller, or nobody does and all offered are free again.
	AnswerOffer struct {
		Offer int
		By    string
	}
)

// FindCode asks for the visit behind a code that the caller keyed. CodeFound answers it.
type FindCode struct {
	Leg    LegID
	Serial int
	Code   string
}

// AskOwner asks a CRM which employee is responsible for the caller (Rule W-12). OwnerSaid answers it.
type AskOwner struct{}

// Going is a leg that goes on in another call. One that is Free there is settled here.
type Going struct {
	Leg  LegID
	Free bool
}

// The effects on the call log.
type (
	// Note is a line of the timeline.
	Note struct{ Reason Reason }
	// Finish is the last effect of a call.
	Finish struct{ Result Result }
)

func (Authorise) effect()     {}
func (Settle) effect()        {}
func (Dial) effect()          {}
func (Alert) effect()         {}
func (PassEarly) effect()     {}
func (Answer) effect()        {}
func (Reject) effect()        {}
func (Cancel) effect()        {}
func (Bye) effect()           {}
func (HandOver) effect()      {}
func (GoOn) effect()          {}
func (FindCode) effect()      {}
func (AskOwner) effect()      {}
func (Play) effect()          {}
func (Quiet) effect()         {}
func (Warn) effect()          {}
func (Connect) effect()       {}
func (Disconnect) effect()    {}
func (Record) effect()        {}
func (StopRecording) effect() {}
func (TakeMessage) effect()   {}
func (EndMessage) effect()    {}
func (StartTimer) effect()    {}
func (StopTimer) effect()     {}
func (JoinQueue) effect()     {}
func (LeaveQueue) effect()    {}
func (AnswerOffer) effect()   {}
func (Note) effect()          {}
func (Finish) effect()        {}
