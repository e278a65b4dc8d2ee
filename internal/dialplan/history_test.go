package dialplan_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/dialplan"
)

// said is effects or a state as text, so that what was kept and read again can be compared with what never was.
func said(t *testing.T, list ...any) string {
	t.Helper()
	var lines strings.Builder
	for _, v := range list {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%T %s\n", v, text)
	}
	return lines.String()
}

// Rule T-116: the history of a call, kept apart from its basis and read again, leads to the same effects in the same order, and to the same
// state; in random worlds, with all that can happen.
func TestHistoryIsTheCall(t *testing.T) {
	t.Parallel()
	all := calls(t)
	seen := map[string]bool{}
	for seed := range uint64(3000) {
		var kept []dialplan.Happened
		var basis dialplan.Basis
		var effects []string
		var end dialplan.State
		newWorld(seed, func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			state, did := dialplan.Step(s, at, e)
			end = state
			list := make([]any, len(did))
			for i := range did {
				list[i] = did[i]
			}
			effects = append(effects, said(t, list...))
			if a, ok := e.(dialplan.Arrived); ok {
				e, basis = a.Split()
			}
			kept = append(kept, dialplan.Happened{At: at, Event: e})
			return state, did
		}).live(all[seed%uint64(len(all))])
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		var read []dialplan.Happened
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		read[0].Event = read[0].Event.(dialplan.Arrived).On(basis)
		for i, lived := range dialplan.Replay(read) {
			seen[lived.Kind()] = true
			list := make([]any, len(lived.Effects))
			for j := range list {
				list[j] = lived.Effects[j]
			}
			if diff := cmp.Diff(effects[i], said(t, list...)); diff != "" {
				t.Fatalf("world %d, event %d (%s): %s", seed, i, lived.Kind(), diff)
			}
			if i == len(effects)-1 && said(t, lived.State) != said(t, end) {
				t.Fatalf("world %d ends otherwise: %s", seed, cmp.Diff(said(t, end), said(t, lived.State)))
			}
		}
	}
	for _, rare := range []string{"arrived", "rings", "ended", "pressed", "timed_out", "refused", "funds_cut", "offered", "transfer", "park", "supervise", "joined"} {
		if !seen[rare] {
			t.Errorf("%s never happened", rare)
		}
	}
}

// Every event has a name to be kept by, and is read as what it was.
func TestEventsAreKept(t *testing.T) {
	t.Parallel()
	for _, e := range []dialplan.Event{
		dialplan.Arrived{Kind: dialplan.Inbound, From: "+380502222222"},
		dialplan.Rings{Leg: 1},
		dialplan.Early{Leg: 2},
		dialplan.Answered{Leg: 2},
		dialplan.Ended{Leg: 2, Cause: dialplan.CauseBusy},
		dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsPickup},
		dialplan.Pressed{Leg: 1, Key: "#"},
		dialplan.Played{Leg: 1, Serial: 4},
		dialplan.TimedOut{Timer: dialplan.Timer{Name: "wait", Serial: 2}},
		dialplan.Authorised{Leg: 1},
		dialplan.Refused{Leg: 1, Code: "charging.no_funds"},
		dialplan.FundsLow{Leg: 1},
		dialplan.FundsCut{Leg: 1},
		dialplan.Queued{Ticket: 1, Position: 2},
		dialplan.QueueFull{Ticket: 1},
		dialplan.Offered{Ticket: 1, Offer: 2, Employees: []string{"olena"}},
		dialplan.Transfer{By: 2, To: dialplan.Target{Phone: "+380501111111"}},
		dialplan.Consult{By: 2},
		dialplan.CompleteTransfer{By: 2},
		dialplan.CancelConsult{By: 2},
		dialplan.Merge{By: 2},
		dialplan.GiveAway{By: 2},
		dialplan.Received{Leg: 4, AnsweredAt: time.Unix(0, 1_764_000_000_123_456_789).UTC()},
		dialplan.Replaced{Leg: 4, In: 2},
		dialplan.Hold{By: 2},
		dialplan.Resume{By: 2},
		dialplan.Park{By: 2},
		dialplan.Supervise{Employee: "petro", As: dialplan.AsListener},
		dialplan.Stop{By: 1},
	} {
		at := time.Unix(0, 1_764_000_000_123_456_789).UTC()
		text, err := json.Marshal(dialplan.Happened{At: at, Event: e})
		var read dialplan.Happened
		if err == nil {
			err = json.Unmarshal(text, &read)
		}
		if err != nil || !read.At.Equal(at) || !reflect.DeepEqual(read.Event, e) {
			t.Errorf("%T is kept as %s and read as %+v, %v", e, text, read, err)
		}
	}
	for _, text := range []string{`[1,"nothing",{}]`, `[1,"rings"]`, `{}`, `["x","rings",{}]`, `[1,2,{}]`, `[1,"rings",[]]`} {
		if err := json.Unmarshal([]byte(text), new(dialplan.Happened)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
