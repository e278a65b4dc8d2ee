package dialplan

import (
	"slices"
	"time"
)

// State is a call between two events: data that can be kept and read again. The zero value is a call that has not begun.
type State struct {
	Call  Arrived   `json:"call"`
	Phase Phase     `json:"phase"`
	Began time.Time `json:"began"`

	Legs     []Leg     `json:"legs"`     // leg n at n-1
	Attempts []Attempt `json:"attempts"` // those that ring
	Timers   []Timer   `json:"timers"`   // those that run
	Parties  []Party   `json:"parties"`  // who takes part in the conversation, or waits in it
	Wires    []Wire    `json:"wires"`    // who is connected
	Serial   int       `json:"serial"`   // of timers, sounds and attempts

	Near LegID `json:"near"` // whoever waits to be connected: the caller, or in calls we began whoever answered first; 0 before

	Emergency  bool     `json:"emergency"`
	First      []string `json:"first"` // employees who are to ring before the scheme
	AfterHours bool     `json:"after_hours"`
	At         string   `json:"at"`       // the step
	Pending    bool     `json:"pending"`  // the step waits for Near
	Reserve    bool     `json:"reserve"`  // the reserve step was entered
	Visits     int      `json:"visits"`   // of steps
	Turn       []party  `json:"turn"`     // who rings next in this step
	Farewell   string   `json:"farewell"` // why the call ends once its prompt was played; empty while it does not

	Menu    *choosing `json:"menu,omitempty"`
	Asking  *asking   `json:"asking,omitempty"`
	Waiting *waiting  `json:"waiting,omitempty"` // in a queue
	Message *message  `json:"message,omitempty"` // being left

	Recording  bool  `json:"recording"`  // going on
	MayRecord  bool  `json:"may_record"` // agreed to, or nobody need agree
	Consulted  LegID `json:"consulted"`  // by whom somebody is consulted; 0 for none
	Consenting LegID `json:"consenting"` // who hears the announcement

	Result Result    `json:"result"` // as far as it is known
	TalkAt time.Time `json:"talk_at"`
	tally
}

// tally counts how those that rang ended, for the result.
type tally struct {
	Tried          int  `json:"tried"` // legs that were dialled
	Busy           int  `json:"busy"`
	Broken         int  `json:"broken"`            // failed, unreachable or refused
	Full           bool `json:"full,omitempty"`    // one of them for want of a channel
	Failing        bool `json:"failing,omitempty"` // ... because a network is out of order
	WrongExtension bool `json:"wrong_extension"`
}

// Phase says what a call does.
type Phase string

// The phases, in the order in which most calls go through them.
const (
	PhaseNew     Phase = ""
	PhaseArrived Phase = "arrived" // waits for its authorisation
	PhaseConsent Phase = "consent" // the announcement of the recording
	PhaseRoute   Phase = "route"   // the last agent, the scheme, or the other party rings
	PhaseTalk    Phase = "talk"
	PhaseEnding  Phase = "ending" // everybody was hung up
	PhaseDone    Phase = "done"
)

// Leg is one party's connection to us.
type Leg struct {
	ID       LegID    `json:"id"`
	Role     Role     `json:"role"`
	Employee string   `json:"employee,omitempty"`
	To       Endpoint `json:"to"` // of a leg we dial
	Incoming bool     `json:"incoming,omitempty"`
	Attempt  int      `json:"attempt,omitempty"`
	In       LegID    `json:"in,omitempty"` // whose place it asks to take, until it is authorised
	Charge   Charge   `json:"charge,omitempty"`

	State      LegState  `json:"state"`
	Money      Money     `json:"money"`
	AnsweredAt time.Time `json:"answered_at"`
	EndedAt    time.Time `json:"ended_at"`
	Cause      Cause     `json:"cause,omitempty"`
	Playing    int       `json:"playing,omitempty"` // the serial of what it is played; 0 for nothing
	Alerted    bool      `json:"alerted,omitempty"`
}

// Role says on whose side a leg is.
type Role string

// The roles.
const (
	Outside    Role = "outside" // the caller or the client
	Inside     Role = "inside"  // whom the project rings, and its employees
	Supervisor Role = "supervisor"
)

// LegState is how far a leg has come.
type LegState string

// The states of legs, in their order.
const (
	LegAsked    LegState = "asked"    // authorisation is waited for
	LegReserved LegState = "reserved" // authorised, not dialled yet
	LegDialled  LegState = "dialled"
	LegRinging  LegState = "ringing" // or came in and waits for an answer
	LegUp       LegState = "up"
	LegLeaving  LegState = "leaving" // hung up, cancelled or rejected, its end is waited for
	LegEnded    LegState = "ended"
)

// Money is what has become of a leg's authorisation.
type Money string

// The states of an authorisation.
const (
	MoneyNone   Money = ""
	MoneyAsked  Money = "asked"
	MoneyHeld   Money = "held"
	MoneyClosed Money = "closed"
)

// Attempt is a number of legs that ring together: who answers first has the call.
type Attempt struct {
	ID      int     `json:"id"`
	For     Purpose `json:"for"`
	Seconds int     `json:"seconds"`
	Held    bool    `json:"held,omitempty"`   // its legs are authorised and not dialled yet
	By      LegID   `json:"by,omitempty"`     // who asked for it
	Return  string  `json:"return,omitempty"` // the employee whom the call goes back to
	Offer   int     `json:"offer,omitempty"`  // of the queue
	As      Joining `json:"as,omitempty"`     // of a supervisor
}

// Purpose says what an attempt is for.
type Purpose string

// The purposes.
const (
	ForFirst     Purpose = "first"     // the responsible or the last agent
	ForStep      Purpose = "step"      // a step of the scheme, or an extension
	ForQueue     Purpose = "queue"     // an offer of a queue
	ForNear      Purpose = "near"      // whoever is called first in a call we began
	ForFar       Purpose = "far"       // whom Near wants to talk to
	ForTransfer  Purpose = "transfer"  //
	ForReturn    Purpose = "return"    // whoever transferred or parked
	ForConsult   Purpose = "consult"   //
	ForSupervise Purpose = "supervise" //
	ForTake      Purpose = "take"      // somebody wants the call, which rings elsewhere, waits or is parked
)

// Party is a leg that takes part in the conversation.
type Party struct {
	Leg  LegID   `json:"leg"`
	Room int     `json:"room"` // 1 for a consultation, else 0
	Held bool    `json:"held,omitempty"`
	As   Joining `json:"as,omitempty"` // of a supervisor
}

// NextLeg is the number of the leg that comes next, for Joined.
func (s *State) NextLeg() LegID { return LegID(len(s.Legs) + 1) }

// Status is how the call stands: a live status, or that of its result.
func (s *State) Status() Status {
	switch s.Phase {
	case PhaseDone:
		return s.Result.Status
	case PhaseTalk:
		return InProgress
	}
	return Calling
}

// leg finds a leg; nil where there is none.
func (s *State) leg(id LegID) *Leg {
	if id < 1 || int(id) > len(s.Legs) {
		return nil
	}
	return &s.Legs[id-1]
}

// live tells whether a leg takes part: not ended, and not on its way out.
func (l *Leg) live() bool { return l != nil && l.State != LegEnded && l.State != LegLeaving }

// up tells whether a leg is answered and takes part.
func (l *Leg) up() bool { return l != nil && l.State == LegUp }

func (s *State) attempt(id int) *Attempt {
	for i := range s.Attempts {
		if s.Attempts[i].ID == id {
			return &s.Attempts[i]
		}
	}
	return nil
}

// attemptFor finds an attempt of one of some purposes.
func (s *State) attemptFor(purposes ...Purpose) *Attempt {
	for i := range s.Attempts {
		if slices.Contains(purposes, s.Attempts[i].For) {
			return &s.Attempts[i]
		}
	}
	return nil
}

func (s *State) party(leg LegID) *Party {
	for i := range s.Parties {
		if s.Parties[i].Leg == leg {
			return &s.Parties[i]
		}
	}
	return nil
}

// clone copies what Step changes, so that the state it was given stays as it was.
func (s State) clone() State {
	s.Legs = slices.Clone(s.Legs)
	s.Attempts = slices.Clone(s.Attempts)
	s.Timers = slices.Clone(s.Timers)
	s.Parties = slices.Clone(s.Parties)
	s.Wires = slices.Clone(s.Wires)
	s.First = slices.Clone(s.First)
	s.Turn = slices.Clone(s.Turn)
	s.Menu = copied(s.Menu)
	s.Asking = copied(s.Asking)
	s.Waiting = copied(s.Waiting)
	s.Message = copied(s.Message)
	return s
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	value := *p
	return &value
}
