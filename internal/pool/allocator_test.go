package pool_test

import (
	"fmt"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
)

// noon is when the stories of these tests begin.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func number(n int) phone.Number { return phone.Number(fmt.Sprintf("+3804433377%02d", n)) }

// numbers makes a pool of so many numbers, which joined at noon.
func numbers(n int, policy pool.Policy) *pool.Allocator {
	a := pool.New(policy)
	for i := range n {
		a.Join(number(i+1), noon, noon)
	}
	return a
}

// ask is a step of a story: who asks when, and what they get.
type ask struct {
	at      int
	visit   string
	visitor string
	waiting bool
	kind    pool.Kind
	number  phone.Number
	lost    string
}

func tell(t *testing.T, a *pool.Allocator, story []ask) {
	t.Helper()
	for _, step := range story {
		got := a.Lease(pool.Request{Visit: step.visit, Visitor: step.visitor, Waiting: step.waiting}, at(step.at))
		want := pool.Event{Kind: step.kind, At: at(step.at), Number: step.number, Visit: step.visit, Visitor: step.visitor, Lost: step.lost}
		got.Until, got.Again = time.Time{}, false
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", step, diff)
		}
	}
}

// Rules C-01, C-02, C-03, C-04, C-05 and C-06, each as a story of a pool of two or three numbers that are held for 150 s.
func TestWhoGetsWhichNumber(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		numbers int
		policy  pool.Policy
		story   []ask
	}{
		"the number that has been free the longest": {3, pool.Policy{}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "b", kind: pool.Leased, number: number(2)},
			{at: 200, visit: "c", kind: pool.Leased, number: number(3)}, // 1 and 2 are free again, since 150 and 160
			{at: 200, visit: "d", kind: pool.Leased, number: number(1)},
			{at: 200, visit: "e", kind: pool.Leased, number: number(2)},
		}},
		"a visit keeps its number while it is held": {2, pool.Policy{}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 149, visit: "a", kind: pool.Renewed, number: number(1)},
			{at: 298, visit: "a", kind: pool.Renewed, number: number(1)},
			{at: 298, visit: "b", kind: pool.Leased, number: number(2)},
		}},
		"a hold of its own": {2, pool.Policy{Hold: 10 * time.Second}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "b", kind: pool.Leased, number: number(2)},
			{at: 20, visit: "c", kind: pool.Leased, number: number(1)},
		}},
		"a visit that comes back too late gets its number where nobody had it since": {2, pool.Policy{}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 400, visit: "a", kind: pool.Returned, number: number(1)},
		}},
		"a visitor who returns gets their last number where the pool wants it": {3, pool.Policy{LastNumber: true}, []ask{
			{at: 0, visit: "a", visitor: "ann", kind: pool.Leased, number: number(1)},
			{at: 5000, visit: "b", visitor: "ann", kind: pool.Returned, number: number(1)},
			{at: 5010, visit: "c", visitor: "ann", kind: pool.Returned, number: number(1)}, // a new campaign's click begins a visit while the other is held
			{at: 5020, visit: "d", visitor: "dan", kind: pool.Leased, number: number(2)},
		}},
		"else they are treated as anybody": {3, pool.Policy{}, []ask{
			{at: 0, visit: "a", visitor: "ann", kind: pool.Leased, number: number(1)},
			{at: 5000, visit: "b", visitor: "ann", kind: pool.Leased, number: number(2)},
			{at: 5010, visit: "c", visitor: "ann", kind: pool.Leased, number: number(3)},
		}},
		"but not where somebody had it since": {1, pool.Policy{LastNumber: true}, []ask{
			{at: 0, visit: "a", visitor: "ann", kind: pool.Leased, number: number(1)},
			{at: 200, visit: "b", visitor: "bob", kind: pool.Leased, number: number(1)},
			{at: 400, visit: "c", visitor: "ann", kind: pool.Leased, number: number(1)},
		}},
		"a visit that is allowed to know its visitor later": {2, pool.Policy{LastNumber: true}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "a", visitor: "ann", kind: pool.Renewed, number: number(1)},
			{at: 300, visit: "b", visitor: "ann", kind: pool.Returned, number: number(1)},
		}},
		"whoever calls themselves by another's visit gets nothing of it": {2, pool.Policy{LastNumber: true}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "b", visitor: "a", kind: pool.Leased, number: number(2)},
		}},
		"a dry pool shows the overflow number": {1, pool.Policy{Overflow: "+380800"}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "b", kind: pool.Overflowed, number: "+380800"},
			{at: 25, visit: "b", waiting: true, kind: pool.Overflowed, number: "+380800"},
			{at: 150, visit: "b", waiting: true, kind: pool.Leased, number: number(1)},
		}},
		"without one the least recently used lease is taken, and its visit takes nothing back": {2, pool.Policy{}, []ask{
			{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
			{at: 10, visit: "b", kind: pool.Leased, number: number(2)},
			{at: 20, visit: "a", kind: pool.Renewed, number: number(1)},
			{at: 30, visit: "c", kind: pool.Taken, number: number(2), lost: "b"},
			{at: 40, visit: "b", waiting: true, kind: pool.Refused},
			{at: 170, visit: "b", waiting: true, kind: pool.Leased, number: number(1)},
		}},
		"an empty pool": {0, pool.Policy{}, []ask{{at: 0, visit: "a", kind: pool.Refused}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, numbers(c.numbers, c.policy), c.story)
		})
	}
}

// Rule C-05 and Rule C-06: overloads are counted, each visit's once.
func TestOverloadsAreCounted(t *testing.T) {
	t.Parallel()
	a := numbers(1, pool.Policy{})
	tell(t, a, []ask{
		{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
		{at: 1, visit: "b", kind: pool.Taken, number: number(1), lost: "a"},
		{at: 2, visit: "a", waiting: true, kind: pool.Refused},
		{at: 3, visit: "a", waiting: true, kind: pool.Refused},
	})
	if diff := cmp.Diff(pool.Counts{Leases: 2, Taken: 1}, a.Status(at(4)).Counts); diff != "" {
		t.Error(diff)
	}
	over := numbers(1, pool.Policy{Overflow: "+380800"})
	tell(t, over, []ask{
		{at: 0, visit: "a", kind: pool.Leased, number: number(1)},
		{at: 1, visit: "b", kind: pool.Overflowed, number: "+380800"},
		{at: 2, visit: "b", waiting: true, kind: pool.Overflowed, number: "+380800"},
	})
	if diff := cmp.Diff(pool.Counts{Leases: 1, Overflowed: 1}, over.Status(at(4)).Counts); diff != "" {
		t.Error(diff)
	}
}

// Rule C-07: a number that joined rests until its former callers have forgotten it; one that left is leased no more, and its visit gets another.
func TestNumbersJoinAndLeave(t *testing.T) {
	t.Parallel()
	a := pool.New(pool.Policy{})
	a.Join(number(1), noon.Add(pool.Window), noon)
	tell(t, a, []ask{{at: 86399, visit: "a", kind: pool.Refused}, {at: 86400, visit: "a", waiting: true, kind: pool.Leased, number: number(1)}})
	if _, joined := a.Join(number(1), noon, at(86400)); joined {
		t.Error("a number joined twice")
	}
	a.Join(number(2), noon, at(86401))
	left, ok := a.Leave(number(1), at(86402))
	if !ok || left.Kind != pool.Left || left.Visit != "a" {
		t.Errorf("left: %+v", left)
	}
	tell(t, a, []ask{{at: 86403, visit: "a", kind: pool.Leased, number: number(2)}})
	if _, ok := a.Leave(number(1), at(86404)); ok {
		t.Error("a number left twice")
	}
}

func TestEndGivesANumberBack(t *testing.T) {
	t.Parallel()
	a := numbers(1, pool.Policy{})
	tell(t, a, []ask{{at: 0, visit: "a", kind: pool.Leased, number: number(1)}})
	if e, ok := a.End("a", at(5)); !ok || e.Number != number(1) {
		t.Errorf("ended: %+v", e)
	}
	if _, ok := a.End("a", at(6)); ok {
		t.Error("a lease ended twice")
	}
	tell(t, a, []ask{{at: 7, visit: "b", kind: pool.Leased, number: number(1)}})
	want := []pool.NumberStatus{{Number: number(1), State: pool.Live, Due: at(157), Visit: "b", From: at(7)}}
	if diff := cmp.Diff(want, a.Numbers(at(8))); diff != "" {
		t.Error(diff)
	}
}

// A clock that goes back changes nothing that has been.
func TestTimeGoesOn(t *testing.T) {
	t.Parallel()
	a := numbers(2, pool.Policy{})
	tell(t, a, []ask{{at: 100, visit: "a", kind: pool.Leased, number: number(1)}})
	if e := a.Lease(pool.Request{Visit: "b"}, at(50)); !e.At.Equal(at(100)) || e.Number != number(2) {
		t.Errorf("got %+v", e)
	}
}

// Rule C-08: a log that cannot have happened is refused.
func TestReplayRefusesABrokenLog(t *testing.T) {
	t.Parallel()
	joined := pool.Event{Kind: pool.Joined, At: at(10), Number: number(1)}
	for name, log := range map[string][]pool.Event{
		"a lease of a stranger's number": {{Kind: pool.Leased, At: noon, Number: number(1), Visit: "a"}},
		"time goes back":                 {joined, {Kind: pool.Leased, At: at(5), Number: number(1), Visit: "a"}},
		"joined twice":                   {joined, joined},
		"renewed by another":             {joined, {Kind: pool.Leased, At: at(11), Number: number(1), Visit: "a", Until: at(99)}, {Kind: pool.Renewed, At: at(12), Number: number(1), Visit: "b"}},
		"leased while live":              {joined, {Kind: pool.Leased, At: at(11), Number: number(1), Visit: "a", Until: at(99)}, {Kind: pool.Leased, At: at(12), Number: number(1), Visit: "b"}},
		"no such kind":                   {{Kind: "lost", At: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := pool.Replay(pool.Policy{}, log); errs.CodeOf(err) != "pool.bad_log" {
				t.Errorf("got %v", err)
			}
		})
	}
}
