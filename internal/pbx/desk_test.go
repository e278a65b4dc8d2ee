package pbx_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
	"bellwether/internal/money"
	"bellwether/internal/pbx"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// talk is a client who talks with olena: the client's call, and what both hear.
func (h *house) talk() (c *siptest.PhoneCall, olena *siptest.Phone, at, desk *mediatest.Peer) {
	h.Helper()
	h.route(h.ring("olena"))
	olena = h.phone("olena")
	at, desk = h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	c = h.calls(at)
	at.Hear(900)
	desk.Hear(400)
	return c, olena, at, desk
}

// ref is the one call that goes on.
func (h *house) ref() call.Ref {
	h.Helper()
	refs := h.pbx.Running()
	if len(refs) != 1 {
		h.Fatalf("%d calls go on", len(refs))
	}
	return refs[0]
}

func (h *house) order(e dialplan.Event) {
	h.Helper()
	if err := h.pbx.Command(h.ref(), e); err != nil {
		h.Fatal(err)
	}
}

// Rule T-18: a blind transfer by the employee's telephone (REFER), to a colleague.
func TestBlindTransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	third := h.voice(1300)
	petro.Does(takes(third))
	c, olena, at, _ := h.talk()
	mine := olena.Next()
	if err := mine.Refer("sip:202@"+h.at, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok := siptest.Await[sip.Ended](mine); !ok {
		t.Error("whoever transfers is not let go")
	}
	at.Hear(1300)
	third.Hear(400)
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.Person.Name != "petro" {
		t.Errorf("in the log: %+v", d.Call)
	}
	if e, ok := eventOf(d.Timeline, call.Transferred); !ok || e.Params["name"] != "olena" || e.Params["to"] != "petro" {
		t.Errorf("the log does not say who was passed on to whom: %+v", d.Timeline)
	}
	h.nothingIsOpen()
}

// Rule T-18: an attended transfer, as the cabinet orders it.
func TestAttendedTransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	third := h.voice(1300)
	petro.Does(takes(third))
	c, _, at, desk := h.talk()
	by := h.pbx.LegOf(h.ref(), string(h.people["olena"].id))
	h.order(dialplan.Consult{By: by, To: dialplan.Target{Employee: string(h.people["petro"].id)}})
	desk.Hear(1300)
	third.Hear(900)
	at.Hear(440) // music
	h.order(dialplan.CompleteTransfer{By: by})
	at.Hear(1300)
	third.Hear(400)
	c.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
}

// Rule T-19: a supervisor hears both and is heard by the employee alone.
func TestWhisper(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	third := h.voice(1300)
	petro.Does(takes(third))
	c, _, at, desk := h.talk()
	h.order(dialplan.Supervise{Employee: string(h.people["petro"].id), As: dialplan.AsWhisperer})
	desk.Hear(400, 1300)
	third.Hear(400, 900)
	at.HearNot(1300)
	c.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
}

// Rule T-17: a telephone that holds the other side lets it hear music.
func TestHoldByTelephone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	c, olena, at, desk := h.talk()
	desk.Direct(sdp.SendOnly)
	mine := olena.Next()
	if err := mine.Reinvite(desk.Offer()); err != nil {
		t.Fatal(err)
	}
	at.Hear(440)
	desk.Direct(sdp.SendRecv)
	if err := mine.Reinvite(desk.Offer()); err != nil {
		t.Fatal(err)
	}
	at.Hear(900)
	c.Hangup(sip.Normal)
	h.logged()
}

// The board names whoever is rung, from the first telephone on, and nobody once the caller has gone on to the voicemail.
func TestBoardNamesWhoIsRung(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"), dialplan.RouteStep{ID: "vm", Voicemail: &dialplan.Voicemail{MaxSeconds: 60}})
	olena := h.phone("olena")
	olena.Does(siptest.Rings)
	c := h.rings(h.voice(400))
	shows := func(phase call.Phase, people ...string) {
		t.Helper()
		h.until(fmt.Sprint("the board shows ", phase, people), func() bool {
			going, err := call.Going(context.Background(), h.db, shop)
			if err != nil || len(going) != 1 || going[0].Phase != phase {
				return false
			}
			var names []string
			for _, p := range going[0].People {
				names = append(names, p.Name)
			}
			return slices.Equal(names, people)
		})
	}
	mine := olena.Next()
	shows(call.Ringing, "olena")
	mine.Hangup(sip.Cause{SIP: 486})
	shows(call.InVoicemail)
	c.Hangup(sip.Normal)
	h.logged()
}

// Rule T-30: a voicemail is recorded, kept and told of; a short one is not.
func TestVoicemail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(dialplan.RouteStep{ID: "vm", Voicemail: &dialplan.Voicemail{MaxSeconds: 60, Emails: []string{"boss@kvitka.example"}}})
	h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordAnnounce }) // of talks: a message is none
	at := h.voice(400)
	c := h.calls(at)
	at.Hear(1000) // the beep
	begun := time.Now()
	h.until("something is said", func() bool { return time.Since(begun) > 2200*time.Millisecond })
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Voicemail || len(d.Recordings) != 1 || d.Recordings[0].Kind != call.VoicemailRecording || d.Recordings[0].Consent != call.ConsentOff {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Recordings)
	}
	if v := <-h.messages; v.From != client || v.Emails[0] != "boss@kvitka.example" || v.Seconds < 2 {
		t.Errorf("told: %+v", v)
	}
	c = h.calls(at)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.NoAnswer || len(d.Recordings) != 0 {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Recordings)
	}
}

// Rule T-16: a caller waits in a queue with music until somebody is free, first come first served.
func TestQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(dialplan.RouteStep{ID: "q", Queue: &dialplan.Queue{
		Queue: "sales", Strategy: dialplan.LongestIdle, RingSeconds: 10, MaxWaitSeconds: 60, Targets: []dialplan.Target{{Employee: string(h.people["olena"].id)}},
	}})
	olena := h.phone("olena")
	one, two, desk := h.voice(400), h.voice(700), h.voice(900)
	olena.Does(takes(desk))
	first := h.calls(one)
	one.Hear(900)
	second := h.calls(two)
	two.Hear(440) // music
	mine := olena.Next()
	again := h.voice(1300)
	olena.Does(takes(again))
	mine.Hangup(sip.Normal)
	two.Hear(1300)
	siptest.Await[sip.Ended](first)
	second.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
}

// Rule C-94: a code that the caller keys between * and # during the talk says where the call came from.
func TestTheCallerKeysACode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) {
		h.promo = func(_ context.Context, a pbx.Asked, code string) (call.Origin, error) {
			return call.Origin{Source: "flyer", Promo: code, Certainty: call.Certain, FoundAt: a.At}, nil
		}
	})
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	at, desk := h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	c := h.calls(at)
	at.Hear(900)
	for _, key := range "7*57240#" {
		at.Press(byte(key))
	}
	h.until("the code is found", func() bool { return h.last().Origin.Promo == "57240" })
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Origin.Source != "flyer" {
		t.Errorf("in the log: %+v", d.Origin)
	}
}

// A menu: the caller presses a key during the prompt and gets where it leads.
func TestMenu(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	ring := h.ring("olena")
	h.route(dialplan.RouteStep{ID: "menu", Menu: &dialplan.IVRMenu{Prompt: h.prompt(), Choices: map[string]string{"2": "ring"}, TimeoutSeconds: 5}, Next: dialplan.End}, ring)
	olena := h.phone("olena")
	at, desk := h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	c := h.calls(at)
	at.Hear(600) // the prompt
	at.Press('2')
	at.Hear(900)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Timeline)
	}
}

// Rules T-18 and T-34: a parked call is taken by a colleague who dials *7.
func TestPark(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	c, olena, at, _ := h.talk()
	h.order(dialplan.Park{By: h.pbx.LegOf(h.ref(), string(h.people["olena"].id))})
	siptest.Await[sip.Ended](olena.Next())
	at.Hear(440)
	third := h.voice(1300)
	taken := petro.Dial("*7", third.Offer())
	third.Accept(h.answered(taken).SDP)
	at.Hear(1300)
	third.Hear(400)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Person.Name != "petro" {
		t.Errorf("in the log: %+v", d.Call)
	}
}

// Rule T-34: a telephone parks by transferring to *7, also what it has put on hold before; the log says who parked and who took it.
func TestParkByTelephone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro := h.phone("petro")
	c, olena, at, _ := h.talk()
	if err := olena.Next().Refer("sip:*7@"+h.at, nil); err != nil {
		t.Fatal(err)
	}
	at.Hear(440) // the music
	third := h.voice(1300)
	taken := petro.Dial("*7", third.Offer())
	third.Accept(h.answered(taken).SDP)
	at.Hear(1300)
	c.Hangup(sip.Normal)
	d := h.logged()
	for code, name := range map[string]string{call.Parked: "olena", call.Unparked: "petro"} {
		if e, ok := eventOf(d.Timeline, code); !ok || e.Params["name"] != name {
			t.Errorf("in the log there is no %s by %s: %+v", code, name, d.Timeline)
		}
	}
	if last := d.Legs[len(d.Legs)-1]; last.EmployeeName != "petro" {
		t.Errorf("whose telephone took the call is not in the log: %+v", last)
	}
}

func eventOf(timeline []call.Event, code string) (call.Event, bool) {
	for _, e := range timeline {
		if e.Code == code {
			return e, true
		}
	}
	return call.Event{}, false
}

// Rule T-34: a colleague takes a call that rings elsewhere.
func TestPickup(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena, petro := h.phone("olena"), h.phone("petro")
	olena.Does(siptest.Rings)
	at, desk := h.voice(400), h.voice(900)
	c := h.rings(at)
	rung := olena.Next()
	mine := petro.Dial("*8201", desk.Offer())
	desk.Accept(h.answered(mine).SDP)
	at.Accept(h.answered(c).SDP)
	at.Hear(900)
	desk.Hear(400)
	if _, ok := siptest.Await[sip.Ended](rung); !ok {
		t.Error("the telephone goes on ringing")
	}
	mine.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.Person.Name != "petro" {
		t.Errorf("in the log: %+v", d.Call)
	}
	if e, ok := eventOf(d.Timeline, call.PickedUp); !ok || e.Params["name"] != "petro" {
		t.Errorf("the log does not say who picked up: %+v", d.Timeline)
	}
}

// Rules T-04 and T-06: who called a client today is rung first; whom the block list names is refused.
func TestLastAgentAndBlockList(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	h.settings(func(s *routing.Settings) { s.LastAgent.On = true })
	petro := h.phone("petro")
	desk, mobile := h.voice(900), h.voice(700)
	h.carrier.Does(takes(mobile))
	out := petro.Dial(client, desk.Offer())
	desk.Accept(h.answered(out).SDP)
	out.Hangup(sip.Normal)
	h.logged()
	at, again := h.voice(400), h.voice(1300)
	petro.Does(takes(again))
	c := h.calls(at)
	at.Hear(1300)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Person.Name != "petro" {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.routing.History = call.Past{}
	tried, err := h.routing.Try(t.Context(), shop, routing.Trial{From: client, Number: number, At: time.Now()})
	if err != nil || !slices.ContainsFunc(tried.Lines, func(l dialplan.Line) bool {
		return l.Code == "first.last_agent" && l.Params["employee"] == string(h.people["petro"].id)
	}) {
		t.Errorf("the dry run says otherwise: %+v, %v", tried.Lines, err)
	}
	h.block(client)
	refused := h.rings(h.voice(400))
	for e := range refused.Events {
		if r, ok := e.(sip.Refused); ok {
			if r.Code != 603 {
				t.Errorf("a blocked caller gets %d", r.Code)
			}
			break
		}
	}
	if d := h.logged(); d.Status != call.TurnedAway || d.Missed || d.Owed {
		t.Errorf("a blocked caller in the log: %+v", d.Call)
	}
}

// Rule T-18: an attended transfer by the employee's telephone, which has two calls and connects them (REFER with Replaces).
func TestTransferOfTwoCalls(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	c, olena, at, desk := h.talk()
	mine := olena.Next()
	desk.Direct(sdp.SendOnly)
	if err := mine.Reinvite(desk.Offer()); err != nil {
		t.Fatal(err)
	}
	at.Hear(440)
	asks, mobile := h.voice(700), h.voice(1300)
	h.carrier.Does(takes(mobile))
	second := olena.Dial("+380671234567", asks.Offer())
	asks.Accept(h.answered(second).SDP)
	asks.Hear(1300)
	mobile.Hear(700)
	if err := mine.Refer("sip:+380671234567@"+h.at, second.Leg); err != nil {
		t.Fatal(err)
	}
	at.Hear(1300)
	mobile.Hear(400)
	for name, leg := range map[string]*siptest.PhoneCall{"the first": mine, "the second": second} {
		if _, ok := siptest.Await[sip.Ended](leg); !ok {
			t.Errorf("%s call of the telephone goes on", name)
		}
	}
	h.talks()
	c.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
	cost := money.Micro(0)
	for _, leg := range h.charged() {
		cost += leg.Amount
	}
	if cost != money.MustParse("2.009") {
		t.Errorf("charged %s: %+v", cost, h.charged())
	}
}

// Rules T-17 and T-18: an employee asks a colleague while the client hears music, and then all three talk.
func TestThreeTalk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro, ear := h.phone("petro"), h.voice(1300)
	petro.Does(takes(ear))
	c, _, at, desk := h.talk()
	olena := string(h.people["olena"].id)
	if err := h.pbx.Order(t.Context(), h.ref(), call.Command{Kind: call.Consult, Employee: olena, To: dialplan.Target{Employee: string(h.people["petro"].id)}}); err != nil {
		t.Fatal(err)
	}
	desk.Hear(1300)
	ear.Hear(900)
	if err := h.pbx.Order(t.Context(), h.ref(), call.Command{Kind: call.Merge, Employee: olena}); err != nil {
		t.Fatal(err)
	}
	at.Hear(1300)
	at.Hear(900)
	ear.Hear(400)
	desk.Hear(400)
	if err := h.pbx.Order(t.Context(), h.ref(), call.Command{Kind: call.HangUp}); err != nil {
		t.Fatal(err)
	}
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the client stays")
	}
	h.logged()
	h.nothingIsOpen()
}

// Rule T-126: the client hangs up and the colleagues talk on, in a call of their own that costs nothing.
func TestColleaguesTalkOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro, ear := h.phone("petro"), h.voice(1300)
	petro.Does(takes(ear))
	c, olena, _, desk := h.talk()
	by := string(h.people["olena"].id)
	h.command(call.Command{Kind: call.Consult, Employee: by, To: dialplan.Target{Employee: string(h.people["petro"].id)}})
	desk.Hear(1300)
	h.command(call.Command{Kind: call.Merge, Employee: by})
	ear.Hear(400)
	was := h.ref()
	c.Hangup(sip.Normal)
	h.until("the client's call ends", func() bool { return !slices.Contains(h.pbx.Running(), was) })
	first := h.detail(was.ID)
	ear.Hear(900)
	desk.Hear(1300)
	ear.HearNot(400)
	if first.Status != call.Answered || first.Person.Name != "olena" || first.EndedBy != call.ByClient {
		t.Errorf("in the log: %+v", first.Call)
	}
	before := len(h.charged())
	olena.Next().Hangup(sip.Normal)
	second := h.logged()
	if second.Direction != call.Internal || second.Client != "202" || second.Status != call.Answered || second.Cost != 0 || len(h.charged()) != before {
		t.Errorf("their own call in the log: %+v, %+v", second.Call, h.charged()[before:])
	}
	h.nothingIsOpen()
}

// command gives an order as the API does.
func (h *house) command(o call.Command) {
	h.Helper()
	if err := h.pbx.Order(context.Background(), h.ref(), o); err != nil {
		h.Fatal(err)
	}
}

// Rule T-125: what makes no sense is refused, and what does is done.
func TestOrders(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	petro, ear := h.phone("petro"), h.voice(1300)
	petro.Does(takes(ear))
	c, olena, at, desk := h.talk()
	by, third := string(h.people["olena"].id), string(h.people["petro"].id)
	for code, o := range map[string]call.Command{
		"pbx.not_now":      {Kind: call.Merge, Employee: by},
		"pbx.nobody_there": {Kind: call.TransferTo, Employee: by, To: dialplan.Target{Employee: "gone"}},
		"pbx.nobody_talks": {Kind: call.Hold, Employee: third},
	} {
		if err := h.pbx.Order(t.Context(), h.ref(), o); errs.CodeOf(err) != code || errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: %v", o.Kind, err)
		}
	}
	if err := h.pbx.Order(t.Context(), h.ref(), call.Command{Kind: call.Fetch, Employee: third}); errs.CodeOf(err) != "pbx.not_now" {
		t.Errorf("a call that talks is taken: %v", err)
	}
	h.command(call.Command{Kind: call.Hold, Employee: by})
	at.Hear(440)
	h.command(call.Command{Kind: call.Resume, Employee: by})
	at.Hear(900)
	h.command(call.Command{Kind: call.Park, Employee: by})
	siptest.Await[sip.Ended](olena.Next())
	h.command(call.Command{Kind: call.Fetch, Employee: third})
	at.Hear(1300)
	ear.Hear(400)
	_ = desk
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Person.Name != "petro" {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// Rule T-124: a step asks for the code that the site shows; keys are events in RTP (RFC 4733). A wrong one is asked for again.
func TestAStepAsksForTheCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) {
		h.promo = func(_ context.Context, a pbx.Asked, code string) (call.Origin, error) {
			if code != "57240" {
				return call.Origin{}, errs.New(errs.NotFound, "tracking.no_promo", "no visit has it")
			}
			return call.Origin{Source: "flyer", Promo: code, Certainty: call.Certain, FoundAt: a.At}, nil
		}
	})
	prompt := h.prompt()
	h.route(dialplan.RouteStep{ID: "code", Code: &dialplan.AskCode{Prompt: prompt, Wrong: prompt, TimeoutSeconds: 5, Tries: 2}}, h.ring("olena"))
	olena := h.phone("olena")
	at, desk := h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	c := h.calls(at)
	at.Hear(600) // the prompt
	for _, key := range "111#" {
		at.Press(byte(key))
	}
	at.Hear(600)
	for _, key := range "57240#" {
		at.Press(byte(key))
	}
	at.Hear(900)
	desk.Hear(400)
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Origin.Source != "flyer" || d.Origin.Promo != "57240" || d.Status != call.Answered {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Origin)
	}
	for _, code := range []string{call.WrongCode, call.KnownCode} {
		if _, told := eventOf(d.Timeline, code); !told {
			t.Errorf("the timeline does not tell %s: %+v", code, d.Timeline)
		}
	}
	h.nothingIsOpen()
}
