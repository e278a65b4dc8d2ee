package dialplan_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"bellwether/internal/dialplan"
)

// calls are the calls that worlds begin with: each kind, with everything that may be set.
func calls(t *testing.T) []dialplan.Arrived {
	t.Helper()
	scheme := func(text string) dialplan.RoutingScheme {
		s, err := dialplan.ReadScheme([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	closed := scheme(`{"format": 1, "steps": [{"id": "m", "voicemail": {"max_seconds": 60}}]}`)
	schemes := []dialplan.RoutingScheme{
		scheme(office), closed,
		scheme(`{"format": 1, "steps": [{"id": "a", "ring": {"order": "together", "seconds": 20, "music": "m", "targets": [{"department": "support"}, {"employee": "olena"}]}},
			{"id": "b", "say": {"prompt": "p"}}, {"id": "c", "hang_up": {"busy": true}}]}`),
		scheme(`{"format": 1, "steps": [{"id": "q", "queue": {"queue": "q", "strategy": "all", "targets": [{"department": "support"}], "ring_seconds": 10, "max_wait_seconds": 60,
			"announce_every_seconds": 15, "say_wait": true, "callback": {"digit": "5", "prompt": "p", "after_seconds": 10, "done": "d"}}}, {"id": "b", "ring": {"order": "in_turn", "seconds": 15,
			"targets": [{"phone": "+380671234567"}, {"sip": "sip:a@b.example"}]}, "next": "q"}]}`),
		scheme(`{"format": 1, "steps": [{"id": "s", "say": {"prompt": "p"}}, {"id": "a", "ring": {"order": "in_turn", "seconds": 15, "targets": [{"employee": "petro"}, {"phone": "+380671234567"}]}},
			{"id": "h", "hang_up": {"prompt": "bye"}}]}`),
		scheme(`{"format": 1, "steps": [{"id": "c", "code": {"timeout_seconds": 5, "tries": 3, "thanks": "t"}}, {"id": "q", "queue": {"queue": "q", "strategy": "all",
			"targets": [{"department": "support"}], "ring_seconds": 10, "max_wait_seconds": 60}}]}`),
	}
	return everyKind(schemes, &closed)
}

func everyKind(schemes []dialplan.RoutingScheme, closed *dialplan.RoutingScheme) []dialplan.Arrived {
	var all []dialplan.Arrived
	modes := []dialplan.RecordingMode{dialplan.RecordOff, dialplan.RecordSilently, dialplan.RecordAnnounce, dialplan.RecordConsent}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		n := random.IntN
		call := dialplan.Arrived{
			From: "+380502222222", Number: "+380441234567", To: []string{"+380503333333", "0503333333", "202", "112", "what"}[n(5)], Employee: "olena",
			ClientFirst: n(2) == 0, Country: "UA", Own: []string{"+380441234567", "+380441234568"}, Scheme: schemes[n(len(schemes))], Staff: staff,
			Opening: dialplan.Opening{Open: n(4) > 0, Reason: dialplan.Reason{Code: "hours.always"}},
			Settings: dialplan.Settings{
				LastAgent: dialplan.LastAgent{On: n(2) == 0}, OwnerFirst: n(2) == 0, Recording: dialplan.Recording{Mode: modes[n(4)]},
			},
			LastAgent: dialplan.Found{Reason: dialplan.Reason{Code: "last_agent.none"}},
		}
		call.Kind = []dialplan.Kind{dialplan.Inbound, dialplan.Inbound, dialplan.Inbound, dialplan.Outbound, dialplan.Callback, dialplan.Callback, dialplan.ClickToCall, dialplan.FromQueue}[n(8)]
		if call.Kind != dialplan.Outbound && n(8) > 0 {
			call.To = "+380503333333"
		}
		switch n(12) {
		case 0:
			call.Blocked = "them"
		case 1:
			call.Suspended = true
		case 2:
			call.Suspended, call.Settings.Fallback = true, "+380504444444"
		case 3:
			call.Own, call.Number = nil, ""
		case 4:
			call.From = ""
		case 5:
			call.Full = true
		}
		if n(2) == 0 {
			call.Closed = closed
		}
		if n(2) == 0 {
			call.LastAgent.Employee = []string{"petro", "olena", "gone"}[n(3)]
		}
		if n(3) == 0 {
			call.Owner = "petro"
		} else if n(3) == 0 {
			call.Asked = dialplan.ToBeAsked
		}
		all = append(all, call)
	}
	return all
}

// worlds is how many random worlds a call lives through in `go test`.
const worlds = 100_000

// Rules T-08, T-10, T-11, T-12, T-13, T-15, T-16, T-17, T-20 and T-32: whatever networks, carriers, people and funds do, in whatever order, a call keeps its promises.
func TestWorlds(t *testing.T) {
	t.Parallel()
	count := uint64(worlds)
	if testing.Short() {
		count /= 20
	}
	if seed, broken := search(calls(t), count, dialplan.Step); broken != "" {
		t.Fatalf("world %d: %s\n%s", seed, broken, replay(calls(t), seed, dialplan.Step))
	}
}

// search finds the first broken world of many.
func search(calls []dialplan.Arrived, count uint64, step stepper) (seed uint64, broken string) {
	var next atomic.Uint64
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for {
				mine := next.Add(1)
				if mine > count {
					return
				}
				if found := newWorld(mine, step).live(calls[mine%uint64(len(calls))]); found != "" {
					mu.Lock()
					defer mu.Unlock()
					if broken == "" || mine < seed {
						seed, broken = mine, found
					}
					next.Store(count)
					return
				}
			}
		})
	}
	group.Wait()
	return seed, broken
}

// replay tells the story of a world.
func replay(calls []dialplan.Arrived, seed uint64, step stepper) string {
	w := newWorld(seed, step)
	w.keep = true
	call := calls[seed%uint64(len(calls))]
	w.live(call)
	return fmt.Sprintf("%s\n%s", call.Kind, strings.Join(w.log, "\n"))
}
