package dialplan

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// QueueLine is one queue with everybody who waits in it: who is offered to whom is decided here, by its one owner (Rule T-16). It is
// a value: its methods change it and give what to tell the calls.
type QueueLine struct {
	Queue   Queue    `json:"queue"` // as the last caller who joined brought it
	Places  []Place  `json:"places"`
	Offers  []Pledge `json:"offers"`
	Next    int      `json:"next"`           // number of the next offer
	Last    string   `json:"last,omitempty"` // the employee rung last
	Waits   []int    `json:"waits"`          // seconds that the last callers who were served have waited
	Resting []Rest   `json:"resting"`
	Seed    uint64   `json:"seed"` // of the strategy random
}

// Place is a caller in a QueueLine.
type Place struct {
	Call   string    `json:"call"`
	Ticket int       `json:"ticket"`
	Since  time.Time `json:"since"`
	Node   string    `json:"node,omitempty"`  // that the call runs on, where there are several
	Tried  []string  `json:"tried,omitempty"` // employees who did not answer this caller in this round
	// CallBack is the number of a caller who has left to be called back; empty for one who waits.
	CallBack string `json:"call_back,omitempty"`
}

// Pledge is an offer that was not answered yet.
type Pledge struct {
	Offer     int      `json:"offer"`
	Call      string   `json:"call"`
	Employees []string `json:"employees"`
}

// Rest is an employee's time to breathe after a call.
type Rest struct {
	Employee string    `json:"employee"`
	Until    time.Time `json:"until"`
}

// Tell is something to tell a call: an event of its own, or that a caller who left is to be called back now.
type Tell struct {
	Call  string
	Event Event
	// CallBack is the number to call for Offered's employees, where the caller has left.
	CallBack string
}

// QueuePause is how long an employee who did not answer is left alone by a queue.
const QueuePause = 5 * time.Second

// mostWaits is how many past waits the expected one is reckoned from.
const mostWaits = 10

// Join puts a caller at the end.
func (l *QueueLine) Join(call string, e JoinQueue, at time.Time) []Tell {
	l.Queue = e.Queue
	if e.Queue.MaxLength > 0 && len(l.Places) >= e.Queue.MaxLength {
		return []Tell{{Call: call, Event: QueueFull{Ticket: e.Ticket}}}
	}
	l.Places = append(l.Places, Place{Call: call, Ticket: e.Ticket, Since: at})
	return l.positions(len(l.Places) - 1)
}

// Leave takes a caller out, or lets them keep their place to be called back.
func (l *QueueLine) Leave(call string, e LeaveQueue, at time.Time) []Tell {
	i := slices.IndexFunc(l.Places, func(p Place) bool { return p.Call == call && p.Ticket == e.Ticket })
	switch {
	case i < 0:
		return nil
	case e.CallBack != "":
		l.Places[i].CallBack = e.CallBack
		return nil
	}
	l.Places = slices.Delete(l.Places, i, i+1)
	return l.positions(i)
}

// Answer takes the answer to an offer: whoever took it talks, the others are free again, and whoever did not answer is not
// rung for the same caller until all have been.
func (l *QueueLine) Answer(e AnswerOffer, at time.Time) {
	i := slices.IndexFunc(l.Offers, func(p Pledge) bool { return p.Offer == e.Offer })
	if i < 0 {
		return
	}
	pledge := l.Offers[i]
	l.Offers = slices.Delete(l.Offers, i, i+1)
	p := slices.IndexFunc(l.Places, func(p Place) bool { return p.Call == pledge.Call })
	switch {
	case e.By != "":
		l.Last = e.By
		if p >= 0 {
			l.Waits = append(l.Waits, int(at.Sub(l.Places[p].Since)/time.Second))
			l.Waits = l.Waits[max(0, len(l.Waits)-mostWaits):]
		}
	case p >= 0:
		l.Places[p].Tried = append(l.Places[p].Tried, pledge.Employees...)
	}
}

// Talked lets an employee rest who has just hung up.
func (l *QueueLine) Talked(employee string, at time.Time) {
	if l.Queue.RestSeconds > 0 {
		l.Resting = append(l.Resting, Rest{employee, at.Add(seconds(l.Queue.RestSeconds))})
	}
}

// Serve offers whoever is free to those who wait, the first first; whoever waits at a node that can ring nobody who is free keeps
// the place (Rule T-122). Presences are those of the queue's employees, now. It is called after each change, and when somebody
// becomes free.
func (l *QueueLine) Serve(all []Presence, at time.Time) []Tell {
	l.Resting = slices.DeleteFunc(l.Resting, func(r Rest) bool { return !r.Until.After(at) })
	var tells []Tell
	for i := range l.Places {
		place := &l.Places[i]
		if slices.ContainsFunc(l.Offers, func(p Pledge) bool { return p.Call == place.Call }) {
			continue
		}
		free := slices.DeleteFunc(slices.Clone(all), l.taken)
		if len(free) == 0 {
			break
		}
		if free = slices.DeleteFunc(free, place.beyond); len(free) == 0 {
			continue
		}
		rung := l.choose(free, all, place)
		l.Next++
		l.Last = rung[len(rung)-1]
		l.Offers = append(l.Offers, Pledge{Offer: l.Next, Call: place.Call, Employees: rung})
		tells = append(tells, Tell{Call: place.Call, CallBack: place.CallBack, Event: Offered{Ticket: place.Ticket, Offer: l.Next, Employees: rung}})
	}
	return slices.Clip(l.withoutCallBacks(tells))
}

// withoutCallBacks takes those out of the line who are called back now: their calls are others'.
func (l *QueueLine) withoutCallBacks(tells []Tell) []Tell {
	for _, tell := range tells {
		if tell.CallBack != "" {
			l.Places = slices.DeleteFunc(l.Places, func(p Place) bool { return p.Call == tell.Call && p.CallBack != "" })
		}
	}
	return tells
}

// taken tells whether an employee talks, rings or rests.
func (l *QueueLine) taken(p Presence) bool {
	return p.Busy ||
		slices.ContainsFunc(l.Offers, func(o Pledge) bool { return slices.Contains(o.Employees, p.Employee) }) ||
		slices.ContainsFunc(l.Resting, func(r Rest) bool { return r.Employee == p.Employee })
}

// beyond tells whether the caller's node cannot ring an employee.
func (p *Place) beyond(who Presence) bool {
	return p.Node != "" && !slices.Contains(who.Nodes, p.Node)
}

// choose picks by the strategy among those who are free; whoever did not answer this caller comes when nobody else is free.
func (l *QueueLine) choose(free, all []Presence, place *Place) []string {
	if l.Queue.Strategy == RingAll {
		return employees(free)
	}
	fresh := slices.DeleteFunc(slices.Clone(free), func(p Presence) bool { return slices.Contains(place.Tried, p.Employee) })
	if len(fresh) == 0 {
		place.Tried = nil
		fresh = free
	}
	l.sort(fresh, all)
	return employees(fresh[:1])
}

func employees(list []Presence) (ids []string) {
	for _, p := range list {
		ids = append(ids, p.Employee)
	}
	return ids
}

// sort puts first who is to ring next. The order given is that of the scheme; it decides between equals.
func (l *QueueLine) sort(free, all []Presence) {
	switch l.Queue.Strategy {
	case LongestIdle:
		slices.SortStableFunc(free, func(a, b Presence) int { return a.IdleSince.Compare(b.IdleSince) })
	case FewestCalls:
		slices.SortStableFunc(free, func(a, b Presence) int { return cmp.Compare(a.Calls, b.Calls) })
	case RingRandom:
		slices.SortStableFunc(free, func(a, b Presence) int { return cmp.Compare(l.lot(a.Employee), l.lot(b.Employee)) })
	case RingInTurn:
		place := func(id string) int { return slices.IndexFunc(all, func(p Presence) bool { return p.Employee == id }) }
		behind := func(p Presence) int { return (place(p.Employee) - place(l.Last) - 1 + len(all)) % len(all) }
		slices.SortStableFunc(free, func(a, b Presence) int { return cmp.Compare(behind(a), behind(b)) })
	}
}

// lot is an employee's lot for the next offer: by the seed alone, so that it can be redone.
func (l *QueueLine) lot(employee string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.FormatUint(l.Seed, 10) + "/" + strconv.Itoa(l.Next) + "/" + employee))
	return h.Sum64()
}

// Standings tells everybody who waits their place.
func (l *QueueLine) Standings() []Tell { return l.positions(0) }

// positions tells places to those who wait from a place on.
func (l *QueueLine) positions(from int) []Tell {
	var tells []Tell
	for i := from; i < len(l.Places); i++ {
		if p := l.Places[i]; p.CallBack == "" {
			tells = append(tells, Tell{Call: p.Call, Event: Queued{Ticket: p.Ticket, Position: i + 1, WaitSeconds: l.expected(i)}})
		}
	}
	return tells
}

// expected is how long whoever has a place will wait, by the mean of the last waits; 0 where nobody was served yet.
func (l *QueueLine) expected(place int) int {
	if len(l.Waits) == 0 {
		return 0
	}
	sum := 0
	for _, wait := range l.Waits {
		sum += wait
	}
	return sum * (place + 1) / len(l.Waits)
}
