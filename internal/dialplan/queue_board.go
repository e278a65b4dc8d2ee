package dialplan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Board are the queues of a project with everybody who waits in them, whichever node their calls run on. Its one owner decides it
// (Rule T-121), out of the one before and of what the nodes say at their desks; every node reads it. It is a value.
type Board struct {
	Lines map[string]*BoardLine `json:"lines"` // by the name of the queue
	// Settled are callers whom a line is done with, by call and ticket, and since when: it was full, or they were served. Their node
	// may not know it yet.
	Settled map[string]time.Time `json:"settled,omitempty"`
}

// BoardLine is one queue of a Board, with what its strategies go by.
type BoardLine struct {
	QueueLine
	Paused map[string]time.Time `json:"paused"` // until when, employees who did not answer
	Idle   map[string]time.Time `json:"idle"`   // since when employees have not been on the telephone
	Taken  map[string]int       `json:"taken"`  // calls that employees have taken this day
	Day    string               `json:"day"`
}

// Forget takes whoever waits to be called back on a number out of the lines; false where nobody does.
func (b *Board) Forget(number string) (found bool) {
	for _, l := range b.Lines {
		l.Places = slices.DeleteFunc(l.Places, func(p Place) bool {
			found = found || p.CallBack == number
			return p.CallBack == number
		})
	}
	return found
}

// Desk is what one node says to the owner: who waits there, what came of offers, and who can be rung.
type Desk struct {
	Node    string               `json:"-"`
	Callers []QueueCaller        `json:"callers,omitempty"`
	Answers []OfferAnswered      `json:"answers,omitempty"`
	Busy    []string             `json:"busy,omitempty"`  // employees who are on the telephone there
	Reach   []string             `json:"reach,omitempty"` // employees whom the node can ring
	Freed   map[string]time.Time `json:"freed,omitempty"` // when employees have hung up there last
}

// QueueCaller is who waits at a node.
type QueueCaller struct {
	Call     string    `json:"call"`
	Ticket   int       `json:"ticket"`
	Queue    Queue     `json:"queue"`
	Since    time.Time `json:"since"`
	CallBack string    `json:"call_back,omitempty"` // the number of one who has left to be called back
	node     string
}

// OfferAnswered is the answer to an offer.
type OfferAnswered struct {
	Queue string `json:"queue"`
	Call  string `json:"call"`
	Offer int    `json:"offer"`
	By    string `json:"by,omitempty"` // empty where nobody took it
}

// CallBackNow is a caller who has left, and whose turn has come.
type CallBackNow struct {
	Node     string // that can ring the employee
	Employee string
	Phone    string
}

// settledFor is how long a Board knows whom it is done with: longer than a node is thought dead.
const settledFor = 5 * time.Minute

// Key names a caller in Board.Settled.
func (c QueueCaller) Key() string { return callerKey(c.Call, c.Ticket) }

func callerKey(call string, ticket int) string { return call + "/" + strconv.Itoa(ticket) }

// Serve brings the board up to date with what the living nodes say, and offers whoever is free (Rules T-121 and T-122). Callers of a node
// that says nothing are gone, and so are their offers. The instant is in the project's zone.
func (b *Board) Serve(desks []Desk, staff Staff, at time.Time) []CallBackNow {
	if b.Lines == nil {
		b.Lines = map[string]*BoardLine{}
	}
	if b.Settled == nil {
		b.Settled = map[string]time.Time{}
	}
	maps.DeleteFunc(b.Settled, func(_ string, since time.Time) bool { return at.Sub(since) > settledFor })
	for _, d := range desks {
		for _, a := range d.Answers {
			b.answer(a, at)
		}
	}
	b.seat(desks, at)
	for _, l := range b.Lines {
		if today := at.Format(time.DateOnly); l.Day != today {
			l.Day, l.Taken = today, map[string]int{}
		}
		l.hear(desks)
		maps.DeleteFunc(l.Paused, func(_ string, until time.Time) bool { return !until.After(at) })
	}
	return b.offer(desks, staff, at)
}

// Waiting tells whether somebody waits.
func (b *Board) Waiting() bool {
	for _, l := range b.Lines {
		if len(l.Places)+len(l.Offers) > 0 {
			return true
		}
	}
	return false
}

// answer takes the answer to an offer; one to an offer that is no more changes nothing.
func (b *Board) answer(a OfferAnswered, at time.Time) {
	l := b.Lines[a.Queue]
	if l == nil {
		return
	}
	i := slices.IndexFunc(l.Offers, func(p Pledge) bool { return p.Offer == a.Offer && p.Call == a.Call })
	if i < 0 {
		return
	}
	rung := l.Offers[i].Employees
	l.Answer(AnswerOffer{Offer: a.Offer, By: a.By}, at)
	if a.By != "" {
		l.Taken[a.By]++
		b.settle(l, a.Call, at)
		return
	}
	for _, id := range rung {
		l.Paused[id] = at.Add(QueuePause)
	}
}

// settle takes a caller out of a line for good, though their node may say for a moment that they wait.
func (b *Board) settle(l *BoardLine, call string, at time.Time) {
	l.Places = slices.DeleteFunc(l.Places, func(p Place) bool {
		if p.Call == call {
			b.Settled[callerKey(p.Call, p.Ticket)] = at
		}
		return p.Call == call
	})
}

// seat gives places to those who came, in the order in which they did, and takes those of whoever is gone.
func (b *Board) seat(desks []Desk, at time.Time) {
	var callers []QueueCaller
	here := map[string]bool{}
	for _, d := range desks {
		for _, c := range d.Callers {
			c.node, here[c.Key()] = d.Node, true
			callers = append(callers, c)
		}
	}
	for _, l := range b.Lines {
		l.dismiss(here, at)
	}
	slices.SortFunc(callers, func(a, b QueueCaller) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call)) })
	for _, c := range callers {
		if _, settled := b.Settled[c.Key()]; !settled {
			b.join(c, at)
		}
	}
	for _, l := range b.Lines {
		slices.SortStableFunc(l.Places, func(a, b Place) int { return a.Since.Compare(b.Since) })
	}
}

// dismiss takes out who waits nowhere any more. Those who are to be called back keep their places (Rule T-16).
func (l *BoardLine) dismiss(here map[string]bool, at time.Time) {
	l.Places = slices.DeleteFunc(l.Places, func(p Place) bool { return p.CallBack == "" && !here[callerKey(p.Call, p.Ticket)] })
	l.withdraw(at, func(o Pledge) bool {
		return !slices.ContainsFunc(l.Places, func(p Place) bool { return p.Call == o.Call })
	})
}

func (b *Board) join(c QueueCaller, at time.Time) {
	l := b.Lines[c.Queue.Queue]
	if l == nil {
		l = &BoardLine{Paused: map[string]time.Time{}, Idle: map[string]time.Time{}, Taken: map[string]int{}}
		l.Seed = uint64(c.Since.UnixMicro())
		b.Lines[c.Queue.Queue] = l
	}
	mine := func(p Place) bool { return p.Call == c.Call && p.Ticket == c.Ticket }
	if !slices.ContainsFunc(l.Places, mine) {
		l.Join(c.Call, JoinQueue{Ticket: c.Ticket, Queue: c.Queue}, c.Since)
	}
	i := slices.IndexFunc(l.Places, mine)
	if i < 0 {
		b.Settled[c.Key()] = at // the queue is full
		return
	}
	if c.CallBack == "" {
		l.Places[i].Node = c.node
		return
	}
	if l.Places[i].CallBack == "" {
		l.Places[i].Node, l.Places[i].CallBack = "", c.CallBack // whichever can ring
		l.withdraw(at, func(o Pledge) bool { return o.Call == c.Call })
	}
}

// withdraw takes offers back: nobody is there to answer them.
func (l *BoardLine) withdraw(at time.Time, which func(Pledge) bool) {
	for _, o := range slices.Clone(l.Offers) {
		if which(o) {
			l.Answer(AnswerOffer{Offer: o.Offer}, at)
		}
	}
}

// hear takes down who has hung up.
func (l *BoardLine) hear(desks []Desk) {
	for _, d := range desks {
		for id, at := range d.Freed {
			if at.After(l.Idle[id]) {
				l.Idle[id] = at
				l.Talked(id, at)
			}
		}
	}
}

// offer serves the lines, the one whose first caller has waited longest first: they share employees.
func (b *Board) offer(desks []Desk, staff Staff, at time.Time) (backs []CallBackNow) {
	waiting := slices.DeleteFunc(slices.Sorted(maps.Keys(b.Lines)), func(name string) bool { return len(b.Lines[name].Places) == 0 })
	slices.SortStableFunc(waiting, func(x, y string) int { return b.Lines[x].Places[0].Since.Compare(b.Lines[y].Places[0].Since) })
	for _, name := range waiting {
		l := b.Lines[name]
		all := b.presences(l, desks, staff, at)
		for _, tell := range l.Serve(all, at) {
			if tell.CallBack != "" {
				backs = append(backs, b.callBack(l, tell, all, at))
			}
		}
	}
	return backs
}

// callBack has somebody called back, by an employee who is left alone until that call has begun.
func (b *Board) callBack(l *BoardLine, tell Tell, all []Presence, at time.Time) CallBackNow {
	offer := tell.Event.(Offered)
	who := offer.Employees[0]
	b.Settled[callerKey(tell.Call, offer.Ticket)] = at
	l.Answer(AnswerOffer{Offer: offer.Offer, By: who}, at)
	for _, line := range b.Lines {
		line.Paused[who] = at.Add(QueuePause)
	}
	i := slices.IndexFunc(all, func(p Presence) bool { return p.Employee == who })
	return CallBackNow{Node: all[i].Nodes[0], Employee: who, Phone: tell.CallBack}
}

// presences are the employees of a line, as all nodes together see them.
func (b *Board) presences(l *BoardLine, desks []Desk, staff Staff, at time.Time) (all []Presence) {
	busy, nodes := map[string]bool{}, map[string][]string{}
	for _, d := range desks {
		for _, id := range d.Busy {
			busy[id] = true
		}
		for _, id := range d.Reach {
			nodes[id] = append(nodes[id], d.Node)
		}
	}
	for _, other := range b.Lines {
		for _, o := range other.Offers {
			for _, id := range o.Employees {
				busy[id] = true // rung for this queue or another
			}
		}
	}
	for _, id := range staff.Of(l.Queue.Targets) {
		all = append(all, Presence{
			Employee: id, Busy: busy[id] || l.Paused[id].After(at) || len(nodes[id]) == 0, IdleSince: l.Idle[id], Calls: l.Taken[id], Nodes: nodes[id],
		})
	}
	return all
}
