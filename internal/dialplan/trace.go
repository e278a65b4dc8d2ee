package dialplan

import (
	"slices"
	"time"
)

// Trial is a call that is tried out, and what those who take part are assumed to do. Nobody answers unless it says so.
type Trial struct {
	Call    Arrived           `json:"call"`
	At      time.Time         `json:"at"`
	Keys    map[string]string `json:"keys,omitempty"`    // what the caller presses, by the step of the menu or the code
	Answers string            `json:"answers,omitempty"` // who answers, once rung: an employee's id, a number or an address
	Busy    []string          `json:"busy,omitempty"`    // who is busy, likewise
	Consent bool              `json:"consent,omitempty"` // to the recording
	Message bool              `json:"message,omitempty"` // a message is left
}

// Path is what happens to a call, in order, and how it ends.
type Path struct {
	Lines  []Line `json:"lines"`
	Result Result `json:"result"`
}

// Line is one thing that happens: its code and parameters are those of the timeline of a real call.
type Line struct {
	Seconds float64 `json:"seconds"` // since the call arrived
	Reason
}

// Trace tells what would happen to a call (Rule T-33). It is lived through by Step, as a real one is, on a clock of its own.
func Trace(t Trial) Path {
	d := dryRun{trial: t, at: t.At, pressed: map[string]bool{}}
	d.happen(t.Call)
	for range mostTraced {
		if len(d.due) == 0 || d.state.Phase == PhaseDone {
			break
		}
		next := d.due[0]
		d.due = d.due[1:]
		d.at = next.at
		d.happen(next.event)
	}
	d.path.Result = d.state.Result
	return d.path
}

// mostTraced bounds a dry run; a real call of so many events has been going round for hours.
const mostTraced = 3000

// What takes time in a dry run.
const (
	tracedPrompt  = 4 * time.Second
	tracedAnswer  = 5 * time.Second
	tracedTalk    = time.Minute
	tracedMessage = 10 * time.Second
)

// dryRun stands for the network, the telephones and the queues of a call that is tried out.
type dryRun struct {
	trial   Trial
	state   State
	at      time.Time
	due     []tracedEvent // in order
	offers  [][]string    // employees whom the queue has not offered yet
	ticket  int
	pressed map[string]bool // steps in which the caller has pressed
	path    Path
}

type tracedEvent struct {
	at    time.Time
	event Event
}

func (d *dryRun) happen(e Event) {
	state, effects := Step(d.state, d.at, e)
	d.state = state
	for _, effect := range effects {
		if note, ok := effect.(Note); ok {
			d.path.Lines = append(d.path.Lines, Line{d.at.Sub(d.trial.At).Seconds(), note.Reason})
			continue
		}
		d.carryOut(effect)
	}
}

// after lets something happen later, behind what happens at the same instant.
func (d *dryRun) after(wait time.Duration, e Event) {
	at := d.at.Add(wait)
	i := len(d.due)
	for i > 0 && d.due[i-1].at.After(at) {
		i--
	}
	d.due = slices.Insert(d.due, i, tracedEvent{at, e})
}

func (d *dryRun) carryOut(e Effect) {
	switch e := e.(type) {
	case Authorise:
		d.after(0, Authorised{e.Leg})
	case Dial:
		d.dial(e)
	case Cancel:
		d.after(0, Ended{Leg: e.Leg, Cause: CauseCancelled})
	case Reject:
		d.after(0, Ended{Leg: e.Leg, Cause: CauseCancelled})
	case Bye:
		d.after(0, Ended{Leg: e.Leg, Cause: CauseNormal})
	case StartTimer:
		d.after(e.After, TimedOut{e.Timer})
	case Play:
		d.play(e)
	case TakeMessage:
		if d.trial.Message {
			d.after(tracedMessage, Ended{Leg: e.Leg, Cause: CauseNormal})
		} else {
			d.after(0, Ended{Leg: e.Leg, Cause: CauseNormal})
		}
	case Connect:
		d.after(tracedTalk, Ended{Leg: e.Wire.Parts[0].Leg, Cause: CauseNormal})
	case JoinQueue:
		d.join(e)
	case AnswerOffer:
		d.offer()
	case AskOwner: // nobody is asked
		d.after(0, OwnerSaid{Asked: WouldAsk})
	case FindCode:
		d.after(0, CodeFound{e.Serial, CodeAssumed})
	}
}

func (d *dryRun) dial(e Dial) {
	is := func(who string) bool { return who != "" && (who == e.To.To || who == d.state.Legs[e.Leg-1].Employee) }
	if slices.ContainsFunc(d.trial.Busy, is) {
		d.after(0, Ended{Leg: e.Leg, Cause: CauseBusy})
		return
	}
	d.after(0, Rings{e.Leg})
	if is(d.trial.Answers) {
		d.after(tracedAnswer, Answered{e.Leg})
	}
}

func (d *dryRun) play(e Play) {
	if e.Sound.Kind != Prompt {
		return
	}
	d.after(tracedPrompt, Played{Leg: e.Leg, Serial: e.Serial})
	keys := d.trial.Keys[d.state.At]
	switch {
	case d.state.Consenting != 0:
		if d.trial.Consent {
			d.after(tracedPrompt+time.Second, Pressed{e.Leg, d.state.Call.Settings.Recording.yes()})
		}
	case (d.state.Menu != nil || d.state.Asking != nil) && !d.pressed[d.state.At]:
		d.pressed[d.state.At] = true
		for i := range keys {
			d.after(tracedPrompt+time.Duration(i+1)*time.Second, Pressed{e.Leg, keys[i : i+1]})
		}
	}
}

// join offers each employee of a queue once, in the order of its strategy as if nobody had taken a call yet.
func (d *dryRun) join(e JoinQueue) {
	d.ticket = e.Ticket
	d.after(0, Queued{Ticket: e.Ticket, Position: 1})
	d.offers = nil
	var all []string
	for _, p := range d.state.Call.Staff.parties(e.Queue.Targets) {
		all = append(all, p.Employee)
	}
	if e.Queue.Strategy == RingAll {
		d.offers = [][]string{all}
	} else {
		for _, id := range all {
			d.offers = append(d.offers, []string{id})
		}
	}
	d.offer()
}

func (d *dryRun) offer() {
	if len(d.offers) == 0 {
		return
	}
	d.after(0, Offered{Ticket: d.ticket, Offer: len(d.offers), Employees: d.offers[0]})
	d.offers = d.offers[1:]
}
