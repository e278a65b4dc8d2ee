package pool

import (
	"container/heap"
	"math"
	"strconv"
	"time"

	"bellwether/internal/phone"
)

// simulation is a run under way.
type simulation struct {
	Scenario
	random Random
	pool   *Allocator
	now    time.Time
	agenda agenda
	order  int
	shown  map[phone.Number][]*guest // who was shown a number, oldest first, for a Window
	recent []*guest                  // who may return, a ring
	result Result
}

// guest is a simulated visit.
type guest struct {
	visit, visitor, source string
	from, until            time.Time    // on the site
	number                 phone.Number // shown now, or last
	waiting                bool         // for a number of its own
}

// deed is what a simulation has before it.
type deed struct {
	at    time.Time
	order int // equal times keep the order in which they were planned
	guest *guest
	what  func(*simulation, *guest)
}

type agenda []deed

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(d any)   { *a = append(*a, d.(deed)) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].order < a[j].order
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	d := (*a)[last]
	(*a)[last] = deed{}
	*a = (*a)[:last]
	return d
}

func newSimulation(s Scenario, random Random) *simulation {
	policy := Policy{Hold: s.Hold, LastNumber: s.LastNumber}
	if s.Overflow {
		policy.Overflow = overflowNumber
	}
	sim := &simulation{Scenario: s, random: random, pool: New(policy), now: began, shown: map[phone.Number][]*guest{}}
	for n := range s.Numbers {
		sim.pool.Join(phone.Number("+38044"+strconv.Itoa(1_000_000+n)), began, began)
	}
	sim.plan(sim.nextArrival(), nil, (*simulation).arrive)
	return sim
}

func (s *simulation) plan(at time.Time, g *guest, what func(*simulation, *guest)) {
	s.order++
	heap.Push(&s.agenda, deed{at, s.order, g, what})
}

// step does the next thing on the agenda.
func (s *simulation) step() {
	next := heap.Pop(&s.agenda).(deed)
	s.now = next.at
	next.what(s, next.guest)
}

// nextArrival draws when the next visit begins: a Poisson process whose rate changes with the hour.
func (s *simulation) nextArrival() time.Time {
	left, at := s.exponential(), s.now
	for {
		end := at.Truncate(time.Hour).Add(time.Hour)
		rate := s.Visits[at.Hour()] / 3600 // a second
		if expected := rate * end.Sub(at).Seconds(); left > expected {
			left, at = left-expected, end
			continue
		}
		return at.Add(seconds(left / rate))
	}
}

// exponential draws from the exponential distribution with mean 1.
func (s *simulation) exponential() float64 { return -math.Log1p(-s.random.Float64()) }

// arrive begins a visit, and plans what follows from it and the next visit.
func (s *simulation) arrive(*guest) {
	s.plan(s.nextArrival(), nil, (*simulation).arrive)
	s.result.Visits++
	g := &guest{visit: strconv.Itoa(s.result.Visits), source: s.draw(), from: s.now}
	g.visitor = s.whose(g)
	g.until = s.now.Add(seconds(s.exponential() * s.Length.Seconds()))
	s.look(g)
	if s.random.Float64() < s.Calling {
		s.plan(s.now.Add(s.Delays.At(s.random.Float64())), g, (*simulation).call)
	}
	if s.Strangers > 0 && s.random.Float64() < s.Calling*s.Strangers {
		s.plan(s.now.Add(seconds(s.random.Float64()*Window.Seconds())), g, (*simulation).stranger)
	}
}

// draw is a source by its share.
func (s *simulation) draw() string {
	total := 0.0
	for _, share := range s.Shares {
		total += share
	}
	left := s.random.Float64() * total
	for i, share := range s.Shares {
		if left -= share; left < 0 {
			return "source-" + strconv.Itoa(i+1)
		}
	}
	return "source-" + strconv.Itoa(len(s.Shares))
}

// memory is how many recent visitors may return.
const memory = 1000

// whose is the visitor of a visit: a new one, or one of the recent.
func (s *simulation) whose(g *guest) string {
	visitor := "visitor-" + g.visit
	if s.Returning == 0 {
		return visitor
	}
	if len(s.recent) > 0 && s.random.Float64() < s.Returning {
		visitor = s.recent[int(s.random.Float64()*float64(len(s.recent)))].visitor
	}
	if len(s.recent) < memory {
		s.recent = append(s.recent, g)
	} else {
		s.recent[s.result.Visits%memory] = g
	}
	return visitor
}

// look is a page or a heartbeat: the visit is shown its number. While somebody is there, another follows.
func (s *simulation) look(g *guest) {
	e := s.pool.Lease(Request{Visit: g.visit, Visitor: g.visitor, Waiting: g.waiting}, s.now)
	g.waiting = e.Kind == Overflowed || e.Kind == Refused
	if e.Kind != Refused && e.Number != g.number {
		g.number = e.Number
		s.shown[g.number] = append(s.shown[g.number], g)
	}
	if s.now.Before(g.until) {
		next := s.now.Add(beat)
		if next.After(g.until) {
			next = g.until
		}
		s.plan(next, g, (*simulation).look)
	}
}

// call is a call of a visit to the number it saw last. Those of the first day's visits are not judged.
func (s *simulation) call(g *guest) {
	if g.from.Sub(began) < Window {
		return
	}
	r, holders := s.score(g.number)
	s.result.Calls++
	s.result.Visit.Judge(r.Visit, g.visit)
	s.result.Source.Judge(r.Source, g.source)
	if holders == 1 {
		s.result.Sole++
	}
}

// stranger is a call to the number a visit was shown, at any later moment, by somebody who made no visit.
func (s *simulation) stranger(g *guest) {
	if g.from.Sub(began) < Window {
		return
	}
	r, _ := s.score(g.number)
	s.result.Strangers.Calls++
	if r.Visit != "" {
		s.result.Strangers.Attributed++
	}
}

// score asks the scorer about a call to a number now. It says how many visits were shown the number within a Window.
func (s *simulation) score(number phone.Number) (Receipt, int) {
	shown := s.shown[number]
	for len(shown) > 0 && s.now.Sub(shown[0].from) >= Window {
		shown = shown[1:]
	}
	s.shown[number] = shown
	candidates := make([]Candidate, len(shown))
	for i, g := range shown {
		candidates[len(shown)-1-i] = Candidate{Visit: g.visit, Source: g.source, From: g.from, Facts: Facts{Online: !s.now.After(g.until)}}
	}
	return Score(Call{At: s.now}, candidates, s.Weights), len(shown)
}
