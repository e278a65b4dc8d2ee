package pbx

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// journal writes a call to the log, in order, beside the call: a slow or full disk stops no talk.
type journal struct {
	call *liveCall
	done chan struct{} // closed once all is written
	open chan struct{} // closed once the call is in the log: no money moves before

	mu     sync.Mutex
	queue  []entry
	writes bool // somebody writes, or nobody is to yet
	ends   bool // no report follows

	events []call.Event // that were not reported yet
	seq    int          // how many were
	steps  call.Steps   // that were not reported yet
	basis  *call.Basis  // of the arrival
	began  bool         // a part was reported
}

// report is something to be written.
type report func(context.Context, *store.Tx) error

// entry is a report, and whether a newer one of its kind makes it void.
type entry struct {
	write report
	state bool
	first bool   // it opens the call
	then  func() // once it is on disk; nil for nothing
}

func newJournal(c *liveCall) *journal {
	return &journal{call: c, done: make(chan struct{}), open: make(chan struct{}), writes: true}
}

// do puts a report at the end. It never waits.
func (j *journal) do(write report) { j.put(entry{write: write}) }

func (j *journal) put(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(e)
}

// also puts a report that may come after the last one, and is written by itself then.
func (j *journal) also(write report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.ends {
		j.add(entry{write: write})
		return
	}
	j.call.pbx.work.Go(func() {
		<-j.done
		j.write(entry{write: write})
	})
}

// add puts an entry at the end; the journal is locked.
func (j *journal) add(e entry) {
	if last := len(j.queue) - 1; e.state && last >= 0 && j.queue[last].state {
		j.queue[last] = e
	} else {
		j.queue = append(j.queue, e)
	}
	if !j.writes {
		j.writes = true
		j.call.pbx.work.Go(j.run)
	}
}

// begin puts the first report before those that were put already, and begins to write.
func (j *journal) begin(write report, then func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = slices.Insert(j.queue, 0, entry{write: write, first: true, then: then})
	j.call.pbx.work.Go(j.run)
}

// run writes until nothing is left.
func (j *journal) run() {
	for {
		j.mu.Lock()
		if len(j.queue) == 0 {
			j.writes = false
			if j.ends {
				close(j.done)
			}
			j.mu.Unlock()
			return
		}
		next := j.queue[0]
		j.queue = j.queue[1:]
		j.mu.Unlock()
		j.write(next)
	}
}

func (j *journal) write(e entry) {
	if err := j.call.pbx.DB.Write(context.WithoutCancel(j.call.pbx.ctx), e.write); err != nil {
		j.call.pbx.Log.Error("a report is not in the log", "call", j.call.ref.ID, "err", err)
	} else {
		j.written(e)
	}
	if e.first {
		close(j.open)
	}
}

// written goes on once an entry is on disk.
func (j *journal) written(e entry) {
	if e.then != nil {
		e.then()
	}
	if j.call.pbx.Told != nil && !e.state {
		j.call.pbx.Told(j.call.ref.Project)
	}
}

// end puts the last report, and waits until all is written.
func (j *journal) end(write report) {
	j.mu.Lock()
	j.ends = true
	j.mu.Unlock()
	j.do(write)
	<-j.done
}

// part is what has not been reported yet.
func (j *journal) part() call.Part {
	c := j.call
	part := call.Part{Seq: j.seq, Events: j.events}
	j.began = true
	c.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(c.legs)) {
		if l := c.legs[id]; c.over || !l.unsettled() {
			part.Legs = append(part.Legs, l.record)
		}
	}
	c.mu.Unlock()
	j.seq += len(j.events)
	if len(j.events) > 0 { // steps go with events
		part.Steps, j.steps = j.steps, call.Steps{After: j.steps.After + len(j.steps.Steps)}
	}
	j.events = nil
	return part
}

var directions = map[dialplan.Kind]call.Direction{
	dialplan.Inbound: call.Inbound, dialplan.Outbound: call.Outbound, dialplan.Internal: call.Internal, dialplan.ClickToCall: call.ClickToCall,
	dialplan.Callback: call.Callback, dialplan.FromQueue: call.Callback,
}

// begins opens the call in the log and hands it to dialplan.
func (c *liveCall) begins(arrived dialplan.Arrived) {
	d, ok := dialplan.ReadDialled(arrived.To, arrived.Country, arrived.Staff)
	o := call.Opening{Project: c.ref.Project, ID: c.ref.ID, Direction: directions[arrived.Kind], Client: arrived.From, Number: arrived.Number, Node: c.pbx.Node}
	if arrived.Kind == dialplan.Inbound {
		o.Scheme = logged(c.plan.By(false))
	} else {
		o.Client, o.Person = arrived.To, c.person(arrived.Employee)
		if ok {
			o.Client = d.Number
		}
		if d.Employee != "" {
			o.Direction, o.Client = call.Internal, arrived.To
		}
	}
	if o.Number == "" && o.Direction != call.Internal {
		o.Number = string(arrived.Settings.CallerID)
	}
	c.step(arrived)
	if !c.journal.began {
		o.Part = c.journal.part()
	}
	if b := c.journal.basis; b != nil && !c.pbx.keeps(c.ref.Project, *b) {
		o.Basis = b
	}
	c.journal.begin(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) }, func() { c.pbx.kept(c.ref.Project, o.Basis) })
}

// logged is a scheme as the log keeps it.
func logged(by routing.Counting) call.Scheme {
	return call.Scheme{ID: string(by.ID), Name: by.Name, Version: int64(by.Version)}
}

// note takes down a line of the timeline, and what the live panel shows.
func (c *liveCall) note(r dialplan.Reason) {
	now := c.pbx.Now()
	if e, ok := tell(&c.state, r); ok {
		e.At = c.clock.at
		c.journal.events = append(c.journal.events, e)
	}
	switch phase := c.phase(r); {
	case r.Code == "call.connected":
		c.connected(now)
	case r.Code == "call.parked": // whoever parked is free again
		c.journal.show(call.State{Phase: phase, At: now})
	case r.Code == "consult.over": // whoever has the call now may be another
		c.connected(now)
	case phase != "":
		c.journal.show(call.State{Phase: phase, At: now, Queue: r.Params["queue"], Position: position(r), People: c.ringing()})
	}
}

// phase is what a line of the timeline means for the live panel.
func (c *liveCall) phase(r dialplan.Reason) call.Phase {
	switch r.Code {
	case "step.enter":
		return map[string]call.Phase{"menu": call.InMenu, "say": call.InMenu, "code": call.InMenu, "queue": call.InQueue, "voicemail": call.InVoicemail, "ring": call.Ringing}[r.Params["kind"]]
	case "queue.joined":
		return call.InQueue
	case "leg.dialled":
		if c.state.Waiting == nil && c.state.Phase != dialplan.PhaseTalk {
			return call.Ringing
		}
	case "call.held":
		return call.OnHold
	case "call.parked":
		return call.IsParked
	case "transfer.blind", "transfer.attended", "transfer.back":
		return call.Ringing
	case "consult.rings":
		return call.Consulting
	case "call.resumed":
		return call.Talking
	}
	return ""
}

func position(r dialplan.Reason) (n int64) {
	for _, d := range []byte(r.Params["position"]) {
		n = n*10 + int64(d-'0')
	}
	return n
}

// ringing are the people who are rung or talk.
func (c *liveCall) ringing() (people []call.Person) {
	for _, id := range c.on {
		people = append(people, c.person(id))
	}
	return people
}

// show brings the live panel up to date.
func (j *journal) show(s call.State) {
	ref := j.call.ref
	j.put(entry{state: true, write: func(ctx context.Context, tx *store.Tx) error { return call.SetState(ctx, tx, ref.Project, ref.ID, s) }})
}

// progress reports legs that were answered, so that they can be ended after a crash.
func (j *journal) progress() {
	ref, part := j.call.ref, j.part()
	j.do(func(ctx context.Context, tx *store.Tx) error { return call.Report(ctx, tx, ref, part) })
}

// connected reports who talks.
func (c *liveCall) connected(now time.Time) {
	r := call.Connection{Project: c.ref.Project, ID: c.ref.ID, At: c.state.TalkAt, Person: c.talker(), Part: c.journal.part()}
	r.State = call.State{Phase: call.Talking, At: now, People: []call.Person{r.Person}}
	if r.At.IsZero() {
		r.At = now
	}
	c.journal.do(func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, r) })
}

// talker is the employee who took part last.
func (c *liveCall) talker() call.Person {
	if all := c.state.Result.Employees; len(all) > 0 {
		return c.person(all[len(all)-1])
	}
	return call.Person{}
}

// person is an employee as the log keeps them.
func (c *liveCall) person(id string) call.Person {
	e, ok := c.plan.Roster.Employee(staff.EmployeeID(id))
	if !ok {
		return call.Person{}
	}
	p := call.Person{ID: id, Name: e.Name, User: e.User, Department: string(e.Department)}
	for _, d := range c.plan.Roster.Departments {
		if d.ID == e.Department {
			p.DepartmentName = d.Name
		}
	}
	return p
}

func (c *liveCall) nameOf(id string) string { return c.person(id).Name }

var statuses = map[dialplan.Status]call.Status{
	dialplan.StatusAnswered: call.Answered, dialplan.StatusNoAnswer: call.NoAnswer,
	dialplan.StatusBusy: call.Busy, dialplan.StatusFailed: call.Failed, dialplan.StatusVoicemail: call.Voicemail, dialplan.StatusWrongExtension: call.WrongExtension,
	dialplan.StatusClientNoAnswer: call.ClientNoAnswer, dialplan.StatusForbidden: call.Forbidden, dialplan.StatusBlocked: call.TurnedAway,
}

// close ends the call: once its money is settled it is closed in the log, and taken off the list.
func (c *liveCall) close() {
	for _, t := range c.timers {
		t.Stop()
	}
	for _, l := range c.legs {
		stop(l.beat, l.warn, l.cut)
		for _, f := range l.forks {
			c.part(f)
		}
	}
	c.endUndialled()
	c.pbx.employ(c.ref.Project, c.on, nil)
	c.settling.Wait()
	result := c.state.Result
	if len(c.journal.steps.Steps) > 0 && len(c.journal.events) == 0 { // it was given up
		c.journal.events = []call.Event{{At: result.EndedAt, Code: call.HungUp, Params: map[string]string{"by": string(call.BySystem)}}}
	}
	r := call.Closing{Project: c.ref.Project, ID: c.ref.ID, Status: statuses[result.Status], AnsweredAt: c.state.TalkAt, EndedAt: result.EndedAt, Person: c.talker(), EndedBy: endedBy(&c.state)}
	if c.state.AfterHours {
		r.Scheme = logged(c.plan.By(true))
	}
	r.Part = c.journal.part()
	c.taping.Wait() // recordings are in the log before the call is closed
	c.journal.end(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
	c.pbx.forget(c)
}

// endUndialled takes down of legs that were never dialled whom they were for, and that they are over.
func (c *liveCall) endUndialled() {
	for id, l := range c.legs {
		if !l.record.EndedAt.IsZero() || int(id) > len(c.state.Legs) {
			continue
		}
		was := c.state.Legs[id-1]
		if l.record.EndedAt = was.EndedAt; was.EndedAt.IsZero() {
			l.record.EndedAt = c.state.Result.EndedAt
		}
		if l.record.Address == "" {
			l.record.Address, l.record.Employee, l.record.EmployeeName = was.To.To, was.Employee, c.nameOf(was.Employee)
		}
	}
}
