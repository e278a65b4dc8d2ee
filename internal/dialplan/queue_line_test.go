package dialplan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/dialplan"
)

var opening = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// crew are the employees of a queue: a idle for 3 minutes with 5 calls, b for 5 with 2, c for 1 with 1.
func crew(busy ...string) []dialplan.Presence {
	all := []dialplan.Presence{
		{Employee: "a", IdleSince: opening.Add(-3 * time.Minute), Calls: 5},
		{Employee: "b", IdleSince: opening.Add(-5 * time.Minute), Calls: 2},
		{Employee: "c", IdleSince: opening.Add(-1 * time.Minute), Calls: 1},
	}
	for i := range all {
		all[i].Busy = slices.Contains(busy, all[i].Employee)
	}
	return all
}

func join(l *dialplan.QueueLine, q dialplan.Queue, call string, at time.Time) []dialplan.Tell {
	return l.Join(call, dialplan.JoinQueue{Ticket: 1, Queue: q}, at)
}

// offers are the offers of some tells: "call: employees".
func offers(tells []dialplan.Tell) (list []string) {
	for _, tell := range tells {
		if offer, ok := tell.Event.(dialplan.Offered); ok {
			list = append(list, tell.Call+": "+strings.Join(offer.Employees, "+"))
		}
	}
	return list
}

// Rule T-16: each strategy rings whom it says, and whoever did not answer comes last.
func TestStrategies(t *testing.T) {
	t.Parallel()
	for strategy, want := range map[dialplan.Strategy]string{
		dialplan.RingAll: "a+b+c a+b+c a+b+c a+b+c", dialplan.RingInTurn: "a b c a", dialplan.LongestIdle: "b a c b", dialplan.FewestCalls: "c b a c",
	} {
		l := dialplan.QueueLine{}
		join(&l, dialplan.Queue{Queue: "q", Strategy: strategy}, "x", opening)
		var rung []string
		for i := range 4 {
			for _, offer := range offers(l.Serve(crew(), opening)) {
				rung = append(rung, strings.TrimPrefix(offer, "x: "))
			}
			l.Answer(dialplan.AnswerOffer{Offer: i + 1}, opening)
		}
		if got := strings.Join(rung, " "); got != want {
			t.Errorf("%s rings %s, want %s", strategy, got, want)
		}
	}
}

// Rule T-16: by lot everybody comes, and the same seed draws the same lots.
func TestRandomStrategy(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) (text string) {
		l := dialplan.QueueLine{Seed: seed}
		for i := range 30 {
			join(&l, dialplan.Queue{Queue: "q", Strategy: dialplan.RingRandom}, fmt.Sprint(i), opening)
			text += strings.TrimPrefix(offers(l.Serve(crew(), opening))[0], fmt.Sprint(i)+": ")
			l.Answer(dialplan.AnswerOffer{Offer: i + 1, By: "a"}, opening)
			l.Leave(fmt.Sprint(i), dialplan.LeaveQueue{Ticket: 1, Queue: "q"}, opening)
		}
		return text
	}
	one := draw(1)
	if one != draw(1) || one == draw(2) {
		t.Error("lots do not go by the seed")
	}
	for _, id := range []string{"a", "b", "c"} {
		if strings.Count(one, id) < 4 {
			t.Errorf("%s is drawn %d times of 30: %s", id, strings.Count(one, id), one)
		}
	}
}

// Rule T-16: first come first served, places are told, and nobody is offered twice.
func TestQueueLine(t *testing.T) {
	t.Parallel()
	q := dialplan.Queue{Queue: "q", Strategy: dialplan.RingInTurn, MaxLength: 3, RestSeconds: 10}
	l := dialplan.QueueLine{}
	for i, call := range []string{"x", "y", "z"} {
		if tells := join(&l, q, call, opening); tells[0].Event != dialplan.Event(dialplan.Queued{Ticket: 1, Position: i + 1}) {
			t.Errorf("%s is told %+v", call, tells)
		}
	}
	if tells := join(&l, q, "late", opening); tells[0].Event != dialplan.Event(dialplan.QueueFull{Ticket: 1}) {
		t.Errorf("a fourth caller is told %+v", tells)
	}
	if got := offers(l.Serve(crew("c"), opening)); !slices.Equal(got, []string{"x: a", "y: b"}) {
		t.Errorf("offered %v", got)
	}
	if got := offers(l.Serve(crew("c"), opening)); got != nil {
		t.Errorf("offered once more: %v", got)
	}
	l.Answer(dialplan.AnswerOffer{Offer: 1, By: "a"}, opening.Add(30*time.Second))
	if tells := l.Leave("x", dialplan.LeaveQueue{Ticket: 1, Queue: "q"}, opening); len(tells) != 2 || tells[1].Event != dialplan.Event(dialplan.Queued{Ticket: 1, Position: 2, WaitSeconds: 60}) {
		t.Errorf("the others are told %+v", tells)
	}
	l.Talked("a", opening)
	if got := offers(l.Serve(crew("c"), opening.Add(9*time.Second))); got != nil {
		t.Errorf("offered while resting: %v", got)
	}
	if got := offers(l.Serve(crew("c"), opening.Add(10*time.Second))); !slices.Equal(got, []string{"z: a"}) {
		t.Errorf("offered after the rest: %v", got)
	}
	l.Leave("y", dialplan.LeaveQueue{Ticket: 1, Queue: "q", CallBack: "+380502222222"}, opening)
	l.Answer(dialplan.AnswerOffer{Offer: 2}, opening)
	tells := l.Serve(crew("a", "b"), opening.Add(time.Minute))
	if len(tells) != 1 || tells[0].CallBack != "+380502222222" || len(l.Places) != 1 {
		t.Errorf("whoever left to be called back: %+v, places %+v", tells, l.Places)
	}
}

// Rule T-16: whatever happens, an employee is offered to one caller at a time and nobody is forgotten.
func TestQueueLineNeverOffersTwice(t *testing.T) {
	t.Parallel()
	strategies := []dialplan.Strategy{dialplan.RingAll, dialplan.RingInTurn, dialplan.LongestIdle, dialplan.FewestCalls, dialplan.RingRandom}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := dialplan.QueueLine{Seed: seed}
		q := dialplan.Queue{Queue: "q", Strategy: strategies[random.IntN(5)]}
		for i := range 60 {
			call := fmt.Sprint(random.IntN(6))
			switch random.IntN(4) {
			case 0:
				if !slices.ContainsFunc(l.Places, func(p dialplan.Place) bool { return p.Call == call }) {
					join(&l, q, call, opening)
				}
			case 1:
				l.Leave(call, dialplan.LeaveQueue{Ticket: 1, Queue: "q"}, opening)
				for _, o := range slices.Clone(l.Offers) {
					if o.Call == call {
						l.Answer(dialplan.AnswerOffer{Offer: o.Offer}, opening)
					}
				}
			case 2:
				if len(l.Offers) > 0 {
					l.Answer(dialplan.AnswerOffer{Offer: l.Offers[random.IntN(len(l.Offers))].Offer}, opening)
				}
			}
			l.Serve(crew(), opening)
			seen := map[string]bool{}
			for _, o := range l.Offers {
				for _, id := range o.Employees {
					if seen[id] {
						t.Fatalf("seed %d, step %d: %s is offered twice: %+v", seed, i, id, l.Offers)
					}
					seen[id] = true
				}
			}
			if len(l.Places) > 0 && len(l.Offers) == 0 {
				t.Fatalf("seed %d, step %d: %d wait and all are free", seed, i, len(l.Places))
			}
		}
	}
}
