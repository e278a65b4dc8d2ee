package dialplan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/dialplan"
)

// trial is an office on a Friday at noon, as a test changes it.
func trial(t *testing.T, change ...func(*dialplan.Plan, *dialplan.Caller, *dialplan.Trial)) dialplan.Trial {
	t.Helper()
	scheme, err := dialplan.ReadScheme([]byte(office))
	if err != nil {
		t.Fatal(err)
	}
	closed, err := dialplan.ReadScheme([]byte(`{"format": 1, "steps": [{"id": "closed", "voicemail": {"greeting": "we-are-closed", "max_seconds": 60}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	hours, err := dialplan.ReadHours([]byte(week))
	if err != nil {
		t.Fatal(err)
	}
	kyiv, err := civil.LoadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	plan := dialplan.Plan{Country: "UA", Own: []string{"+380441234567"}, Scheme: scheme, Closed: &closed, Hours: hours, Staff: staff}
	caller := dialplan.Caller{From: "+380502222222", Number: "+380441234567"}
	trial := dialplan.Trial{At: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	for _, do := range change {
		do(&plan, &caller, &trial)
	}
	trial.Call = plan.Inbound(caller, trial.At, kyiv)
	return trial
}

// story is a path in short: seconds, code and who.
func story(path dialplan.Path) string {
	var lines []string
	for _, line := range path.Lines {
		switch line.Code {
		case "leg.rings", "leg.ended", "call.arrived", "ring.no_answer", "last_agent.off":
			continue
		}
		who := line.Params["step"] + line.Params["to"]
		if strings.HasPrefix(line.Code, "hours.") {
			who = ""
		} else if who == "" {
			who = line.Params["employee"] + line.Params["keys"] + line.Params["why"]
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%g %s %s", line.Seconds, line.Code, who), " "))
	}
	return strings.Join(append(lines, string(path.Result.Status)), "\n")
}

type change = func(*dialplan.Plan, *dialplan.Caller, *dialplan.Trial)

func called(kind string, ago time.Duration, employee string) change {
	return func(p *dialplan.Plan, c *dialplan.Caller, t *dialplan.Trial) {
		c.Past = append(c.Past, dialplan.PastCall{At: t.At.Add(-ago), Outgoing: kind == "outgoing", Answered: true, Employee: employee})
	}
}

func lastAgent(rule dialplan.LastAgent) change {
	return func(p *dialplan.Plan, _ *dialplan.Caller, _ *dialplan.Trial) { p.Settings.LastAgent = rule }
}

func answers(who string) change {
	return func(_ *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) { t.Answers = who }
}

func presses(step, keys string) change {
	return func(_ *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) { t.Keys = map[string]string{step: keys} }
}

func on(instant string) change {
	return func(_ *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) {
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			panic(err)
		}
		t.At = at
	}
}

// Rules T-01, T-02, T-04, T-05, T-06, T-07, T-09, T-20, T-30 and T-33: what happens to a call, told by the code that runs it.
func TestTrace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change []change
		want   string
	}{
		{"nobody answers", nil, `0 hours.open
0 step.enter greeting
9 menu.silence
18 menu.silence
18 step.enter sales
18 leg.dialled olena
18 leg.dialled +380501111111
33 leg.dialled +380671234567
58 step.enter wait
58 queue.joined
58 queue.offered
58 leg.dialled petro
73 queue.offered
73 leg.dialled iryna
358 queue.too_long
358 step.enter message
362 call.ends call.abandoned
no_answer`},
		{"sales is chosen and answers", []change{presses("greeting", "1"), answers("olena")}, `0 hours.open
0 step.enter greeting
5 menu.choice sales
5 step.enter sales
5 leg.dialled olena
5 leg.dialled +380501111111
10 leg.answered olena
10 call.connected olena
70 call.ends call.hung_up
answered`},
		{"an extension that others begin with", []change{presses("greeting", "202"), answers("petro")}, `0 hours.open
0 step.enter greeting
10 menu.extension petro
10 leg.dialled petro
15 leg.answered petro
15 call.connected petro
75 call.ends call.hung_up
answered`},
		{"a wrong extension, and patience", []change{presses("greeting", "9999"), on("2026-11-20T10:00:00Z"), func(p *dialplan.Plan, _ *dialplan.Caller, _ *dialplan.Trial) {
			p.Scheme.Steps = p.Scheme.Steps[:1]
			p.Scheme.Steps[0].Menu.Choices, p.Scheme.Reserve = nil, ""
		}}, `0 hours.open
0 step.enter greeting
8 menu.wrong 9999
17 menu.silence
17 call.ends call.nobody
wrong_extension`},
		{"Sunday 10:05", []change{on("2026-11-22T08:05:00Z")}, `0 hours.closed
0 hours.after_hours_scheme
0 step.enter closed
4 call.ends call.abandoned
no_answer`},
		{"Sunday 10:05, and a message", []change{on("2026-11-22T08:05:00Z"), func(_ *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) { t.Message = true }}, `0 hours.closed
0 hours.after_hours_scheme
0 step.enter closed
14 call.ends call.abandoned
14 voicemail.left
voicemail`},
		{"no after-hours scheme", []change{on("2026-11-22T08:05:00Z"), presses("greeting", "1"), answers("olena"), func(p *dialplan.Plan, _ *dialplan.Caller, _ *dialplan.Trial) { p.Closed = nil }}, `0 hours.closed
0 step.enter greeting
5 menu.choice sales
5 step.enter sales
5 leg.dialled olena
5 leg.dialled +380501111111
10 leg.answered olena
10 call.connected olena
70 call.ends call.hung_up
answered`},
		{"blocked", []change{func(_ *dialplan.Plan, c *dialplan.Caller, _ *dialplan.Trial) { c.Blocked = "+380502*" }}, `0 call.ends call.blocked
blocked`},
		{"suspended, with a fallback", []change{answers("+380504444444"), func(p *dialplan.Plan, c *dialplan.Caller, _ *dialplan.Trial) {
			c.Suspended, p.Settings.Fallback = true, "+380504444444"
		}}, `0 call.fallback +380504444444
0 step.enter only
0 leg.dialled +380504444444
5 leg.answered
5 call.connected
65 call.ends call.hung_up
answered`},
		{"last agent answers on a mobile", []change{lastAgent(dialplan.LastAgent{On: true}), called("outgoing", time.Hour, "olena"), answers("+380501111111")}, `0 hours.open
0 last_agent.called olena
0 first.last_agent olena
0 leg.dialled olena
0 leg.dialled +380501111111
5 leg.answered olena
5 call.connected olena
65 call.ends call.hung_up
answered`},
		{"last agent rings for 20 s, then the scheme", []change{lastAgent(dialplan.LastAgent{On: true}), called("outgoing", time.Hour, "petro"), presses("greeting", "1"), answers("olena")}, `0 hours.open
0 last_agent.called petro
0 first.last_agent petro
0 leg.dialled petro
20 step.enter greeting
25 menu.choice sales
25 step.enter sales
25 leg.dialled olena
25 leg.dialled +380501111111
30 leg.answered olena
30 call.connected olena
90 call.ends call.hung_up
answered`},
		{"last agent only in working hours", []change{lastAgent(dialplan.LastAgent{On: true}), on("2026-11-22T08:05:00Z"), called("outgoing", time.Hour, "petro")}, `0 hours.closed
0 hours.after_hours_scheme
0 step.enter closed
4 call.ends call.abandoned
no_answer`},
		{"the responsible before the last agent", []change{lastAgent(dialplan.LastAgent{On: true}), called("outgoing", time.Hour, "petro"), answers("iryna"), func(p *dialplan.Plan, c *dialplan.Caller, _ *dialplan.Trial) {
			p.Settings.OwnerFirst, p.Settings.FirstSeconds, c.Owner = true, 10, "olena"
			p.Scheme.Steps = p.Scheme.Steps[2:3]
			p.Scheme.Reserve = ""
		}}, `0 hours.open
0 last_agent.called petro
0 first.owner olena
0 leg.dialled olena
0 leg.dialled +380501111111
10 first.last_agent petro
10 leg.dialled petro
20 step.enter wait
20 queue.joined
20 queue.offered
20 leg.dialled petro
35 queue.offered
35 leg.dialled iryna
40 leg.answered iryna
40 call.connected iryna
100 call.ends call.hung_up
answered`},
		{"the reserve", []change{presses("greeting", "1"), answers("sip:owner@example.com"), func(p *dialplan.Plan, _ *dialplan.Caller, _ *dialplan.Trial) {
			p.Scheme.Steps = slices.Concat(p.Scheme.Steps[:2], p.Scheme.Steps[4:])
		}}, `0 hours.open
0 step.enter greeting
5 menu.choice sales
5 step.enter sales
5 leg.dialled olena
5 leg.dialled +380501111111
20 leg.dialled +380671234567
45 step.reserve
45 step.enter owner
45 leg.dialled sip:owner@example.com
50 leg.answered
50 call.connected
110 call.ends call.hung_up
answered`},
		{"consent to the recording", []change{presses("greeting", "1"), answers("olena"), func(p *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) {
			p.Settings.Recording.Mode, t.Consent = dialplan.RecordConsent, true
		}}, `0 hours.open
0 recording.announced
5 recording.consent
5 step.enter greeting
10 menu.choice sales
10 step.enter sales
10 leg.dialled olena
10 leg.dialled +380501111111
15 leg.answered olena
15 call.connected olena
75 call.ends call.hung_up
answered`},
		{"all are busy", []change{func(p *dialplan.Plan, _ *dialplan.Caller, t *dialplan.Trial) {
			p.Scheme.Steps, p.Scheme.Reserve = p.Scheme.Steps[1:2], ""
			t.Busy = []string{"olena", "+380671234567"}
		}}, `0 hours.open
0 step.enter sales
0 leg.dialled olena
0 leg.dialled +380501111111
0 leg.dialled +380671234567
0 call.ends call.nobody
busy`},
	} {
		trial := trial(t, c.change...)
		if got := story(dialplan.Trace(trial)); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, c.want)
		}
	}
}

// Rule T-08: a scheme that leads round in circles ends all the same.
func TestGoingRoundEnds(t *testing.T) {
	t.Parallel()
	scheme, err := dialplan.ReadScheme([]byte(`{"format": 1, "steps": [{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [{"employee": "nobody"}]}, "next": "b"},
		{"id": "b", "say": {"prompt": "p"}, "next": "a"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	path := dialplan.Trace(dialplan.Trial{Call: dialplan.Arrived{Kind: dialplan.Inbound, Number: "+380441234567", Scheme: scheme}})
	if path.Result.Reason.Code != "call.going_round" || path.Result.Status != dialplan.StatusNoAnswer {
		t.Errorf("it ended %+v", path.Result)
	}
}

// Rule T-04: whom the rule of the last agent finds.
func TestLastAgent(t *testing.T) {
	t.Parallel()
	kyiv, err := civil.LoadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC) // Friday 12:00 in Kyiv; the day began 12 hours ago
	call := func(kind string, ago time.Duration, employee string) dialplan.PastCall {
		return dialplan.PastCall{At: at.Add(-ago), Outgoing: kind == "out", Answered: kind != "missed", Employee: employee}
	}
	always := dialplan.LastAgent{On: true}
	for _, c := range []struct {
		name string
		rule dialplan.LastAgent
		past []dialplan.PastCall
		want string
	}{
		{"off", dialplan.LastAgent{}, []dialplan.PastCall{call("out", time.Hour, "olena")}, " last_agent.off"},
		{"nobody", always, nil, " last_agent.none"},
		{"the last of two", always, []dialplan.PastCall{call("out", time.Hour, "olena"), call("out", 2*time.Hour, "petro")}, "olena last_agent.called"},
		{"in any order", always, []dialplan.PastCall{call("out", 2*time.Hour, "petro"), call("out", time.Hour, "olena")}, "olena last_agent.called"},
		{"just after midnight", always, []dialplan.PastCall{call("out", 12*time.Hour, "olena")}, "olena last_agent.called"},
		{"just before midnight", always, []dialplan.PastCall{call("out", 12*time.Hour+time.Second, "olena")}, " last_agent.none"},
		{"yesterday, with a day more", dialplan.LastAgent{On: true, Days: 1}, []dialplan.PastCall{call("out", 20*time.Hour, "olena")}, "olena last_agent.called"},
		{"an incoming one does not count", always, []dialplan.PastCall{call("in", time.Hour, "olena")}, " last_agent.none"},
		{"an incoming one, as an option", dialplan.LastAgent{On: true, Answered: true}, []dialplan.PastCall{call("in", time.Hour, "olena"), call("out", 2*time.Hour, "petro")}, "olena last_agent.answered"},
		{"a missed one does not count", dialplan.LastAgent{On: true, Answered: true}, []dialplan.PastCall{call("missed", time.Hour, "olena")}, " last_agent.none"},
		{"only returning callers: a new one", dialplan.LastAgent{On: true, OnlyReturning: true}, []dialplan.PastCall{call("out", time.Hour, "olena")}, " last_agent.new_caller"},
		{"only returning callers: one who called last year", dialplan.LastAgent{On: true, OnlyReturning: true}, []dialplan.PastCall{call("out", time.Hour, "olena"), call("missed", 8760*time.Hour, "")}, "olena last_agent.called"},
		{"a call of now is not past", always, []dialplan.PastCall{call("out", 0, "olena")}, " last_agent.none"},
	} {
		found := c.rule.Find(c.past, at, kyiv)
		if got := found.Employee + " " + found.Reason.Code; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
