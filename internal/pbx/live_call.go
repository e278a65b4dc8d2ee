package pbx

import (
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/media"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/trunk"
)

// liveCall is a call that goes on. Its fields belong to its goroutine, but for those of the mailbox.
type liveCall struct {
	pbx   *PBX
	ref   call.Ref
	plan  *routing.Plan
	state dialplan.State
	clock clock
	legs  map[dialplan.LegID]*leg
	rooms map[int]*media.Room

	receiver *receiver // who takes the leg that is handed over
	timers   map[dialplan.Timer]*time.Timer
	journal  *journal
	settling sync.WaitGroup
	taping   sync.WaitGroup
	tape     *tape
	asked    Asked // where it came from; of calls from outside
	found    *finding
	numbered bool // it counts against the bound of the number that was called
	pad      keypad
	message  *tape
	tapes    int64    // how many there were
	on       []string // employees who are on the telephone for this call

	mu     sync.Mutex
	items  []func()
	wake   chan struct{}
	over   bool // the call is
	closed bool // nothing is taken any more; guarded by mu
}

// leg is one party's connection: a dialog that came in, or those we have tried.
type leg struct {
	id       dialplan.LegID
	in       *sip.Incoming
	forks    []*fork
	won      *fork
	ways     []trunk.Way // that were not tried yet
	dial     dialplan.Dial
	cause    dialplan.Cause // the best reason why forks failed
	refused  string         // the code with which money refused the ways that were left
	over     trunk.ID       // the trunk whose channel it takes
	progress bool           // early media was sent to it
	plays    map[uint64]int // serials of dialplan by those of media
	dying    bool
	inVain   bool // its answer was of no use to us

	charging string
	asked    charging.AuthoriseRequest // to be asked once an operator's trunk is needed; where the project's own comes first
	own      bool                      // it goes over the project's own trunk now
	beat     *time.Timer
	warn     *time.Timer
	cut      *time.Timer
	answered time.Time
	end      int64 // the second of talk at which it is cut; 0 for none
	warned   bool  // of that end
	last     charging.Extension
	record   call.Leg
	settled  bool // its end is in the log, with what it cost; guarded by the call's mu
}

// unsettled tells of a leg that has ended and is not charged yet: its end is written with the charge, and not before.
func (l *leg) unsettled() bool { return l.charging != "" && !l.record.EndedAt.IsZero() && !l.settled }

// fork is one dialog of a leg: an account has one for each of its phones.
type fork struct {
	sip   *sip.Leg
	media *media.Leg
	done  bool
	at    atomic.Pointer[seat]
}

// seat is where a dialog belongs: a transfer may move it to another call.
type seat struct {
	call *liveCall
	leg  *leg
}

// tell lets the call that a dialog belongs to know of something, also where it moves meanwhile.
func (f *fork) tell(do func(c *liveCall, l *leg)) {
	s := f.at.Load()
	s.call.post(func() {
		if f.at.Load() != s {
			f.tell(do)
			return
		}
		do(s.call, s.leg)
	})
}

// begin makes a call and its goroutine.
func (p *PBX) begin(plan *routing.Plan, ref call.Ref) *liveCall {
	c := &liveCall{
		pbx: p, ref: ref, plan: plan, legs: map[dialplan.LegID]*leg{}, rooms: map[int]*media.Room{}, timers: map[dialplan.Timer]*time.Timer{},
		wake: make(chan struct{}, 1),
	}
	c.journal = newJournal(c)
	p.mu.Lock()
	p.calls[c.ref] = c
	p.mu.Unlock()
	p.work.Go(c.run)
	return c
}

// post puts something into the mailbox. Once the call is over nobody takes it, and it answers false.
func (c *liveCall) post(do func()) bool {
	c.mu.Lock()
	if !c.closed {
		c.items = append(c.items, do)
	}
	taken := !c.closed
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return taken
}

// tell lets the call know of an event.
func (c *liveCall) tell(e dialplan.Event) { c.post(func() { c.step(e) }) }

var stopAll = dialplan.Stop{}

func (c *liveCall) run() {
	for !c.over {
		<-c.wake
		c.mu.Lock()
		items := c.items
		c.items = nil
		c.mu.Unlock()
		for _, do := range items {
			c.guard(do)
		}
	}
	c.mu.Lock()
	rest := c.items
	c.items, c.closed = nil, true
	c.mu.Unlock()
	for _, do := range rest {
		c.guard(do) // dialplan lets it pass; a leg that another call has given is hung up
	}
	c.close()
}

// guard keeps a mistake of ours in one call from ending all others of the node: the call is given up.
func (c *liveCall) guard(do func()) {
	defer func() {
		if cause := recover(); cause != nil {
			c.pbx.Log.Error("a call was given up", "call", c.ref.ID, "cause", cause, "stack", string(debug.Stack()))
			c.giveUp()
		}
	}()
	do()
}

// giveUp ends whatever there is of the call: legs are hung up and settled from their answers.
func (c *liveCall) giveUp() {
	now := c.pbx.Now()
	for id, l := range c.legs {
		for _, f := range l.forks {
			c.part(f)
			f.sip.Hangup(reasonOf(dialplan.CauseFailed))
		}
		if !l.dying {
			c.settle(dialplan.Settle{Leg: id, AnsweredAt: l.answered, EndedAt: now, Cause: dialplan.CauseFailed})
		}
		if l.record.EndedAt.IsZero() {
			l.record.EndedAt = now
		}
		c.freeChannel(l)
	}
	c.state.Result.Status, c.state.Result.EndedAt, c.over = dialplan.StatusFailed, now, true
}

// step lets dialplan decide, carries it out, and gives what it was.
func (c *liveCall) step(e dialplan.Event) []dialplan.Effect {
	now := c.pbx.Now()
	c.clock.tick(now)
	c.journal.remember(dialplan.Happened{At: c.clock.at, Event: e})
	state, effects := dialplan.Step(c.state, now, e)
	c.state = state
	c.employ() // what is noted below says who is rung now, not who was
	for _, effect := range effects {
		c.carryOut(effect)
	}
	return effects
}

// leg finds or makes a leg.
func (c *liveCall) leg(id dialplan.LegID) *leg {
	l := c.legs[id]
	if l == nil {
		l = &leg{id: id, plays: map[uint64]int{}}
		l.record = call.Leg{N: int64(id), StartedAt: c.pbx.Now()}
		c.legs[id] = l
	}
	return l
}

// audio is what carries a leg's sound; nil before there is any.
func (l *leg) audio() *media.Leg {
	switch {
	case l.won != nil:
		return l.won.media
	case len(l.forks) > 0:
		return l.forks[len(l.forks)-1].media
	}
	return nil
}

// chargingID names a leg to package charging: it begins with the time.
func (c *liveCall) chargingID(id dialplan.LegID) string {
	return c.ref.ID.String() + "-" + strconv.Itoa(int(id))
}

// readChargingID reads what chargingID writes; false for legs of others.
func readChargingID(text string) (id call.ID, leg int64, ok bool) {
	before, after, _ := strings.Cut(text, "-")
	id, err := call.ParseID(before)
	leg, wrong := strconv.ParseInt(after, 10, 32)
	return id, leg, err == nil && wrong == nil && leg > 0
}

// employ keeps who is on the telephone for this call up to date.
func (c *liveCall) employ() {
	var now []string
	for _, l := range c.state.Legs {
		switch l.State {
		case dialplan.LegDialled, dialplan.LegRinging, dialplan.LegUp:
			if l.Employee != "" {
				now = append(now, l.Employee)
			}
		}
	}
	c.pbx.employ(c.ref.Project, c.on, now)
	c.on = now
}
