package sip_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"bellwether/internal/sip"
)

func TestIncomingAnsweredAndHungUpByCaller(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p)
		if in.Dialled != "380441234567" || in.Trunk != "t1" || in.Caller.User != "carrier" || string(in.Offer) != string(offer) {
			t.Errorf("incoming %+v", in)
		}
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
		p.Expect("180")
		if err := in.Progress(reply); err != nil {
			t.Fatal(err)
		}
		if m := p.Expect("183"); string(m.Body()) != string(reply) {
			t.Errorf("body %q", m.Body())
		}
		if err := in.Answer(reply); err != nil {
			t.Fatal(err)
		}
		c.Up(p.Expect("200"))
		p.Request(c, "ACK", nil)
		expect[sip.Confirmed](t, e)
		p.Request(c, "BYE", nil, `Reason: Q.850;cause=31;text="Normal"`)
		p.Expect("200")
		if got := expect[sip.Ended](t, e); got.By != sip.Peer || got.Cause.Q850 != 31 || got.Cause.Text != "Normal" {
			t.Errorf("ended %+v", got)
		}
		e.silent(t)
	})
}

func TestIncomingHungUpByUs(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := up(t, r, p)
		in.Hangup(sip.Normal)
		bye := p.Expect("BYE")
		if got := bye.Value("Reason"); got != `Q.850;cause=16;text="Normal call clearing"` {
			t.Errorf("Reason %q", got)
		}
		p.Reply(bye, 200, nil)
		if got := expect[sip.Ended](t, e); got.By != sip.Us {
			t.Errorf("ended %+v", got)
		}
		p.Request(c, "BYE", nil) // crosses ours
		p.Expect("200")
		e.silent(t)
	})
}

// TestRefusals: what the user says reaches the caller, and ends the leg.
func TestRefusals(t *testing.T) {
	for _, code := range []int{404, 480, 486, 488, 503, 603} {
		t.Run(strings.TrimSpace(string(rune('0'+code/100)))+"xx", func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				p := r.carrier()
				_, in, e := called(t, r, p)
				if err := in.Refuse(code, sip.Cause{Q850: 17}); err != nil {
					t.Fatal(err)
				}
				m := p.Expect("4xx", "5xx", "6xx")
				if m.Value("Reason") != "Q.850;cause=17" {
					t.Errorf("Reason %q", m.Value("Reason"))
				}
				expect[sip.Ended](t, e)
				if in.Ring() == nil || in.Answer(reply) == nil || in.Refuse(486, sip.Cause{}) == nil {
					t.Error("a leg that has ended can be answered")
				}
				e.silent(t)
			})
		})
	}
}

func TestRedirect(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, _ := called(t, r, p)
		if in.Redirect("sip:a b@c") == nil {
			t.Error("a target with a space is taken")
		}
		if err := in.Redirect("sip:100@10.0.0.5"); err != nil {
			t.Fatal(err)
		}
		if m := p.Expect("302"); !strings.Contains(m.Value("Contact"), "sip:100@10.0.0.5") {
			t.Errorf("Contact %q", m.Value("Contact"))
		}
	})
}

func TestCallerCancels(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p)
		_ = in.Ring()
		p.Request(c, "CANCEL", nil, `Reason: SIP;cause=200;text="Call completed elsewhere"`)
		p.Expect("487")
		if got := expect[sip.Ended](t, e); got.By != sip.Peer || got.Cause.SIP != 200 {
			t.Errorf("ended %+v", got)
		}
		e.silent(t)
	})
}

// TestAnswerIsRepeatedUntilItsAck: a 2xx is sent at T1, 2 T1 ... T2 (RFC 3261 section 13.3.1.4), and the call is lost without an ACK.
func TestAnswerIsRepeatedUntilItsAck(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p)
		_ = in.Answer(reply)
		c.Up(p.Expect("200"))
		bye := p.Expect("BYE")
		if bye.Value("To") != c.From {
			t.Errorf("To %q", bye.Value("To"))
		}
		p.Reply(bye, 200, nil)
		expect[sip.Lost](t, e)
		e.silent(t)
		if sent := r.net.Sent(); sent < 12 {
			t.Errorf("%d datagrams: the answer was not repeated", sent)
		}
	})
}

// TestHangupWaitsForTheAck: BYE may not overtake it (RFC 3261 section 15).
func TestHangupWaitsForTheAck(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p)
		_ = in.Answer(reply)
		c.Up(p.Expect("200"))
		in.Hangup(sip.Normal)
		synctest.Wait()
		e.silent(t)
		p.Request(c, "ACK", nil)
		expect[sip.Confirmed](t, e)
		p.Reply(p.Expect("BYE"), 200, nil)
		expect[sip.Ended](t, e)
	})
}

// TestOfferInTheAnswer: an INVITE without SDP gets our offer, and the ACK holds the answer.
func TestOfferInTheAnswer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c := p.NewCall("380441234567")
		p.Request(c, "INVITE", nil)
		in := <-r.calls
		e := record()
		in.Listen(e.take)
		_ = in.Answer(reply)
		c.Up(p.Expect("200"))
		p.Request(c, "ACK", offer)
		if got := expect[sip.Confirmed](t, e); string(got.SDP) != string(offer) {
			t.Errorf("answer %q", got.SDP)
		}
	})
}

func TestDialAnsweredAndHungUp(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		if invite.Value("From") == "" || !strings.HasPrefix(invite.Value("From"), "<sip:380440000000@10.0.0.9>;tag=") {
			t.Errorf("From %q", invite.Value("From"))
		}
		p.Reply(invite, 100, nil)
		expect[sip.Trying](t, e)
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		p.Reply(invite, 183, offer)
		expect[sip.EarlyMedia](t, e)
		p.Reply(invite, 200, offer)
		p.Expect("ACK")
		if got := expect[sip.Answered](t, e); string(got.SDP) != string(offer) {
			t.Errorf("answer %q", got.SDP)
		}
		l.Hangup(sip.Normal)
		bye := p.Expect("BYE")
		if bye.Value("CSeq") != "2 BYE" {
			t.Errorf("CSeq %q", bye.Value("CSeq"))
		}
		p.Reply(bye, 200, nil)
		expect[sip.Ended](t, e)
		e.silent(t)
	})
}

// TestAckIsRepeated: each repetition of a 2xx gets the ACK again (RFC 3261 section 13.2.2.4).
func TestAckIsRepeated(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, e, invite := dial(t, r, p)
		p.Reply(invite, 200, offer)
		p.Expect("ACK")
		before := r.net.Sent()
		for range 5 {
			p.Reply(invite, 200, offer)
		}
		synctest.Wait()
		if acks := r.net.Sent() - before - 5; acks != 5 {
			t.Errorf("%d ACKs for 5 repetitions", acks)
		}
		expect[sip.Answered](t, e)
		e.silent(t)
	})
}

func TestDialRefused(t *testing.T) {
	for code, kind := range map[int]string{486: "busy", 487: "gone", 404: "unknown", 603: "declined", 302: "moved"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				p := r.carrier()
				_, e, invite := dial(t, r, p)
				p.Reply(invite, 180, nil)
				expect[sip.Ringing](t, e)
				p.Reply(invite, code, nil, "Reason: Q.850;cause=17")
				p.Expect("ACK")
				if got := expect[sip.Refused](t, e); got.Code != code || got.Cause.Q850 != 17 {
					t.Errorf("refused %+v", got)
				}
				e.silent(t)
			})
		})
	}
}

// TestNobodyAnswers: 408 after 32 s, of which the INVITE is repeated six times.
func TestNobodyAnswers(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, e, _ := dial(t, r, p)
		if got := expect[sip.Refused](t, e); got.Code != 408 {
			t.Errorf("refused %+v", got)
		}
		if sent := r.net.Sent(); sent != 7 {
			t.Errorf("%d datagrams, want 7", sent)
		}
		e.silent(t)
	})
}

func TestCancelWhileRinging(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		l.Hangup(sip.Cause{SIP: 200, Text: "Call completed elsewhere"})
		cancel := p.Expect("CANCEL")
		if cancel.Value("CSeq") != "1 CANCEL" || cancel.Value("Via") != invite.Value("Via") || !strings.Contains(cancel.Value("Reason"), "elsewhere") {
			t.Errorf("CANCEL %s", cancel.Raw)
		}
		p.Reply(cancel, 200, nil)
		p.Reply(invite, 487, nil)
		p.Expect("ACK")
		expect[sip.Ended](t, e)
		e.silent(t)
	})
}

// TestCancelWaitsForTheFirstResponse (RFC 3261 section 9.1).
func TestCancelWaitsForTheFirstResponse(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		l.Hangup(sip.Normal)
		if m := p.Await(1e9, "CANCEL"); m != nil {
			t.Fatal("CANCEL before any response")
		}
		expect[sip.Ended](t, e) // for us it is over
		p.Reply(invite, 100, nil)
		p.Reply(p.Expect("CANCEL"), 200, nil)
		p.Reply(invite, 487, nil)
		p.Expect("ACK")
		e.silent(t)
	})
}

// TestCancelIsCrossedByTheAnswer: 200 crosses CANCEL; it is told, acknowledged and hung up, and the leg has one end (Rule T-11).
func TestCancelIsCrossedByTheAnswer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		l.Hangup(sip.Normal)
		p.Reply(invite, 200, offer)
		p.Reply(p.Expect("CANCEL"), 200, nil)
		p.Expect("ACK")
		p.Reply(p.Expect("BYE"), 200, nil)
		expect[sip.Answered](t, e) // its carrier counts it
		expect[sip.Ended](t, e)
		e.silent(t)
	})
}

// TestCancelWithoutAnEnd: a peer that took the CANCEL and says no more keeps the leg for 4 s.
func TestCancelWithoutAnEnd(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		l.Hangup(sip.Normal)
		p.Reply(p.Expect("CANCEL"), 200, nil)
		p.Reply(invite, 183, nil)
		p.Await(3900e6, "nothing")
		e.silent(t)
		p.Await(200e6, "nothing")
		expect[sip.Ended](t, e)
		e.silent(t)
	})
}

// TestCancelOfTheDead: who never says a last word is not waited for, and an answer after that is hung up without a word.
func TestCancelOfTheDead(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		l.Hangup(sip.Normal)
		p.Expect("CANCEL")
		expect[sip.Ended](t, e)
		p.Reply(invite, 200, offer)
		p.Expect("ACK")
		p.Reply(p.Expect("BYE"), 200, nil)
		e.silent(t)
	})
}

// TestForks: two phones behind the carrier ring; the first that answers has the call, the other is hung up.
func TestForks(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, invite := dial(t, r, p)
		p.Tag = "one"
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		p.Tag = "two"
		p.Reply(invite, 183, offer)
		expect[sip.EarlyMedia](t, e)
		p.Reply(invite, 200, offer)
		if ack := p.Expect("ACK"); !strings.Contains(ack.Value("To"), "tag=two") {
			t.Errorf("ACK to %q", ack.Value("To"))
		}
		expect[sip.Answered](t, e)
		p.Tag = "one"
		p.Reply(invite, 200, offer)
		if ack := p.Expect("ACK"); !strings.Contains(ack.Value("To"), "tag=one") {
			t.Errorf("ACK to %q", ack.Value("To"))
		}
		bye := p.Expect("BYE")
		if !strings.Contains(bye.Value("To"), "tag=one") {
			t.Errorf("BYE to %q", bye.Value("To"))
		}
		p.Reply(bye, 200, nil)
		e.silent(t)
		l.Hangup(sip.Normal)
		if bye := p.Expect("BYE"); !strings.Contains(bye.Value("To"), "tag=two") {
			t.Errorf("BYE to %q", bye.Value("To"))
		}
	})
}

// TestLostBye: BYE is repeated; the leg has ended at once.
func TestLostBye(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		l, e, _ := talking(t, r, p)
		before := r.net.Sent()
		l.Hangup(sip.Normal)
		expect[sip.Ended](t, e)
		p.Expect("BYE")
		p.Await(33e9, "nothing")
		if sent := r.net.Sent() - before; sent != 11 { // 0, 0.5, 1.5, 3.5, 7.5, 11.5 ... 31.5 s
			t.Errorf("BYE sent %d times, want 11", sent)
		}
		e.silent(t)
	})
}

// TestTwoHundredCrossings: CANCEL and 200 cross on 200 calls at once; each has its ACK and BYE and ends once.
func TestTwoHundredCrossings(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		var all []events
		var answers []func()
		for range 200 {
			l, e, invite := dial(t, r, p)
			p.Reply(invite, 180, nil)
			expect[sip.Ringing](t, e)
			all = append(all, e)
			answers = append(answers, func() {
				go l.Hangup(sip.Normal)
				p.Reply(invite, 200, offer)
			})
		}
		for _, answer := range answers {
			answer()
		}
		byes := map[string]bool{}
		acks := map[string]bool{}
		for len(byes) < 200 || len(acks) < 200 {
			m := p.Expect("ACK", "BYE", "CANCEL")
			switch {
			case m.Is("ACK"):
				acks[m.Value("Call-ID")] = true
				continue
			case m.Is("BYE"):
				byes[m.Value("Call-ID")] = true
			}
			p.Reply(m, 200, nil)
		}
		for _, e := range all {
			ends := 0
			synctest.Wait()
			for len(e) > 0 {
				switch (<-e).(type) {
				case sip.Ended, sip.Lost, sip.Refused:
					ends++
				}
			}
			if ends != 1 {
				t.Errorf("%d ends", ends)
			}
		}
	})
}

// TestWithheldNumber: outside nobody sees who calls, the trunk does (RFC 3323, RFC 3325).
func TestWithheldNumber(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, err := r.stack.Dial(sip.Target{
			Trunk: "t1", User: "+380441234567", From: sip.Party{User: "380440000000", Name: "Shop"}, Asserted: "+380440000000", Private: true, SDP: reply,
		}, record().take)
		if err != nil {
			t.Fatal(err)
		}
		m := p.Expect("INVITE")
		if !strings.HasPrefix(m.Value("From"), `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=`) || m.Value("Privacy") != "id" ||
			m.Value("P-Asserted-Identity") != "<sip:+380440000000@10.0.0.9>" {
			t.Errorf("%s", m.Raw)
		}
	})
}

// TestAssertedIdentity of a trunk is who calls, with a SIP URI or a tel one.
func TestAssertedIdentity(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		for header, want := range map[string]string{
			`"Shop" <sip:+380501112233@carrier>`:   "+380501112233",
			"<tel:+380501112233;phone-context=ua>": "+380501112233",
			"nonsense":                             "carrier",
		} {
			_, in, _ := called(t, r, p, "P-Asserted-Identity: "+header, "Privacy: id")
			if in.Caller.User != want || !in.Private {
				t.Errorf("%s: %+v, private %v", header, in.Caller, in.Private)
			}
		}
	})
}
