package dialplan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/dialplan"
)

// desk runs a call by hand: each event a second after the one before; money is there at once.
type desk struct {
	state dialplan.State
	at    time.Time
	begin time.Time
	lines []string
	slow  bool // charging is: whoever asks for money waits for the test
}

func newDesk(call dialplan.Arrived) *desk {
	begin := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	d := &desk{at: begin, begin: begin}
	d.take(call)
	return d
}

func (d *desk) take(events ...dialplan.Event) {
	for _, e := range events {
		d.at = d.at.Add(time.Second)
		d.happen(e)
	}
}

func (d *desk) happen(e dialplan.Event) {
	state, effects := dialplan.Step(d.state, d.at, e)
	d.state = state
	for _, effect := range effects {
		if line := short(effect); line != "" {
			d.lines = append(d.lines, line)
		}
	}
	for _, effect := range effects {
		if ask, ok := effect.(dialplan.Authorise); ok && !d.slow {
			d.happen(dialplan.Authorised{Leg: ask.Leg})
		}
	}
}

// said gives what was asked since it was last called.
func (d *desk) said() string {
	defer func() { d.lines = nil }()
	return strings.Join(d.lines, "; ")
}

// timer is the timer of a name that runs.
func (d *desk) timer(name string) dialplan.TimedOut {
	for _, t := range d.state.Timers {
		if strings.HasPrefix(t.Name, name) {
			return dialplan.TimedOut{Timer: t}
		}
	}
	return dialplan.TimedOut{}
}

// short is an effect in a few words; empty for those that a test of a conversation does not look at.
func short(e dialplan.Effect) string {
	switch e := e.(type) {
	case dialplan.Authorise:
		return fmt.Sprintf("authorise %d %s", e.Leg, e.Charge)
	case dialplan.Dial:
		return fmt.Sprintf("dial %d %s as %s", e.Leg, e.To, e.Shown)
	case dialplan.Answer:
		return fmt.Sprintf("answer %d", e.Leg)
	case dialplan.Alert:
		return fmt.Sprintf("alert %d", e.Leg)
	case dialplan.PassEarly:
		return fmt.Sprintf("early %d to %d", e.From, e.To)
	case dialplan.Reject:
		return fmt.Sprintf("reject %d %s", e.Leg, e.Cause)
	case dialplan.Cancel:
		return fmt.Sprintf("cancel %d", e.Leg)
	case dialplan.Bye:
		return fmt.Sprintf("bye %d %s", e.Leg, e.Cause)
	case dialplan.HandOver:
		return fmt.Sprintf("hand over %d", e.Leg)
	case dialplan.GoOn:
		text := "go on"
		for _, g := range e.Legs {
			if text += fmt.Sprintf(" %d", g.Leg); g.Free {
				text += " free"
			}
		}
		return text
	case dialplan.FindCode:
		return "find " + e.Code
	case dialplan.AskOwner:
		return "ask the CRM"
	case dialplan.Play:
		return fmt.Sprintf("play %d %s", e.Leg, strings.TrimSpace(string(e.Sound.Kind)+" "+e.Sound.Name))
	case dialplan.Warn:
		return fmt.Sprintf("warn %d", e.Leg)
	case dialplan.Connect:
		return connection(e.Wire)
	case dialplan.Record:
		return fmt.Sprintf("record %d", e.Leg)
	case dialplan.Settle:
		talk := int64(0)
		if !e.AnsweredAt.IsZero() {
			talk = int64(e.EndedAt.Sub(e.AnsweredAt) / time.Second)
		}
		return fmt.Sprintf("settle %d %ds", e.Leg, talk)
	case dialplan.Finish:
		return fmt.Sprintf("%s %ds %v", e.Result.Status, e.Result.TalkSeconds, e.Result.Employees)
	}
	return ""
}

func connection(w dialplan.Wire) string {
	if w.Bridge() {
		return fmt.Sprintf("bridge %d %d", w.Parts[0].Leg, w.Parts[1].Leg)
	}
	text := "mix"
	for _, part := range w.Parts {
		text += fmt.Sprintf(" %d%v", part.Leg, part.Hears)
	}
	return text
}

func outgoing(to string) dialplan.Arrived {
	return dialplan.Arrived{
		Kind: dialplan.Outbound, Employee: "olena", To: to, Country: "UA", Own: []string{"+380441234567", "+380441234568"}, Staff: staff,
		Settings: dialplan.Settings{CallerID: "+380441234568"},
	}
}

// Rules T-10, T-11, T-12 and T-14: an employee calls.
func TestOutgoing(t *testing.T) {
	t.Parallel()
	stranger := outgoing("+380503333333")
	stranger.Settings.CallerID = "+380991111111"
	none := outgoing("+380503333333")
	none.Own = nil
	emergency := outgoing("(112)")
	emergency.Own = nil
	for _, c := range []struct {
		name   string
		call   dialplan.Arrived
		events []dialplan.Event
		want   string
	}{
		{
			"a number", outgoing("050 333-33-33"),
			[]dialplan.Event{dialplan.Rings{Leg: 2}, dialplan.Early{Leg: 2}, dialplan.Answered{Leg: 2}, dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 2}},
			"alert 1; authorise 2 outbound; dial 2 +380503333333 as +380441234568; early 2 to 1; answer 1; bridge 1 2; bye 2 normal; settle 2 2s; answered 1s [olena]",
		},
		{
			"another's number is not shown", stranger,
			[]dialplan.Event{dialplan.Ended{Leg: 2, Cause: dialplan.CauseBusy}, dialplan.Ended{Leg: 1}},
			"alert 1; authorise 2 outbound; dial 2 +380503333333 as +380441234567; settle 2 0s; reject 1 busy; busy 0s []",
		},
		{"no number to show", none, []dialplan.Event{dialplan.Ended{Leg: 1}}, "reject 1 forbidden; failed 0s []"},
		{
			"an emergency, whatever is shown", emergency,
			[]dialplan.Event{dialplan.Answered{Leg: 2}, dialplan.Ended{Leg: 2, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 1}},
			"alert 1; authorise 2 outbound; dial 2 112 as ; answer 1; bridge 1 2; settle 2 1s; bye 1 normal; answered 1s [olena]",
		},
		{
			"a colleague costs nothing", outgoing("202"),
			[]dialplan.Event{dialplan.Answered{Leg: 2}, dialplan.Ended{Leg: 2, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 1}},
			"alert 1; dial 2 petro as 201; answer 1; bridge 1 2; bye 1 normal; answered 1s [olena petro]",
		},
		{"what is no number", outgoing("sip:x@y"), []dialplan.Event{dialplan.Ended{Leg: 1}}, "reject 1 unreachable; failed 0s []"},
		{
			"the employee gives up", outgoing("+380503333333"),
			[]dialplan.Event{dialplan.Rings{Leg: 2}, dialplan.Ended{Leg: 1, Cause: dialplan.CauseCancelled}, dialplan.Ended{Leg: 2, Cause: dialplan.CauseCancelled}},
			"alert 1; authorise 2 outbound; dial 2 +380503333333 as +380441234568; cancel 2; settle 2 0s; no_answer 0s []",
		},
	} {
		d := newDesk(c.call)
		d.take(c.events...)
		if got := d.said(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Rules T-11 and T-13: what may not be dialled is not, and whoever runs out of funds is warned, then cut.
func TestFunds(t *testing.T) {
	t.Parallel()
	refused := func(code string) string {
		state, _ := dialplan.Step(dialplan.State{}, time.Unix(0, 0), outgoing("+380503333333"))
		state, _ = dialplan.Step(state, time.Unix(1, 0), dialplan.Refused{Leg: 2, Code: code})
		state, _ = dialplan.Step(state, time.Unix(1, 0), dialplan.Ended{Leg: 1})
		return string(state.Status())
	}
	for code, want := range map[string]string{"charging.country_forbidden": "forbidden_destination", "rating.unknown_destination": "forbidden_destination", "charging.no_funds": "failed", "billing.suspended": "failed"} {
		if got := refused(code); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	d := newDesk(outgoing("+380503333333"))
	d.take(dialplan.Answered{Leg: 2})
	d.said()
	d.take(dialplan.FundsLow{Leg: 2}, dialplan.FundsCut{Leg: 2}, dialplan.Ended{Leg: 2}, dialplan.Ended{Leg: 1})
	if got, want := d.said(), "warn 1; warn 2; bye 2 funds; bye 1 normal; settle 2 3s; answered 2s [olena]"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func callback(clientFirst bool) dialplan.Arrived {
	return dialplan.Arrived{
		Kind: dialplan.Callback, ClientFirst: clientFirst, To: "+380503333333", Number: "+380441234567", Country: "UA", Own: []string{"+380441234567"}, Staff: staff,
		Opening: dialplan.Opening{Open: true}, Settings: dialplan.Settings{Recording: dialplan.Recording{Mode: dialplan.RecordAnnounce}},
		Scheme: dialplan.RoutingScheme{Format: 1, Steps: []dialplan.RouteStep{{ID: "a", Ring: &dialplan.Ring{Order: dialplan.InTurn, Seconds: 20, Targets: []dialplan.Target{{Employee: "petro"}, {Phone: "+380671234567"}}}}}},
	}
}

// Rule T-15: both legs of a callback are authorised before either is dialled, in either order.
func TestCallback(t *testing.T) {
	t.Parallel()
	d := newDesk(callback(false))
	d.take(dialplan.Ended{Leg: 2, Cause: dialplan.CauseBusy}, dialplan.Answered{Leg: 3}, dialplan.Answered{Leg: 1}, dialplan.Played{Leg: 1, Serial: d.state.Serial + 99})
	if got, want := d.said(), "authorise 1 callback_client; authorise 2 sip; dial 2 petro as +380503333333; settle 2 0s; authorise 3 callback_manager; dial 3 +380671234567 as +380441234567; "+
		"play 3 ringing; dial 1 +380503333333 as +380441234567; play 1 prompt @recording"; got != want {
		t.Errorf("the employee first:\n%s\nwant\n%s", got, want)
	}
	d.take(dialplan.Played{Leg: 1, Serial: d.state.Legs[0].Playing}, dialplan.Ended{Leg: 1, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 3})
	if got, want := d.said(), "bridge 1 3; record 1; settle 1 3s; bye 3 normal; settle 3 5s; answered 1s []"; got != want {
		t.Errorf("the employee first:\n%s\nwant\n%s", got, want)
	}

	d = newDesk(callback(true))
	d.take(dialplan.Answered{Leg: 1})
	d.take(dialplan.Played{Leg: 1, Serial: d.state.Legs[0].Playing}, dialplan.Answered{Leg: 2}, dialplan.Ended{Leg: 2, Cause: dialplan.CauseNormal}, dialplan.Ended{Leg: 1})
	if got, want := d.said(), "authorise 1 callback_client; authorise 2 sip; dial 1 +380503333333 as +380441234567; play 1 prompt @recording; play 1 ringing; dial 2 petro as +380503333333; "+
		"bridge 1 2; record 1; settle 2 1s; bye 1 normal; settle 1 4s; answered 1s [petro]"; got != want {
		t.Errorf("the client first:\n%s\nwant\n%s", got, want)
	}

	d = newDesk(callback(false))
	d.take(dialplan.Answered{Leg: 2}, dialplan.Ended{Leg: 1, Cause: dialplan.CauseNoAnswer}, dialplan.Ended{Leg: 2})
	if got := d.said(); !strings.HasSuffix(got, "client_no_answer 0s []") {
		t.Errorf("the client does not answer: %s", got)
	}

	d = newDesk(callback(false))
	d.take(dialplan.Ended{Leg: 2, Cause: dialplan.CauseNoAnswer}, dialplan.Ended{Leg: 3, Cause: dialplan.CauseNoAnswer})
	if got := d.said(); !strings.HasSuffix(got, "settle 1 0s; no_answer 0s []") || strings.Contains(got, "dial 1") {
		t.Errorf("nobody answers: %s", got)
	}
}

// talking is an inbound call that petro has taken on leg 2.
func talking(t *testing.T) *desk {
	t.Helper()
	call := callback(false)
	call.Kind, call.From, call.To, call.Settings = dialplan.Inbound, "+380502222222", "", dialplan.Settings{}
	d := newDesk(call)
	d.take(dialplan.Answered{Leg: 2})
	if got, want := d.said(), "authorise 1 inbound; alert 1; authorise 2 sip; dial 2 petro as +380502222222; answer 1; bridge 1 2"; got != want {
		t.Fatalf("%s\nwant\n%s", got, want)
	}
	return d
}

// Rules T-17, T-18 and T-19: what people do with a call.
func TestCommands(t *testing.T) {
	t.Parallel()
	type events = []dialplan.Event
	olena := dialplan.Target{Employee: "olena"}
	for _, c := range []struct {
		name  string
		given []dialplan.Event
		want  string
	}{
		{"hold and resume", events{dialplan.Hold{By: 2}, dialplan.Hold{By: 1}, dialplan.Resume{By: 2}}, "play 1 music; bridge 1 2"},
		{
			"a blind transfer",
			events{dialplan.Transfer{By: 2, To: olena}, dialplan.Ended{Leg: 2}, dialplan.Answered{Leg: 3}},
			"bye 2 normal; play 1 ringing; authorise 3 sip; authorise 4 forward; dial 3 olena as +380502222222; dial 4 +380501111111 as +380441234567; settle 2 2s; cancel 4; bridge 1 3",
		},
		{"a blind transfer to nobody", events{dialplan.Transfer{By: 2, To: dialplan.Target{Employee: "gone"}}}, ""},
		{
			"a blind transfer that nobody takes comes back",
			events{dialplan.Transfer{By: 2, To: dialplan.Target{Phone: "+380671234567"}}, dialplan.Ended{Leg: 2}, dialplan.Ended{Leg: 3, Cause: dialplan.CauseBusy}, dialplan.Answered{Leg: 4}},
			"bye 2 normal; play 1 ringing; authorise 3 forward; dial 3 +380671234567 as +380441234567; settle 2 2s; settle 3 0s; authorise 4 sip; dial 4 petro as +380502222222; bridge 1 4",
		},
		{
			"an attended transfer",
			events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Answered{Leg: 3}, dialplan.CompleteTransfer{By: 2}},
			"play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; bridge 2 3; bridge 1 3; bye 2 normal",
		},
		{
			"an attended transfer by hanging up",
			events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Answered{Leg: 3}, dialplan.Ended{Leg: 2}},
			"play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; bridge 2 3; settle 2 3s; bridge 1 3",
		},
		{
			"one completed while it rings",
			events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.CompleteTransfer{By: 2}, dialplan.Answered{Leg: 3}},
			"play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; play 1 ringing; bye 2 normal; bridge 1 3",
		},
		{
			"a consultation that is cancelled",
			events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Answered{Leg: 3}, dialplan.CancelConsult{By: 2}},
			"play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; bridge 2 3; bye 3 normal; bridge 1 2",
		},
		{
			"three",
			events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Answered{Leg: 3}, dialplan.Merge{By: 2}, dialplan.Ended{Leg: 2}},
			"play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; bridge 2 3; mix 1[2 3] 2[1 3] 3[1 2]; settle 2 4s; bridge 1 3",
		},
		{"parked and taken", events{dialplan.Park{By: 2}, dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsUnpark}}, "bye 2 normal; play 1 music; answer 3; bridge 1 3"},
		{"listening", events{dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsListener}}, "answer 3; mix 1[2] 2[1] 3[1 2]"},
		{"whispering", events{dialplan.Supervise{Employee: "iryna", As: dialplan.AsWhisperer}, dialplan.Answered{Leg: 3}}, "dial 3 iryna as +380502222222; mix 1[2] 2[1 3] 3[1 2]"},
		{"barging in", events{dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsSpeaker}}, "answer 3; mix 1[2 3] 2[1 3] 3[1 2]"},
		{"a listener does not keep a call", events{dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsListener}, dialplan.Ended{Leg: 1}}, "answer 3; mix 1[2] 2[1] 3[1 2]; settle 1 2s; bye 2 normal; bye 3 normal"},
		{"given to another call", events{dialplan.GiveAway{By: 2}, dialplan.Ended{Leg: 2}}, "bye 2 normal; hand over 1; settle 2 2s; answered 1s [petro]"},
		{"given to another call while held", events{dialplan.Hold{By: 2}, dialplan.GiveAway{By: 2}}, "play 1 music"},
		{
			"taken from another call",
			events{dialplan.Received{Leg: 3, By: 2, Role: dialplan.Inside, Employee: "olena", Charge: dialplan.ChargeSIP}, dialplan.Ended{Leg: 3, Cause: dialplan.CauseNormal}},
			"bye 2 normal; bridge 1 3; settle 3 0s; bye 1 normal",
		},
		{"taken too late", events{dialplan.Received{Leg: 3, By: 5, Role: dialplan.Inside, Employee: "olena", Charge: dialplan.ChargeSIP}}, "bye 3 normal"},
		{"an employee's telephone takes the place of another's", events{dialplan.Replaced{Leg: 3, In: 2, Employee: "olena"}}, "answer 3; bye 2 normal; bridge 1 3"},
		{
			"somebody outside takes the place of the client",
			events{dialplan.Replaced{Leg: 3, In: 1}, dialplan.Authorised{Leg: 3}, dialplan.Ended{Leg: 1}},
			"authorise 3 inbound; answer 3; bye 1 normal; bridge 2 3; settle 1 3s",
		},
		{"nobody outside takes the place of an employee", events{dialplan.Replaced{Leg: 3, In: 2}}, "reject 3 unreachable"},
		{"nor an employee that of the client", events{dialplan.Replaced{Leg: 3, In: 1, Employee: "olena"}}, "reject 3 unreachable"},
		{"nobody takes the place of who is consulting", events{dialplan.Consult{By: 2, To: dialplan.Target{Account: "iryna"}}, dialplan.Replaced{Leg: 4, In: 2, Employee: "olena"}}, "play 1 music; play 2 ringing; authorise 3 sip; dial 3 iryna as +380502222222; reject 4 unreachable"},
		{"nothing to take", events{dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsPickup}}, "reject 3 unreachable"},
	} {
		d := talking(t)
		d.take(c.given...)
		if got := d.said(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Rules T-11 and T-18: whoever takes the place of the client is authorised first, and may come too late.
func TestReplacedLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given []dialplan.Event
		want  string
	}{
		{"refused", []dialplan.Event{dialplan.Refused{Leg: 3, Code: "charging.no_funds"}, dialplan.Ended{Leg: 3}}, "authorise 3 inbound; reject 3 forbidden"},
		{"gave up before", []dialplan.Event{dialplan.Ended{Leg: 3, Cause: dialplan.CauseCancelled}, dialplan.Authorised{Leg: 3}}, "authorise 3 inbound; settle 3 0s"},
		{
			"the client hung up before",
			[]dialplan.Event{dialplan.Ended{Leg: 1}, dialplan.Authorised{Leg: 3}, dialplan.Ended{Leg: 3}},
			"authorise 3 inbound; settle 1 2s; bye 2 normal; reject 3 normal; settle 3 0s",
		},
		{
			"the employee asks a colleague by then",
			[]dialplan.Event{dialplan.Consult{By: 2, To: dialplan.Target{Phone: "+380671234567"}}, dialplan.Authorised{Leg: 3}, dialplan.Ended{Leg: 3}},
			"authorise 3 inbound; play 1 music; play 2 ringing; authorise 4 forward; reject 3 unreachable; settle 3 0s",
		},
	} {
		d := talking(t)
		d.slow = true
		d.take(dialplan.Replaced{Leg: 3, In: 1})
		d.take(c.given...)
		if got := d.said(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Rule T-18: a parked call that nobody takes rings back, and a ringing one is picked up.
func TestParkAndPickup(t *testing.T) {
	t.Parallel()
	d := talking(t)
	d.take(dialplan.Park{By: 2}, dialplan.Ended{Leg: 2})
	d.said()
	d.take(d.timer("park"), dialplan.Ended{Leg: 3, Cause: dialplan.CauseNoAnswer}, dialplan.Ended{Leg: 1})
	if got, want := d.said(), "authorise 3 sip; dial 3 petro as +380502222222; settle 3 0s; bye 1 no_answer; settle 1 5s; answered 4s [petro]"; got != want {
		t.Errorf("parked for too long:\n%s\nwant\n%s", got, want)
	}

	call := callback(false)
	call.Kind, call.Settings = dialplan.Inbound, dialplan.Settings{}
	d = newDesk(call)
	d.said()
	d.take(dialplan.Joined{Leg: 3, Employee: "olena", As: dialplan.AsPickup})
	if got, want := d.said(), "answer 3; cancel 2; answer 1; bridge 1 3"; got != want {
		t.Errorf("picked up:\n%s\nwant\n%s", got, want)
	}
}
