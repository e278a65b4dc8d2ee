package dialplan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bellwether/internal/dialplan"
)

var florists = dialplan.Queue{Queue: "florists", Strategy: dialplan.RingInTurn, Targets: []dialplan.Target{{Employee: "a"}, {Employee: "b"}}}

// ringable are employees a and b.
var ringable = dialplan.Staff{{ID: "a", Contacts: []dialplan.Endpoint{{Kind: dialplan.Account, To: "a"}}}, {ID: "b", Contacts: []dialplan.Endpoint{{Kind: dialplan.Account, To: "b"}}}}

// waits is a caller who came some seconds after the opening.
func waits(call string, after int, q dialplan.Queue) dialplan.QueueCaller {
	return dialplan.QueueCaller{Call: call, Ticket: 1, Queue: q, Since: opening.Add(time.Duration(after) * time.Second)}
}

// says is a node with callers, which can ring some employees.
func says(node string, reach []string, callers ...dialplan.QueueCaller) dialplan.Desk {
	return dialplan.Desk{Node: node, Reach: reach, Callers: callers}
}

// pledged are the offers of a line: "call: employee".
func pledged(b *dialplan.Board, queue string) (list []string) {
	for _, o := range b.Lines[queue].Offers {
		list = append(list, fmt.Sprintf("%s: %v", o.Call, o.Employees))
	}
	return list
}

// Rule T-121: callers of two nodes stand in one line, in the order in which they came; nobody is rung for two queues.
func TestBoardIsOneLine(t *testing.T) {
	t.Parallel()
	both, other := []string{"a", "b"}, florists
	other.Queue = "sales"
	var b dialplan.Board
	b.Serve([]dialplan.Desk{says("n1", both, waits("3", 3, florists), waits("1", 1, florists)), says("n2", both, waits("2", 2, florists), waits("4", 0, other))}, ringable, opening)
	if got := b.Lines["florists"].Standings(); len(got) != 3 || got[0].Call != "1" || got[1].Call != "2" || got[2].Call != "3" {
		t.Errorf("in line: %+v", got)
	}
	if got := append(pledged(&b, "sales"), pledged(&b, "florists")...); !slices.Equal(got, []string{"4: [a]", "1: [b]"}) {
		t.Errorf("offered: %v", got)
	}
}

// Rule T-122: whose node can ring nobody who is free is passed over and keeps the place.
func TestBoardPassesOver(t *testing.T) {
	t.Parallel()
	var b dialplan.Board
	n1, n2 := says("n1", []string{"a"}, waits("2", 2, florists)), says("n2", []string{"b"}, waits("1", 1, florists))
	n2.Busy = []string{"b"}
	b.Serve([]dialplan.Desk{n1, n2}, ringable, opening)
	if got := pledged(&b, "florists"); !slices.Equal(got, []string{"2: [a]"}) {
		t.Errorf("offered: %v", got)
	}
	n2.Busy = nil
	b.Serve([]dialplan.Desk{n1, n2}, ringable, opening)
	if got := pledged(&b, "florists"); !slices.Equal(got, []string{"2: [a]", "1: [b]"}) {
		t.Errorf("offered then: %v", got)
	}
}

// Rules T-16 and T-121: an answer counts once, whoever did not answer is left alone for a while, and whoever is served has no place.
func TestBoardAnswers(t *testing.T) {
	t.Parallel()
	var b dialplan.Board
	n1 := says("n1", []string{"a"}, waits("1", 1, florists))
	serve := func(after int) []string {
		b.Serve([]dialplan.Desk{n1}, ringable, opening.Add(time.Duration(after)*time.Second))
		return pledged(&b, "florists")
	}
	serve(0)
	n1.Answers = []dialplan.OfferAnswered{{Queue: "florists", Call: "1", Offer: 1}}
	if got := serve(1); got != nil {
		t.Errorf("offered at once: %v", got)
	}
	if got := serve(6); !slices.Equal(got, []string{"1: [a]"}) {
		t.Errorf("offered after the pause: %v", got)
	}
	n1.Answers = []dialplan.OfferAnswered{{Queue: "florists", Call: "1", Offer: 2, By: "a"}}
	if serve(7); b.Waiting() || b.Lines["florists"].Taken["a"] != 1 {
		t.Errorf("after the answer: %+v", b.Lines["florists"])
	}
	if serve(8); b.Waiting() || b.Lines["florists"].Taken["a"] != 1 {
		t.Errorf("after the same answer: %+v", b.Lines["florists"])
	}
}

// Rules T-16 and T-122: whoever left to be called back keeps the place, also when their node is gone, and is called once, by a node that can.
func TestBoardCallsBack(t *testing.T) {
	t.Parallel()
	var b dialplan.Board
	gone := waits("1", 1, florists)
	gone.CallBack = "+380502222222"
	b.Serve([]dialplan.Desk{says("n1", nil, gone)}, ringable, opening)
	n2 := says("n2", []string{"b"}, waits("2", 2, florists))
	got := b.Serve([]dialplan.Desk{n2}, ringable, opening.Add(10*time.Second))
	if want := []dialplan.CallBackNow{{Node: "n2", Employee: "b", Phone: "+380502222222"}}; !slices.Equal(got, want) {
		t.Errorf("called back: %+v", got)
	}
	if got := b.Serve([]dialplan.Desk{says("n1", nil, gone), n2}, ringable, opening.Add(11*time.Second)); got != nil || len(b.Lines["florists"].Places) != 1 {
		t.Errorf("called back again: %+v, %+v", got, b.Lines["florists"].Places)
	}
}

// Rule T-123: callers of a node that says nothing are gone, and who was offered to them is free for others.
func TestBoardForgetsTheDead(t *testing.T) {
	t.Parallel()
	var b dialplan.Board
	n2 := says("n2", []string{"a"}, waits("2", 2, florists))
	b.Serve([]dialplan.Desk{says("n1", []string{"a"}, waits("1", 1, florists)), n2}, ringable, opening)
	if got := pledged(&b, "florists"); !slices.Equal(got, []string{"1: [a]"}) {
		t.Fatalf("offered: %v", got)
	}
	b.Serve([]dialplan.Desk{n2}, ringable, opening)
	if got := pledged(&b, "florists"); !slices.Equal(got, []string{"2: [a]"}) || len(b.Lines["florists"].Places) != 1 {
		t.Errorf("offered then: %v, in line %+v", got, b.Lines["florists"].Places)
	}
}

// A queue that is full says so once, to whoever came last.
func TestBoardIsFull(t *testing.T) {
	t.Parallel()
	small := florists
	small.MaxLength = 1
	var b dialplan.Board
	late := waits("2", 2, small)
	b.Serve([]dialplan.Desk{says("n1", nil, late), says("n2", nil, waits("1", 1, small))}, ringable, opening)
	if _, full := b.Settled[late.Key()]; !full || len(b.Lines["florists"].Places) != 1 || b.Lines["florists"].Places[0].Call != "1" {
		t.Errorf("in line: %+v, settled %v", b.Lines["florists"].Places, b.Settled)
	}
}

// Rule T-121: whatever nodes say, and whichever of them are silent, an employee is offered to one caller at a time, by a node that can
// ring them, and never while they are on the telephone.
func TestBoardNeverOffersTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		var b dialplan.Board
		for step := range 40 {
			at := opening.Add(time.Duration(step) * time.Second)
			desks := randomDesks(random, &b)
			before := map[string]bool{}
			for _, l := range b.Lines {
				for _, o := range l.Offers {
					before[o.Call] = true
				}
			}
			b.Serve(desks, ringable, at)
			seen := map[string]bool{}
			for name, l := range b.Lines {
				for _, o := range l.Offers {
					i := slices.IndexFunc(desks, func(d dialplan.Desk) bool {
						return slices.ContainsFunc(d.Callers, func(c dialplan.QueueCaller) bool { return c.Call == o.Call })
					})
					if seen[o.Employees[0]] || i < 0 || !before[o.Call] && (!slices.Contains(desks[i].Reach, o.Employees[0]) || busy(desks, o.Employees[0])) {
						t.Fatalf("seed %d, step %d: %s offers %+v, desks %+v", seed, step, name, o, desks)
					}
					seen[o.Employees[0]] = true
				}
			}
		}
	}
}

func busy(desks []dialplan.Desk, id string) bool {
	return slices.ContainsFunc(desks, func(d dialplan.Desk) bool { return slices.Contains(d.Busy, id) })
}

// randomDesks are what up to three nodes may say: callers 0 to 8, a third at each, in two queues.
func randomDesks(random *rand.Rand, b *dialplan.Board) (desks []dialplan.Desk) {
	some := func() (list []string) {
		for _, id := range []string{"a", "b"} {
			if random.IntN(2) == 0 {
				list = append(list, id)
			}
		}
		return list
	}
	for n := range 3 {
		if random.IntN(5) == 0 {
			continue // it is silent
		}
		d := dialplan.Desk{Node: fmt.Sprint("n", n), Reach: some()}
		if random.IntN(3) == 0 {
			d.Busy = some()
		}
		for c := range 3 {
			if random.IntN(3) > 0 {
				q := florists
				q.Queue = []string{"florists", "sales"}[c%2]
				d.Callers = append(d.Callers, waits(fmt.Sprint(3*n+c), c, q))
			}
		}
		for name, l := range b.Lines {
			for _, o := range l.Offers {
				if random.IntN(4) == 0 {
					d.Answers = append(d.Answers, dialplan.OfferAnswered{Queue: name, Call: o.Call, Offer: o.Offer})
				}
			}
		}
		desks = append(desks, d)
	}
	return desks
}
