package sip_test

import (
	"testing"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// bridge is the least a PBX can be, and shows how the package is used: who calls is connected with the phone of bob, offers and
// answers pass through, and when one side hangs up so does the other.
type bridge struct{ stack *sip.Stack }

func (b *bridge) Invite(in *sip.Incoming) {
	contacts := b.stack.Contacts("acc-bob")
	if len(contacts) == 0 {
		_ = in.Refuse(480, sip.Cause{Q850: 19, Text: "Nobody there"})
		return
	}
	out, err := b.stack.Dial(sip.Target{Contact: &contacts[0], User: in.Dialled, From: in.Caller, SDP: in.Offer}, func(_ *sip.Leg, e sip.Event) {
		switch e := e.(type) {
		case sip.Ringing:
			_ = in.Ring()
		case sip.EarlyMedia:
			_ = in.Progress(e.SDP)
		case sip.Answered:
			_ = in.Answer(e.SDP)
		case sip.Reanswered:
			_ = in.AnswerOffer(e.SDP)
		case sip.Refused:
			_ = in.Refuse(e.Code, e.Cause)
		case sip.Ended:
			in.Hangup(e.Cause)
		case sip.Lost:
			in.Hangup(sip.Cause{Q850: 41})
		}
	})
	if err != nil {
		_ = in.Refuse(500, sip.Cause{})
		return
	}
	in.Listen(func(_ *sip.Leg, e sip.Event) {
		switch e := e.(type) {
		case sip.Reinvited:
			_ = out.Reinvite(e.SDP)
		case sip.Ended:
			out.Hangup(e.Cause)
		case sip.Lost:
			out.Hangup(sip.Cause{Q850: 41})
		}
	})
}

// TestTwoPhonesThroughUs: alice calls bob, holds him, and he hangs up; then he is busy, then she gives up, then he is away.
func TestTwoPhonesThroughUs(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		r.stack.Handle(&bridge{r.stack})
		alice := siptest.NewPhone(t, r.net.Listen("10.0.1.1:5060"), "sip:"+ours, "alice", "wonderland")
		bob := siptest.NewPhone(t, r.net.Listen("10.0.1.2:5060"), "sip:"+ours, "bob", "builder")
		want := func(ok bool, what string) {
			t.Helper()
			if !ok {
				t.Fatalf("no %s", what)
			}
		}

		bob.Does(siptest.Answers(reply))
		a := alice.Dial("102", offer)
		answer, ok := siptest.Await[sip.Answered](a)
		want(ok && string(answer.SDP) == string(reply), "answer")
		b := bob.Next()
		if b.In.Caller.User != "alice" || string(b.In.Offer) != string(offer) {
			t.Errorf("bob is called by %+v", b.In.Caller)
		}
		_, ok = siptest.Await[sip.Confirmed](b)
		want(ok, "confirmation")
		if err := a.Reinvite(held); err != nil {
			t.Fatal(err)
		}
		hold, ok := siptest.Await[sip.Reinvited](b)
		want(ok && hold.Direction == sip.SendOnly, "hold")
		_ = b.AnswerOffer(reply)
		_, ok = siptest.Await[sip.Reanswered](a)
		want(ok, "answer to the hold")
		b.Hangup(sip.Normal)
		ended := last(t, a)
		if e, ok := ended.(sip.Ended); !ok || e.By != sip.Peer || e.Cause.Q850 != 16 {
			t.Errorf("%T %+v", ended, ended)
		}

		bob.Does(siptest.Refuses(486))
		if e, ok := last(t, alice.Dial("102", offer)).(sip.Refused); !ok || e.Code != 486 {
			t.Errorf("%+v", e)
		}
		bob.Next()

		bob.Does(siptest.Rings)
		a = alice.Dial("102", offer)
		_, ok = siptest.Await[sip.Ringing](a)
		want(ok, "ringing")
		a.Hangup(sip.Normal)
		if e, ok := last(t, bob.Next()).(sip.Ended); !ok || e.By != sip.Peer {
			t.Errorf("%+v", e)
		}

		r.stack.Drop("acc-bob")
		if e, ok := last(t, alice.Dial("102", offer)).(sip.Refused); !ok || e.Code != 480 || e.Cause.Text != "Nobody there" {
			t.Errorf("%+v", e)
		}
		if up := r.stack.Legs(); len(up) != 0 {
			t.Errorf("%d legs are left", len(up))
		}
	})
}

// last gives the last event of a call, after all others.
func last(t *testing.T, c *siptest.PhoneCall) sip.Event {
	t.Helper()
	for e := range c.Events {
		switch e.(type) {
		case sip.Ended, sip.Refused, sip.Lost:
			return e
		}
	}
	return nil
}
