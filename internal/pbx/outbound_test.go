package pbx_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// answered waits until a call of a phone is answered.
func (h *house) answered(c *siptest.PhoneCall) sip.Answered {
	h.Helper()
	e, ok := siptest.Await[sip.Answered](c)
	if !ok {
		h.Fatalf("nobody answers: %+v", h.logged().Timeline)
	}
	return e
}

// Rules T-10 and T-35: an employee calls a mobile, shows the project's number, and it is charged.
func TestOutbound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	olena := h.phone("olena")
	desk, mobile := h.voice(400), h.voice(900)
	h.carrier.Does(takes(mobile))
	c := olena.Dial("0671234567", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	desk.Hear(900)
	mobile.Hear(400)
	h.talks()
	if in := h.carrier.Next().In; in.Caller.User != string(number) || in.Dialled != "+380671234567" {
		t.Errorf("%q calls %q", in.Caller.User, in.Dialled)
	}
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.Direction != call.Outbound || d.Client != "+380671234567" || d.Person.Name != "olena" || d.Cost != money.MustParse("2.009") {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// An employee calls a colleague: it costs nothing, and no money is asked for.
func TestInternal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	olena, petro := h.phone("olena"), h.phone("petro")
	one, two := h.voice(400), h.voice(900)
	petro.Does(takes(two))
	c := olena.Dial("202", one.Offer())
	one.Accept(h.answered(c).SDP)
	one.Hear(900)
	two.Hear(400)
	petro.Next().Hangup(sip.Normal)
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the other side goes on")
	}
	if d := h.logged(); d.Status != call.Answered || d.Direction != call.Internal || d.Client != "202" || len(h.charged()) != 0 {
		t.Errorf("in the log: %+v; charged %+v", d.Call, h.charged())
	}
}

// Rule T-32: how calls end that nobody takes.
func TestOutboundRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	olena := h.phone("olena")
	for _, c := range []struct {
		dial   string
		far    int // what the carrier answers
		code   int // what the phone gets
		status call.Status
	}{
		{"+380671234567", 486, 486, call.Busy},
		{"+380671234567", 404, 404, call.Failed},
		{"+19005551234", 0, 403, call.Forbidden},
		{"999", 0, 404, call.Failed},
	} {
		if c.far != 0 {
			h.carrier.Does(siptest.Refuses(c.far))
		}
		got := olena.Dial(c.dial, h.voice(400).Offer())
		code := 0
		for code == 0 {
			if r, ok := (<-got.Events).(sip.Refused); ok {
				code = r.Code
			}
		}
		if d := h.logged(); d.Status != c.status || code != c.code {
			t.Errorf("%s, refused with %d: %d, in the log %s", c.dial, c.far, code, d.Status)
		}
	}
	h.nothingIsOpen()
}

// Rule T-12: a project that has spent everything still reaches the emergency services, and nobody else.
func TestEmergency(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "0.01")
	h.settings(func(s *routing.Settings) { s.Outgoing = routing.Nowhere })
	olena := h.phone("olena")
	desk, help := h.voice(400), h.voice(900)
	h.carrier.Does(takes(help))
	c := olena.Dial("112", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	desk.Hear(900)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Cost != 0 {
		t.Errorf("in the log: %+v", d.Call)
	}
	if _, ok := siptest.Await[sip.Answered](olena.Dial("+380671234567", h.voice(400).Offer())); ok {
		t.Error("a call without funds was put through")
	}
	h.logged()
}

// Rule T-12: neither a trunk that is full nor a node that drains keeps anybody from the emergency services, nor a carrier's format.
func TestEmergencyGoesAlways(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) { h.channels, h.out = 1, trunk.Format{Style: trunk.National, Country: "UA", Prefix: "9"} })
	olena, petro := h.phone("olena"), h.phone("petro")
	h.carrier.Does(takes(h.voice(900)))
	busy := petro.Dial("+380671234567", h.voice(500).Offer())
	h.answered(busy)
	h.carrier.Next()
	drained := make(chan error, 1)
	go func() { drained <- h.pbx.Drain(context.Background()) }()
	h.until("it drains", func() bool { // others are refused
		refused, ok := siptest.Await[sip.Refused](olena.Dial("202", h.voice(400).Offer()))
		return ok && refused.Code == 503
	})
	desk := h.voice(400)
	c := olena.Dial("112", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	desk.Hear(900)
	if in := h.carrier.Next().In; in.Dialled != "112" {
		t.Errorf("the carrier is asked for %q", in.Dialled)
	}
	c.Hangup(sip.Normal)
	busy.Hangup(sip.Normal)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	h.logged()
	h.nothingIsOpen()
}

// Rule T-15: click-to-call rings the employee, then the client.
func TestClickToCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	olena := h.phone("olena")
	desk, mobile := h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	h.carrier.Does(takes(mobile))
	id, err := h.pbx.ClickToCall(t.Context(), shop, string(h.people["olena"].id), "067 123-45-67")
	if err != nil {
		t.Fatal(err)
	}
	desk.Hear(900)
	mobile.Hear(400)
	h.carrier.Next().Hangup(sip.Normal)
	if d := h.logged(); d.ID != id || d.Status != call.Answered || d.Direction != call.ClickToCall || d.EndedBy != call.ByClient || d.Client != "+380671234567" {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
	if _, err := h.pbx.ClickToCall(t.Context(), shop, "nobody", "0671234567"); errs.CodeOf(err) != "staff.no_employee" {
		t.Errorf("nobody calls: %v", err)
	}
	if _, err := h.pbx.ClickToCall(t.Context(), shop, string(h.people["olena"].id), "0671234567,1#"); errs.CodeOf(err) != "phone.invalid" {
		t.Errorf("a dial command: %v", err)
	}
}

// Rule T-15: a callback whose client does not answer gives everything back.
func TestCallback(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	olena.Does(takes(h.voice(400)))
	h.carrier.Does(siptest.Refuses(480))
	if _, err := h.pbx.Callback(t.Context(), number, "+380671234567", false); err != nil {
		t.Fatal(err)
	}
	if _, ok := siptest.Await[sip.Ended](olena.Next()); !ok {
		t.Error("the employee is not let go")
	}
	if d := h.logged(); d.Status != call.ClientNoAnswer || d.Direction != call.Callback {
		t.Errorf("in the log: %+v", d.Call)
	}
	client, desk := h.voice(900), h.voice(400)
	h.carrier.Does(takes(client))
	olena.Does(takes(desk))
	if _, err := h.pbx.Callback(t.Context(), number, "+380671234567", true); err != nil {
		t.Fatal(err)
	}
	client.Hear(400)
	desk.Hear(900)
	h.talks()
	olena.Next().Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Cost == 0 {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// Rule T-13: funds end: the tone, then the end; nothing is overspent.
func TestFundsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2.01") // a minute to a mobile
	olena := h.phone("olena")
	desk, mobile := h.voice(400), h.voice(900)
	h.carrier.Does(takes(mobile))
	c := olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	h.talks()
	desk.Hear(1400) // a minute is all there is, so it warns at once
	c.Hangup(sip.Normal)
	d := h.logged()
	warned := false
	for _, e := range d.Timeline {
		warned = warned || e.Code == call.FundsWarned
	}
	if !warned || d.Cost != money.MustParse("2.009") {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Timeline)
	}
	h.nothingIsOpen()
}

// Rule T-20: where consent is wanted and not given there is no recording.
func TestConsent(t *testing.T) {
	t.Parallel()
	for key, recordings := range map[byte]int{'1': 1, '2': 0} {
		h := newHouse(t, "1000")
		h.route(h.ring("olena"))
		h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordConsent })
		olena := h.phone("olena")
		at, desk := h.voice(400), h.voice(900)
		olena.Does(takes(desk))
		c := h.calls(at)
		at.Press(key)
		at.Hear(900)
		desk.Hear(400)
		c.Hangup(sip.Normal)
		if d := h.logged(); len(d.Recordings) != recordings {
			t.Errorf("%c pressed: recordings %+v", key, d.Recordings)
		}
	}
}

// Rules T-13, T-35 and B-72: a minute is held ahead of the talk always; once funds do not cover the next, both hear the warning; when what was
// held is used up, both are hung up. Nothing is overspent, and to the second nothing is given away.
func TestFundsAreCut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "7", func(h *house) { h.charging.Silence, h.recovers = 3*time.Second, time.Hour }) // a heartbeat is due each second
	olena := h.phone("olena")
	desk, mobile := h.voice(400), h.voice(900)
	h.carrier.Does(takes(mobile))
	c := olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	answered := time.Now()
	talk := func(seconds int64) { h.late.Store(seconds*int64(time.Second) - int64(time.Since(answered))) } // however long it has taken so far
	const covered = 209                                                                                    // 7 / 2.009 minutes are 209.06 seconds
	for _, talked := range []int64{1, 60, 120} {
		talk(talked)
		h.until("a heartbeat tells of the talk", func() bool { return h.heartbeat() >= talked })
		if ahead := h.ahead(); ahead < 60 {
			t.Errorf("after %d s the talk is paid for %d s more", talked, ahead)
		}
	}
	desk.HearNot(1400)
	talk(covered - 6)
	desk.Hear(1400)
	mobile.Hear(1400)
	if e, ok := siptest.Await[sip.Ended](h.carrier.Next()); !ok || e.Cause.Text != "Funds ended" {
		t.Errorf("the leg that costs is told %+v", e)
	}
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the employee's side goes on")
	}
	d := h.logged()
	if d.Cost < money.MustParse("6.964") || d.Cost > money.MustParse("7") || d.Talk < covered-1 || d.Talk > covered {
		t.Errorf("talked %d s for %s", d.Talk, d.Cost)
	}
	h.nothingIsOpen()
	codes := map[string]int{}
	for _, e := range d.Timeline {
		codes[e.Code]++
	}
	if codes[call.FundsWarned] != 1 || codes[call.FundsOut] != 1 {
		t.Errorf("the timeline: %+v", d.Timeline)
	}
}

// ahead is for how many seconds more than its last heartbeat told the open leg is paid, at 2.009 a minute.
func (h *house) ahead() (seconds int64) {
	h.Helper()
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		open, err := charging.OpenLegs(ctx, q, shop)
		for _, l := range open {
			seconds = int64(l.Held)*60/2_009_000 - l.Seconds
		}
		return err
	}); err != nil {
		h.Fatal(err)
	}
	return seconds
}

// A project says whom employees may call outside; colleagues they call always, and nothing that is refused is charged.
func TestOutgoingIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	olena, petro := h.phone("olena"), h.phone("petro")
	petro.Does(takes(h.voice(700)))
	h.carrier.Does(takes(h.voice(900)))
	for _, c := range []struct {
		may  routing.Outgoing
		dial string
		goes bool
	}{
		{routing.Anywhere, "+380671234567", true},
		{routing.AtHome, "+380671234567", true},
		{routing.AtHome, "+48601234567", false},
		{routing.AtHome, "202", true},
		{routing.Nowhere, "+380671234567", false},
		{routing.Nowhere, "202", true},
	} {
		h.settings(func(s *routing.Settings) { s.Outgoing = c.may })
		got := olena.Dial(c.dial, h.voice(400).Offer())
		if _, goes := siptest.Await[sip.Answered](got); goes != c.goes {
			t.Errorf("%s may be called: %s goes through: %t", c.may, c.dial, goes)
		}
		got.Hangup(sip.Normal)
		d := h.logged()
		refused := slices.ContainsFunc(d.Timeline, func(e call.Event) bool {
			return e.Code == call.FundsRefused && e.Params["code"] == "routing.outgoing_off"
		})
		if refused == c.goes {
			t.Errorf("%s may be called: %s: %+v", c.may, c.dial, d.Timeline)
		}
	}
	h.nothingIsOpen()
}

// Rule T-14: whom employees may not call they cannot pass a call on to either, nor ask; the call comes back to them.
func TestTransfersAreBounded(t *testing.T) {
	t.Parallel()
	const mobile, abroad = "+380671234567", "+48601234567"
	for name, c := range map[string]struct {
		may  routing.Outgoing
		to   string
		asks bool // first, instead of a blind transfer by the telephone
		goes bool
	}{
		"a transfer, nowhere":      {routing.Nowhere, mobile, false, false},
		"a transfer abroad":        {routing.AtHome, abroad, false, false},
		"a transfer at home":       {routing.AtHome, mobile, false, true},
		"a consultation, nowhere":  {routing.Nowhere, mobile, true, false},
		"a consultation, anywhere": {routing.Anywhere, mobile, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000")
			h.settings(func(s *routing.Settings) { s.Outgoing = c.may })
			third := h.voice(1300)
			h.carrier.Does(takes(third))
			client, olena, at, desk := h.talk()
			if c.asks {
				h.order(dialplan.Consult{By: h.pbx.LegOf(h.ref(), string(h.people["olena"].id)), To: dialplan.Target{Phone: c.to}})
			} else if err := olena.Next().Refer("sip:"+c.to+"@"+h.at, nil); err != nil {
				t.Fatal(err)
			}
			switch {
			case c.goes && c.asks:
				desk.Hear(1300)
			case c.goes:
				at.Hear(1300)
			default: // olena talks to the client again
				desk.Hear(400)
			}
			if c.goes && c.asks {
				h.carrier.Next().Hangup(sip.Normal)
			}
			client.Hangup(sip.Normal)
			d := h.logged()
			refused := slices.ContainsFunc(d.Timeline, func(e call.Event) bool {
				return e.Code == call.FundsRefused && e.Params["code"] == "routing.outgoing_off"
			})
			if refused == c.goes {
				t.Errorf("refused: %t, %+v", refused, d.Timeline)
			}
			h.nothingIsOpen()
		})
	}
}

// Rule T-20: a project that records nothing says nothing; one that announces says so first, and records.
func TestRecordingModes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode       dialplan.RecordingMode
		said       bool
		recordings int
		consent    call.Consent
	}{
		{dialplan.RecordOff, false, 0, ""},
		{dialplan.RecordSilently, false, 1, call.ConsentOff},
		{dialplan.RecordAnnounce, true, 1, call.ConsentAnnounced},
	} {
		t.Run(string(c.mode)+".", func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000")
			h.route(h.ring("olena"))
			prompt := h.prompt()
			h.settings(func(s *routing.Settings) { s.Recording = dialplan.Recording{Mode: c.mode, Prompt: prompt} })
			desk, at := h.voice(900), h.voice(400)
			h.phone("olena").Does(takes(desk))
			talk := h.calls(at)
			if c.said {
				at.Hear(600)
			}
			at.Hear(900)
			desk.Hear(400)
			talk.Hangup(sip.Normal)
			d := h.logged()
			said := slices.ContainsFunc(d.Timeline, func(e call.Event) bool { return e.Code == call.RecordingOn })
			if said != c.said || len(d.Recordings) != c.recordings || c.recordings == 1 && d.Recordings[0].Consent != c.consent {
				t.Errorf("said: %t, recordings %+v", said, d.Recordings)
			}
		})
	}
}
