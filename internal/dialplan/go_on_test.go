package dialplan_test

import (
	"fmt"
	"testing"

	"bellwether/internal/dialplan"
)

// three is a client (leg 1), Petro (2) and Iryna (3), who all talk.
func three(t *testing.T, asked dialplan.Target) *desk {
	t.Helper()
	d := talking(t)
	d.take(dialplan.Consult{By: 2, To: asked}, dialplan.Answered{Leg: 3}, dialplan.Merge{By: 2})
	d.said()
	return d
}

// Rule T-126: where the client hangs up the call ends, and the colleagues talk on in one of their own.
func TestColleaguesTalkOn(t *testing.T) {
	t.Parallel()
	d := three(t, dialplan.Target{Account: "iryna"})
	d.take(dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal})
	if got, want := d.said(), "settle 1 4s; go on 2 free 3 free; settle 2 4s; settle 3 2s; answered 4s [petro]"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	d = three(t, dialplan.Target{Phone: "+380671234567"})
	d.take(dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal})
	if got, want := d.said(), "settle 1 4s; go on 2 free 3; settle 2 4s; answered 4s [petro]"; got != want {
		t.Errorf("to a number, which is charged on: %s\nwant\n%s", got, want)
	}
	d = talking(t)
	d.take(dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Answered{Leg: 3})
	d.said()
	d.take(dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal})
	if got, want := d.said(), "settle 1 3s; go on 2 free 3 free; settle 2 3s; settle 3 1s; answered 3s [petro]"; got != want {
		t.Errorf("the client was held: %s\nwant\n%s", got, want)
	}
}

// Rule T-126: the call of the colleagues talks at once, and is free.
func TestTheirOwnCall(t *testing.T) {
	t.Parallel()
	call := callback(false)
	call.Kind, call.Employee, call.To = dialplan.Internal, "petro", "203"
	call.Talks = []dialplan.Received{{Role: dialplan.Inside, Employee: "petro"}, {Role: dialplan.Inside, Employee: "iryna"}, {Role: dialplan.Inside, To: dialplan.Endpoint{Kind: dialplan.Phone, To: "+380671234567"}, Charge: dialplan.ChargeForward}}
	d := newDesk(call)
	if got, want := d.said(), "bridge 1 2; mix 1[2 3] 2[1 3] 3[1 2]"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	d.take(dialplan.Ended{Leg: 3, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal})
	if got, want := d.said(), "settle 3 0s; bridge 1 2; bye 2 normal"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Rule T-101: whoever talked with the client last has the call, not whoever was asked about it.
func TestWhoseCallItIs(t *testing.T) {
	t.Parallel()
	type events = []dialplan.Event
	consult := dialplan.Consult{By: 2, To: dialplan.Target{Employee: "iryna"}}
	for name, c := range map[string]struct {
		given events
		want  string
	}{
		"asked and returned": {events{consult, dialplan.Answered{Leg: 3}, dialplan.CancelConsult{By: 2}}, "[petro]"},
		"passed on":          {events{consult, dialplan.Answered{Leg: 3}, dialplan.CompleteTransfer{By: 2}}, "[petro iryna]"},
		"all three":          {events{consult, dialplan.Answered{Leg: 3}, dialplan.Merge{By: 2}}, "[iryna petro]"},
		"passed on and back": {events{dialplan.Transfer{By: 2, To: dialplan.Target{Employee: "iryna"}}, dialplan.Answered{Leg: 3}, dialplan.Transfer{By: 3, To: dialplan.Target{Employee: "petro"}}, dialplan.Answered{Leg: 4}}, "[iryna petro]"},
	} {
		d := talking(t)
		d.take(c.given...)
		if got := fmt.Sprint(d.state.Result.Employees); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Rule T-34: whoever asks for a call that waits is rung, and has it.
func TestFetch(t *testing.T) {
	t.Parallel()
	d := talking(t)
	d.take(dialplan.Take{Employee: "iryna"})
	if got := d.said(); got != "" {
		t.Errorf("a call that talks is fetched: %s", got)
	}
	d.take(dialplan.Park{By: 2}, dialplan.Take{Employee: "iryna"}, dialplan.Take{Employee: "iryna"}, dialplan.Answered{Leg: 3})
	if got, want := d.said(), "bye 2 normal; play 1 music; authorise 3 sip; dial 3 iryna as +380502222222; bridge 1 3"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	d = talking(t)
	d.take(dialplan.Transfer{By: 2, To: dialplan.Target{Phone: "+380671234567"}}, dialplan.Take{Employee: "iryna"})
	d.said()
	d.take(dialplan.Answered{Leg: 3}, dialplan.Answered{Leg: 4})
	if got, want := d.said(), "cancel 4; bridge 1 3; bye 4 elsewhere"; got != want {
		t.Errorf("answered elsewhere: %s\nwant\n%s", got, want)
	}
}
