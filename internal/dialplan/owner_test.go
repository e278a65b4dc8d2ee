package dialplan_test

import (
	"testing"

	"bellwether/internal/dialplan"
)

// Rules T-05 and W-12: a caller hears the ringing tone while a CRM is asked; what it says in time counts, once.
func TestOwnerIsAsked(t *testing.T) {
	t.Parallel()
	named := dialplan.OwnerSaid{Employee: "petro"}
	arrives := func(change func(*dialplan.Arrived)) dialplan.Arrived {
		call := dialplan.Arrived{
			Kind: dialplan.Inbound, From: "+380502222222", Number: "+380441234567", Country: "UA", Own: []string{"+380441234567"}, Staff: staff,
			Opening: dialplan.Opening{Open: true}, Asked: dialplan.ToBeAsked, Settings: dialplan.Settings{OwnerFirst: true},
			Scheme: dialplan.RoutingScheme{Format: 1, Steps: []dialplan.RouteStep{{ID: "a", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 20, Targets: []dialplan.Target{{Employee: "olena"}}}}}},
		}
		change(&call)
		return call
	}
	rings := func(d *desk) string {
		for _, l := range d.state.Legs {
			if !l.Incoming {
				return l.Employee
			}
		}
		return ""
	}
	for name, c := range map[string]struct {
		change func(*dialplan.Arrived)
		events func(d *desk) []dialplan.Event
		asks   bool
		rings  string // the first
	}{
		"named":         {func(*dialplan.Arrived) {}, func(*desk) []dialplan.Event { return []dialplan.Event{named} }, true, "petro"},
		"nobody":        {func(*dialplan.Arrived) {}, func(*desk) []dialplan.Event { return []dialplan.Event{dialplan.OwnerSaid{Asked: dialplan.AskedNobody}} }, true, "olena"},
		"it never says": {func(*dialplan.Arrived) {}, func(d *desk) []dialplan.Event { return []dialplan.Event{d.timer("owner")} }, true, "olena"},
		"too late":      {func(*dialplan.Arrived) {}, func(d *desk) []dialplan.Event { return []dialplan.Event{d.timer("owner"), named} }, true, "olena"},
		"twice":         {func(*dialplan.Arrived) {}, func(*desk) []dialplan.Event { return []dialplan.Event{dialplan.OwnerSaid{}, named} }, true, "olena"},
		"nobody waits":  {func(*dialplan.Arrived) {}, func(*desk) []dialplan.Event { return nil }, true, ""},
		"the caller gave up": {func(*dialplan.Arrived) {}, func(*desk) []dialplan.Event {
			return []dialplan.Event{dialplan.Ended{Leg: 1, Cause: dialplan.CauseCancelled}, named}
		}, true, ""},
		"closed":             {func(a *dialplan.Arrived) { a.Opening.Open = false }, func(*desk) []dialplan.Event { return nil }, false, "olena"},
		"blocked":            {func(a *dialplan.Arrived) { a.Blocked = "+38050*" }, func(*desk) []dialplan.Event { return nil }, false, ""},
		"no channel is free": {func(a *dialplan.Arrived) { a.Full = true }, func(*desk) []dialplan.Event { return nil }, false, ""},
	} {
		d := newDesk(arrives(c.change))
		if asks := d.said() == "authorise 1 inbound; alert 1; ask the CRM"; asks != c.asks {
			t.Errorf("%s: the CRM is asked: %t", name, asks)
		}
		d.take(c.events(d)...)
		if got := rings(d); got != c.rings {
			t.Errorf("%s: %q is rung, and not %q", name, got, c.rings)
		}
	}
}

// Rules T-32 and T-57: what an employee hears where nobody could be called says whose fault that is.
func TestWhyNobodyCouldBeCalled(t *testing.T) {
	t.Parallel()
	for cause, want := range map[dialplan.Cause]string{
		dialplan.CauseFull:        "reject 1 full",
		dialplan.CauseFailed:      "reject 1 failed",
		dialplan.CauseUnreachable: "reject 1 unreachable",
		dialplan.CauseBusy:        "reject 1 busy",
	} {
		d := newDesk(outgoing("+380503333333"))
		d.said()
		d.take(dialplan.Ended{Leg: 2, Cause: cause})
		if got := d.said(); got != "settle 2 0s; "+want {
			t.Errorf("%s: %s, want %s", cause, got, want)
		}
	}
}
