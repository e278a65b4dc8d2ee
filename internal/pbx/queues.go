package pbx

import (
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
)

// queueing is what calls ask of the queues, and what else the queues have to know. Nothing of it waits.
type queueing interface {
	join(c *liveCall, e dialplan.JoinQueue)
	leave(c *liveCall, e dialplan.LeaveQueue)
	answer(c *liveCall, e dialplan.AnswerOffer)
	freed(who agent)
	available(who agent)
	giveBack(ctx context.Context) error // at a clean stop, behind the last call
}

// queues are the queues where there is one node, each with its line: its one owner.
type queues struct {
	pbx   *PBX
	mu    sync.Mutex
	lines map[string]*line // by project and queue
}

// line is one queue of a project.
type line struct {
	dialplan.QueueLine
	project ident.ProjectID
	staff   dialplan.Staff // as the last caller brought it
	calls   map[string]call.Ref
	paused  map[string]time.Time // employees who did not answer, for a moment
	idle    map[string]time.Time // since when employees have not talked
	taken   map[string]int       // calls that employees have taken
	backs   map[int]bool         // offers that became calls of their own
}

// pause is how long an employee who did not answer is left alone by a queue.
const pause = dialplan.QueuePause

func (q *queues) line(c *liveCall, queue string) *line {
	key := string(c.ref.Project) + "/" + queue
	l := q.lines[key]
	if l == nil {
		l = &line{project: c.ref.Project, calls: map[string]call.Ref{}, paused: map[string]time.Time{}, idle: map[string]time.Time{}, taken: map[string]int{}, backs: map[int]bool{}}
		seed := fnv.New64a()
		_, _ = seed.Write([]byte(key + c.ref.ID.String()))
		l.Seed = seed.Sum64()
		q.lines[key] = l
	}
	return l
}

func (q *queues) join(c *liveCall, e dialplan.JoinQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.line(c, e.Queue.Queue)
	l.staff = c.state.Call.Staff
	l.calls[c.ref.ID.String()] = c.ref
	q.deliver(l, l.Join(c.ref.ID.String(), e, q.pbx.Now()))
	q.serve(l)
}

func (q *queues) leave(c *liveCall, e dialplan.LeaveQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.line(c, e.Queue)
	q.deliver(l, l.Leave(c.ref.ID.String(), e, q.pbx.Now()))
	q.serve(l)
}

func (q *queues) answer(c *liveCall, e dialplan.AnswerOffer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lines {
		i := slices.IndexFunc(l.Offers, func(o dialplan.Pledge) bool { return o.Offer == e.Offer && o.Call == c.ref.ID.String() })
		if l.project != c.ref.Project || i < 0 {
			continue
		}
		q.answered(l, l.Offers[i], e)
		return
	}
}

func (q *queues) answered(l *line, offer dialplan.Pledge, e dialplan.AnswerOffer) {
	now := q.pbx.Now()
	if e.By == "" {
		for _, id := range offer.Employees {
			l.paused[id] = now.Add(pause)
		}
		q.later(l, pause)
	} else {
		l.taken[e.By]++
	}
	l.Answer(e, now)
	q.serve(l)
}

// later serves a queue again.
func (q *queues) later(l *line, after time.Duration) {
	time.AfterFunc(after+10*time.Millisecond, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.pbx.ctx.Err() == nil {
			q.serve(l)
		}
	})
}

// serve offers whoever is free.
func (q *queues) serve(l *line) {
	if len(l.Places) == 0 {
		return
	}
	now := q.pbx.Now()
	var all []dialplan.Presence
	for _, id := range l.staff.Of(l.Queue.Targets) {
		busy := q.pbx.isBusy(agent{l.project, id}) || l.paused[id].After(now) || !q.pbx.reachable(l.staff, id)
		all = append(all, dialplan.Presence{Employee: id, Busy: busy, IdleSince: l.idle[id], Calls: l.taken[id]})
	}
	q.deliver(l, l.Serve(all, now))
}

// deliver tells calls what their line says; whoever left to be called back becomes a call of its own.
func (q *queues) deliver(l *line, tells []dialplan.Tell) {
	for _, t := range tells {
		ref := l.calls[t.Call]
		if t.CallBack != "" {
			offer := t.Event.(dialplan.Offered)
			q.pbx.work.Go(func() {
				if erased, err := call.IsErased(q.pbx.ctx, q.pbx.DB, ref); err == nil && !erased {
					_, _ = q.pbx.backFromQueue(ref.Project, offer.Employees[0], t.CallBack)
				}
			})
			l.Answer(dialplan.AnswerOffer{Offer: offer.Offer, By: offer.Employees[0]}, q.pbx.Now())
			continue
		}
		if c := q.pbx.find(ref); c != nil {
			c.tell(t.Event)
		}
	}
}

// freed lets the queues of a project know that somebody has hung up.
func (q *queues) freed(who agent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lines {
		if l.project != who.project {
			continue
		}
		now := q.pbx.Now()
		l.idle[who.employee] = now
		if l.Queue.RestSeconds > 0 {
			l.Talked(who.employee, now)
			q.later(l, time.Duration(l.Queue.RestSeconds)*time.Second)
		}
		q.serve(l)
	}
}

// employ takes down who is on the telephone for a call now instead of before.
func (p *PBX) employ(project ident.ProjectID, before, now []string) {
	if slices.Equal(before, now) {
		return
	}
	var freed []agent
	p.mu.Lock()
	for _, id := range now {
		p.busy[agent{project, id}]++
	}
	for _, id := range before {
		who := agent{project, id}
		if p.busy[who]--; p.busy[who] <= 0 {
			delete(p.busy, who)
			p.hungUp[who] = p.Now()
			freed = append(freed, who)
		}
	}
	p.mu.Unlock()
	for _, who := range freed {
		p.work.Go(func() { p.queues.freed(who) })
	}
}

func (p *PBX) isBusy(who agent) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy[who] > 0
}

// reachable tells whether an employee has a telephone, or a device that is registered.
func (p *PBX) reachable(staff dialplan.Staff, id string) bool {
	e, _ := staff.Employee(id)
	return slices.ContainsFunc(e.Contacts, func(at dialplan.Endpoint) bool {
		return at.Kind != dialplan.Account || len(p.Stack.Contacts(at.To)) > 0
	})
}

// Available lets the queues of a project know that an employee can take calls: they have registered, or say so themselves.
func (p *PBX) Available(project ident.ProjectID, employee string) {
	p.queues.available(agent{project, employee})
}

// available serves the queues of somebody who can take calls now.
func (q *queues) available(who agent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lines {
		if l.project == who.project {
			delete(l.paused, who.employee)
			q.serve(l)
		}
	}
}

// giveBack has nothing to do: nobody else has this database.
func (q *queues) giveBack(context.Context) error { return nil }
