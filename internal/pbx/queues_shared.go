package pbx

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

const (
	lookEvery = 250 * time.Millisecond
	sayEvery  = time.Second // a node that says nothing for call.QueueLease is thought dead
)

// sharedQueues are the queues where several nodes have one database (Rules T-121 to T-123). What a call asks for is noted and never waits. Beside
// the calls, several times a second, the node says at its desk who waits here and whom it can ring; where it owns the project's queues it
// decides; and calls are told what the owner has decided.
type sharedQueues struct {
	pbx  *PBX
	wake chan struct{}

	ahead atomic.Int64 // nanoseconds that the database's clock is ahead of ours: all nodes go by it
	asked time.Time    // when it was looked at last; of the one goroutine that looks

	mu      sync.Mutex
	callers map[call.Ref]*waiter
	given   []*given

	terms map[ident.ProjectID]int64 // in which this node owns queues; of the one goroutine that looks, as is said
	said  map[ident.ProjectID]said
}

// waiter is a caller of this node. Since when they wait is said by the database's clock, which may not be known yet when they come.
type waiter struct {
	dialplan.QueueCaller
	came time.Time // by this node's clock
	told dialplan.Queued
}

// given is an offer that a call of this node has.
type given struct {
	ref call.Ref
	dialplan.OfferAnswered
	answered bool
}

// said is what stands at this node's desk.
type said struct {
	text string
	at   time.Time
}

func newSharedQueues(p *PBX) *sharedQueues {
	return &sharedQueues{pbx: p, wake: make(chan struct{}, 1), callers: map[call.Ref]*waiter{}, terms: map[ident.ProjectID]int64{}, said: map[ident.ProjectID]said{}}
}

func (q *sharedQueues) join(c *liveCall, e dialplan.JoinQueue) {
	defer q.look()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.callers[c.ref] = &waiter{QueueCaller: dialplan.QueueCaller{Call: c.ref.ID.String(), Ticket: e.Ticket, Queue: e.Queue}, came: q.pbx.Now()}
}

func (q *sharedQueues) leave(c *liveCall, e dialplan.LeaveQueue) {
	defer q.look()
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.callers[c.ref]
	switch {
	case w == nil || w.Ticket != e.Ticket:
	case e.CallBack != "":
		w.CallBack = e.CallBack
	default:
		delete(q.callers, c.ref)
	}
}

func (q *sharedQueues) answer(c *liveCall, e dialplan.AnswerOffer) {
	defer q.look()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, g := range q.given {
		if g.ref == c.ref && g.Offer == e.Offer && !g.answered {
			g.By, g.answered = e.By, true
			return
		}
	}
}

func (q *sharedQueues) freed(agent)     { q.lookForCallers() }
func (q *sharedQueues) available(agent) { q.lookForCallers() }

// lookForCallers has the queues looked at now if somebody waits here: else the next look is soon enough.
func (q *sharedQueues) lookForCallers() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.callers) > 0 {
		q.look()
	}
}

// look has the queues looked at now.
func (q *sharedQueues) look() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// lookForever looks at the queues until the PBX is closed.
func (q *sharedQueues) lookForever() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := q.lookAtAll(q.pbx.ctx); err != nil && q.pbx.ctx.Err() == nil {
			q.pbx.Log.Error("the queues could not be looked at", "err", err)
		}
		select {
		case <-q.pbx.ctx.Done():
			return
		case <-q.wake:
		case <-ticker.C:
		}
	}
}

func (q *sharedQueues) lookAtAll(ctx context.Context) error {
	if err := q.setClock(ctx); err != nil {
		return err
	}
	own := q.projects()
	boards, err := call.QueueBoards(ctx, q.pbx.DB, own)
	if err != nil {
		return err
	}
	for _, id := range own {
		if !slices.ContainsFunc(boards, func(b call.QueueBoard) bool { return b.Project == id }) {
			boards = append(boards, call.QueueBoard{Project: id}) // nobody has ever waited there
		}
	}
	var failed error
	for _, b := range boards {
		failed = firstError(failed, q.lookAt(ctx, b))
	}
	return failed
}

// now is the time by the database's clock.
func (q *sharedQueues) now() time.Time { return q.pbx.Now().Add(time.Duration(q.ahead.Load())) }

// clockEvery is how often the clocks are compared.
const clockEvery = 10 * time.Second

// setClock looks at the database's clock now and again, so that the clocks of nodes need not agree (Rule T-121).
func (q *sharedQueues) setClock(ctx context.Context) error {
	if now := q.pbx.Now(); !q.asked.IsZero() && now.Sub(q.asked) < clockEvery {
		return nil
	}
	ahead, err := q.pbx.DB.Ahead(ctx, q.pbx.Now)
	if err != nil {
		return err
	}
	q.ahead.Store(int64(ahead))
	q.asked = q.pbx.Now()
	return nil
}

// giveBack lets another node own the queues at once: this one stops.
func (q *sharedQueues) giveBack(ctx context.Context) error {
	return q.pbx.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return call.GiveBackQueues(ctx, tx, q.pbx.Node) })
}

// projects are those in whose queues somebody of this node waits, or has an offer.
func (q *sharedQueues) projects() (list []ident.ProjectID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ref, w := range q.callers {
		if w.CallBack == "" && q.pbx.find(ref) == nil {
			delete(q.callers, ref) // the call was given up
			continue
		}
		list = append(list, ref.Project)
	}
	for _, g := range q.given {
		list = append(list, g.ref.Project)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// lookAt says what there is to say, decides where that is this node's to do, and lets the calls know.
func (q *sharedQueues) lookAt(ctx context.Context, b call.QueueBoard) error {
	began := q.now()
	plan, err := q.pbx.Routing.ForProject(ctx, b.Project, began)
	if err != nil {
		return err
	}
	desk := q.desk(b.Project, plan.Staff())
	if !q.mayDecide(b, began) {
		err = q.say(ctx, b.Project, desk)
	} else {
		b, err = q.decide(ctx, plan, desk)
	}
	if err == nil && q.now().Sub(began) < call.QueueLease/2 { // after a longer halt it may be old news
		q.deliver(b)
	}
	return err
}

// mayDecide tells whether the queues of a board are this node's to decide: its own, or nobody's any more.
func (q *sharedQueues) mayDecide(b call.QueueBoard, now time.Time) bool {
	return b.Term > 0 && b.Term == q.terms[b.Project] || !b.Until.After(now)
}

// desk is what this node has to say. Answers are read before who is on the telephone: whoever is in neither is free.
func (q *sharedQueues) desk(project ident.ProjectID, all dialplan.Staff) dialplan.Desk {
	d := dialplan.Desk{Node: q.pbx.Node, Freed: map[string]time.Time{}}
	q.mu.Lock()
	for ref, w := range q.callers {
		if w.Since.IsZero() {
			w.Since = w.came.Add(time.Duration(q.ahead.Load()))
		}
		if ref.Project == project {
			d.Callers = append(d.Callers, w.QueueCaller)
		}
	}
	for _, g := range q.given {
		if g.ref.Project == project && g.answered {
			d.Answers = append(d.Answers, g.OfferAnswered)
		}
	}
	q.mu.Unlock()
	slices.SortFunc(d.Callers, func(a, b dialplan.QueueCaller) int { return a.Since.Compare(b.Since) })
	q.pbx.mu.Lock()
	for _, e := range all {
		who := agent{project, e.ID}
		if q.pbx.busy[who] > 0 {
			d.Busy = append(d.Busy, e.ID)
		}
		if at, ok := q.pbx.hungUp[who]; ok {
			d.Freed[e.ID] = at.Add(time.Duration(q.ahead.Load()))
		}
	}
	q.pbx.mu.Unlock()
	for _, e := range all {
		if q.pbx.reachable(all, e.ID) {
			d.Reach = append(d.Reach, e.ID)
		}
	}
	return d
}

// say puts at the desk what the owner does not know yet, and lets it know that this node lives.
func (q *sharedQueues) say(ctx context.Context, project ident.ProjectID, d dialplan.Desk) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	now, last := q.now(), q.said[project]
	if last.text == string(text) && now.Sub(last.at) < sayEvery {
		return nil
	}
	if err := q.pbx.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return call.SetQueueDesk(ctx, tx, project, d, now) }); err != nil {
		return err
	}
	q.said[project] = said{string(text), now}
	return nil
}

// decide makes the next board of a project, and has those called back whose turn has come. Where another node has become the owner
// meanwhile nothing is decided.
func (q *sharedQueues) decide(ctx context.Context, plan *routing.Plan, desk dialplan.Desk) (b call.QueueBoard, err error) {
	project, now, mine := plan.Project.ID, q.now(), false
	err = q.pbx.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		mine = false
		if err := call.SetQueueDesk(ctx, tx, project, desk, now); err != nil {
			return err
		}
		if b, err = call.GetQueueBoard(ctx, tx, project); err != nil || !q.mayDecide(b, now) {
			return err
		}
		desks, err := call.QueueDesks(ctx, tx, project, now)
		if err != nil {
			return err
		}
		b.Node = q.pbx.Node
		backs := b.Serve(desks, plan.Staff(), now.In(plan.Zone))
		if mine, err = call.SaveQueueBoard(ctx, tx, &b, q.terms[project], now); err != nil || !mine {
			return err
		}
		return q.callBack(ctx, tx, project, backs, now)
	})
	if err != nil || !mine {
		return call.QueueBoard{Project: project}, err
	}
	q.terms[project] = b.Term
	return b, nil
}

// callBack orders calls to those who left, each by the node that can ring the employee.
func (q *sharedQueues) callBack(ctx context.Context, tx *store.Tx, project ident.ProjectID, backs []dialplan.CallBackNow, now time.Time) error {
	for _, back := range backs {
		order := call.Command{Kind: call.CallBack, Employee: back.Employee, Phone: back.Phone}
		if _, err := call.Ask(ctx, tx, rand.Reader, back.Node, call.Ref{Project: project}, order, now); err != nil {
			return err
		}
	}
	return nil
}

// deliver tells the calls of this node what has been decided, each thing once.
func (q *sharedQueues) deliver(b call.QueueBoard) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if b.Term == 0 {
		return
	}
	q.given = slices.DeleteFunc(q.given, func(g *given) bool { return g.ref.Project == b.Project && !stands(b, g) })
	for name, l := range b.Lines {
		for _, tell := range l.Standings() {
			q.place(b.Project, tell.Call, tell.Event.(dialplan.Queued))
		}
		for _, o := range l.Offers {
			q.offer(b.Project, name, o)
		}
	}
	for ref, w := range q.callers {
		if ref.Project == b.Project {
			q.settle(ref, w, b)
		}
	}
}

// stands tells whether the owner does not know yet what came of an offer.
func stands(b call.QueueBoard, g *given) bool {
	l := b.Lines[g.Queue]
	return l != nil && slices.ContainsFunc(l.Offers, func(o dialplan.Pledge) bool { return o.Offer == g.Offer && o.Call == g.Call })
}

// place tells a caller of this node their place.
func (q *sharedQueues) place(project ident.ProjectID, text string, at dialplan.Queued) {
	ref, w := q.waiter(project, text)
	if w != nil && w.Ticket == at.Ticket && w.told != at && w.CallBack == "" {
		w.told = at
		q.tell(ref, at)
	}
}

// offer offers employees to a caller of this node.
func (q *sharedQueues) offer(project ident.ProjectID, queue string, o dialplan.Pledge) {
	ref, w := q.waiter(project, o.Call)
	if w == nil || slices.ContainsFunc(q.given, func(g *given) bool { return g.ref == ref && g.Queue == queue && g.Offer == o.Offer }) {
		return
	}
	q.given = append(q.given, &given{ref: ref, OfferAnswered: dialplan.OfferAnswered{Queue: queue, Call: o.Call, Offer: o.Offer}})
	q.tell(ref, dialplan.Offered{Ticket: w.Ticket, Offer: o.Offer, Employees: o.Employees})
}

// settle lets go of a caller whom the line is done with: it was full, or it keeps the place of whoever left to be called back.
func (q *sharedQueues) settle(ref call.Ref, w *waiter, b call.QueueBoard) {
	_, settled := b.Settled[w.Key()]
	switch l := b.Lines[w.Queue.Queue]; {
	case w.CallBack != "":
		if settled || l != nil && slices.ContainsFunc(l.Places, func(p dialplan.Place) bool { return p.Call == w.Call && p.CallBack != "" }) {
			delete(q.callers, ref)
		}
	case settled:
		delete(q.callers, ref)
		q.tell(ref, dialplan.QueueFull{Ticket: w.Ticket})
	}
}

func (q *sharedQueues) waiter(project ident.ProjectID, text string) (call.Ref, *waiter) {
	id, err := call.ParseID(text)
	if err != nil {
		return call.Ref{}, nil
	}
	ref := call.Ref{Project: project, ID: id}
	return ref, q.callers[ref]
}

func (q *sharedQueues) tell(ref call.Ref, e dialplan.Event) {
	if c := q.pbx.find(ref); c != nil {
		c.tell(e)
	}
}
