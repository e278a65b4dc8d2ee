package pool_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// life is a pool whose every step is checked against the rules, and its log.
type life struct {
	pool   *pool.Allocator
	policy pool.Policy
	now    time.Time
	log    []pool.Event
}

func (l *life) note(e pool.Event, happened bool) {
	if happened {
		l.log = append(l.log, e)
	}
}

// live lives through random steps.
func live(t *rapid.T) *life {
	l := &life{now: noon}
	l.policy.Hold = time.Duration(rapid.IntRange(1, 300).Draw(t, "hold")) * time.Second
	l.policy.LastNumber = rapid.Bool().Draw(t, "last number")
	if rapid.Bool().Draw(t, "has overflow") {
		l.policy.Overflow = "+380800"
	}
	l.pool = pool.New(l.policy)
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		l.now = l.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "passes")) * time.Second)
		l.step(t)
	}
	return l
}

func (l *life) step(t *rapid.T) {
	n := number(rapid.IntRange(1, 6).Draw(t, "number"))
	visit := fmt.Sprintf("visit-%d", rapid.IntRange(1, 9).Draw(t, "visit"))
	switch rapid.IntRange(0, 9).Draw(t, "deed") {
	case 0, 1:
		rest := time.Duration(rapid.IntRange(0, 200).Draw(t, "rest")) * time.Second
		l.note(l.pool.Join(n, l.now.Add(rest), l.now))
	case 2:
		l.note(l.pool.Leave(n, l.now))
	case 3:
		l.note(l.pool.End(visit, l.now))
	default:
		visitor := rapid.SampledFrom([]string{"", "ann", "bob", "cid"}).Draw(t, "visitor")
		l.lease(t, pool.Request{Visit: visit, Visitor: visitor, Waiting: rapid.Bool().Draw(t, "waiting")})
	}
}

// lease asks for a number and checks the answer against the numbers as they were before (Rules C-01 to C-06).
func (l *life) lease(t *rapid.T, r pool.Request) {
	before := l.pool.Numbers(l.now)
	e := l.pool.Lease(r, l.now)
	l.note(e, true)
	var longest *pool.NumberStatus
	own := false
	for i, n := range before {
		if n.State == pool.Free && (longest == nil || n.Due.Before(longest.Due)) {
			longest = &before[i]
		}
		own = own || n.State == pool.Live && n.Visit == r.Visit && n.Number == e.Number
	}
	switch {
	case own != (e.Kind == pool.Renewed) && e.Kind != pool.Returned:
		t.Fatalf("%+v of %+v", e, before)
	case e.Overload() && longest != nil:
		t.Fatalf("%+v while %+v is free", e, *longest)
	case e.Kind == pool.Leased && e.Number != longest.Number:
		t.Fatalf("%+v, but %+v has been free longer", e, *longest)
	case e.Kind == pool.Taken && r.Waiting:
		t.Fatalf("%+v took a number though it was waiting", e)
	}
	l.oneEach(t, e)
}

// oneEach fails where a visit has two numbers, or not the one that it was told.
func (l *life) oneEach(t *rapid.T, e pool.Event) {
	held := map[string]phone.Number{}
	for _, n := range l.pool.Numbers(l.now) {
		if n.State != pool.Live {
			continue
		}
		if other, twice := held[n.Visit]; twice {
			t.Fatalf("%s has %s and %s", n.Visit, other, n.Number)
		}
		held[n.Visit] = n.Number
	}
	if own := e.Kind != pool.Refused && e.Kind != pool.Overflowed; own && held[e.Visit] != e.Number {
		t.Fatalf("%+v, but it has %q", e, held[e.Visit])
	}
}

// Rules C-01 to C-06: never two live leases of a number, none taken while one is free, always the one that has been free the longest.
func TestLeasesKeepTheirRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { live(t) })
}

// Rule C-08: the log leads to the same state, and from there on to the same answers.
func TestReplayLeadsToTheSameState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := live(t)
		again, err := pool.Replay(l.policy, l.log)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l.pool.Status(l.now), again.Status(l.now)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(l.pool.Numbers(l.now), again.Numbers(l.now)); diff != "" {
			t.Fatal(diff)
		}
		for i := range 20 {
			r := pool.Request{Visit: fmt.Sprintf("visit-%d", i), Visitor: []string{"", "ann", "bob"}[i%3]}
			moment := l.now.Add(time.Duration(i) * 7 * time.Second)
			if diff := cmp.Diff(l.pool.Lease(r, moment), again.Lease(r, moment)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// Rule C-08: joinings and the latest lease of each number, as renewals and its end left it, are log enough.
func TestAShortenedLogLeadsToTheSameNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := live(t)
		again, err := pool.Replay(l.policy, shortened(l.log, l.now))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l.pool.Numbers(l.now), again.Numbers(l.now)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// shortened keeps of each number that is in the pool still its joining and its latest lease.
func shortened(log []pool.Event, now time.Time) []pool.Event {
	joined, leased := map[phone.Number]pool.Event{}, map[phone.Number]pool.Event{}
	for _, e := range log {
		switch e.Kind {
		case pool.Joined:
			joined[e.Number] = e
		case pool.Left:
			delete(joined, e.Number)
			delete(leased, e.Number)
		case pool.Leased, pool.Returned, pool.Taken:
			leased[e.Number] = e
		case pool.Renewed, pool.Ended:
			last := leased[e.Number]
			if last.Until = e.Until; e.Kind == pool.Ended {
				last.Until = e.At
			}
			if e.Visitor != "" {
				last.Visitor = e.Visitor
			}
			leased[e.Number] = last
		}
	}
	short := make([]pool.Event, 0, len(joined)+len(leased))
	for _, events := range []map[phone.Number]pool.Event{joined, leased} {
		for _, e := range events {
			short = append(short, e)
		}
	}
	slices.SortStableFunc(short, func(a, b pool.Event) int { return a.At.Compare(b.At) })
	return short
}
