package sip_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/sip"
	"bellwether/internal/sip/wire"
)

var held = []byte(strings.Replace(string(offer), "a=sendrecv", "a=sendonly", 1))

// TestPeerHolds: a re-INVITE with a=sendonly is told, answered, and its 2xx repeated until the ACK.
func TestPeerHolds(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := up(t, r, p)
		p.Request(c, "INVITE", held)
		if got := expect[sip.Reinvited](t, e); got.Direction != sip.SendOnly || string(got.SDP) != string(held) {
			t.Errorf("%+v", got)
		}
		if err := in.AnswerOffer(reply); err != nil {
			t.Fatal(err)
		}
		p.Expect("200")
		before := r.net.Sent()
		p.Await(4*time.Second, "nothing")
		if sent := r.net.Sent() - before; sent != 3 { // at 0.5, 1.5 and 3.5 s
			t.Errorf("repeated %d times, want 3", sent)
		}
		p.Request(c, "ACK", nil)
		p.Request(c, "INVITE", held) // the same again keeps the session alive and is no news
		p.Expect("200")
		p.Request(c, "ACK", nil)
		p.Request(c, "UPDATE", offer)
		if got := expect[sip.Reinvited](t, e); got.Direction != sip.SendRecv {
			t.Errorf("%+v", got)
		}
		if err := in.RefuseOffer(488); err != nil {
			t.Fatal(err)
		}
		p.Expect("488")
		e.silent(t)
	})
}

func TestWeHold(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, e := up(t, r, p)
		if err := in.Reinvite(held); err != nil {
			t.Fatal(err)
		}
		if in.Reinvite(reply) == nil {
			t.Error("two offers at once")
		}
		m := p.Expect("INVITE")
		if string(m.Body()) != string(held) {
			t.Errorf("offer %q", m.Body())
		}
		p.Reply(m, 200, offer)
		p.Expect("ACK")
		p.Reply(m, 200, offer) // once more: the same ACK again, and no second event
		if got := expect[sip.Reanswered](t, e); string(got.SDP) != string(offer) {
			t.Errorf("%+v", got)
		}
		_ = in.Reinvite(reply)
		p.Reply(p.Expect("INVITE"), 488, nil)
		if got := expect[sip.Rejected](t, e); got.Code != 488 {
			t.Errorf("%+v", got)
		}
		_ = in.Reinvite(reply)
		p.Reply(p.Expect("INVITE"), 481, nil)
		p.Expect("BYE")
		expect[sip.Lost](t, e)
		e.silent(t)
	})
}

// TestGlare: both sides offer at once; both refuse with 491, and ours is repeated after the time of RFC 3261 section 14.1.
func TestGlare(t *testing.T) {
	for _, out := range []bool{true, false} {
		t.Run(map[bool]string{true: "we called", false: "they called"}[out], func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				p := r.carrier()
				var reinvite func([]byte) error
				var e events
				least, most := time.Duration(0), 2*time.Second
				if out {
					l, ev, _ := talking(t, r, p)
					reinvite, e, least, most = l.Reinvite, ev, 2100*time.Millisecond, 4*time.Second
				} else {
					_, in, ev := up(t, r, p)
					reinvite, e = in.Reinvite, ev
				}
				if err := reinvite(held); err != nil {
					t.Fatal(err)
				}
				m := p.Expect("INVITE")
				c := p.Answered(m)
				c.Seq = 100
				p.Request(c, "INVITE", held)
				p.Expect("491")
				p.Reply(m, 491, nil)
				at := time.Now()
				p.Reply(p.Expect("INVITE"), 200, offer)
				if waited := time.Since(at); waited < least || waited > most {
					t.Errorf("offered again after %s", waited)
				}
				expect[sip.Reanswered](t, e)
			})
		})
	}
}

// TestOutOfOrder: what is older than the last request is refused with 500 and is no event (Rule T-63).
func TestOutOfOrder(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, _, e := up(t, r, p)
		p.RequestAs(c, "INFO", 12, "z9hG4bKnew", []byte("Signal=5\r\nDuration=160\r\n"), "Content-Type: application/dtmf-relay")
		p.Expect("200")
		if got := expect[sip.Info](t, e); got.Digit != '5' || got.Duration != 160*time.Millisecond {
			t.Errorf("%+v", got)
		}
		p.RequestAs(c, "INFO", 11, "z9hG4bKold", []byte("6"), "Content-Type: application/dtmf")
		p.Expect("500")
		p.RequestAs(c, "BYE", 12, "z9hG4bKbye", nil)
		p.Expect("500")
		e.silent(t)
		p.RequestAs(c, "INFO", 13, "z9hG4bKlast", []byte("#"), "Content-Type: application/dtmf")
		p.Expect("200")
		if got := expect[sip.Info](t, e); got.Digit != '#' {
			t.Errorf("%+v", got)
		}
	})
}

// TestByeBeforeAck: the ACK is lost and BYE comes first.
func TestByeBeforeAck(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p)
		_ = in.Answer(reply)
		c.Up(p.Expect("200"))
		p.Request(c, "BYE", nil)
		p.Expect("200")
		expect[sip.Ended](t, e)
		p.Request(c, "ACK", nil)
		e.silent(t)
	})
}

// TestReliableProvisional: asked for 100rel, our 180 is repeated until PRACK, and the answer waits for it (RFC 3262).
func TestReliableProvisional(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := called(t, r, p, "Require: 100rel")
		_ = in.Ring()
		_ = in.Progress(reply)
		m := p.Expect("180", "183")
		if m.Value("RSeq") != "1" || m.Value("Require") != "100rel" || !m.Is("180") {
			t.Errorf("180 %s", m.Raw)
		}
		_ = in.Answer(reply)
		if p.Await(3*time.Second, "200") != nil {
			t.Error("answered before PRACK")
		}
		c.Up(m)
		p.Request(c, "PRACK", nil, "RAck: 1 7 INVITE")
		p.Expect("481")
		p.Request(c, "PRACK", nil, "RAck: 1 1 INVITE")
		p.Expect("200")
		if m := p.Expect("183"); m.Value("RSeq") != "2" {
			t.Errorf("183 %s", m.Raw)
		}
		p.Request(c, "PRACK", nil, "RAck: 2 1 INVITE")
		p.Expect("200")
		p.Expect("200") // of the INVITE
		p.RequestAs(c, "ACK", 1, "z9hG4bKack", nil)
		expect[sip.Confirmed](t, e)
	})
}

// TestPrackIsLost: 504 and the end, 32 s after the first try.
func TestPrackIsLost(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, e := called(t, r, p, "Require: 100rel")
		_ = in.Ring()
		p.Expect("504")
		expect[sip.Lost](t, e)
	})
}

// TestWeAcknowledgeProvisional: RSeq is heeded in order, and once.
func TestWeAcknowledgeProvisional(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, e, invite := dial(t, r, p)
		p.Reply(invite, 180, nil, "Require: 100rel", "RSeq: 77")
		prack := p.Expect("PRACK")
		if prack.Value("RAck") != "77 1 INVITE" || prack.Value("CSeq") != "2 PRACK" {
			t.Errorf("PRACK %s", prack.Raw)
		}
		p.Reply(prack, 200, nil)
		expect[sip.Ringing](t, e)
		p.Reply(invite, 180, nil, "Require: 100rel", "RSeq: 77")
		p.Reply(invite, 183, offer, "Require: 100rel", "RSeq: 79")
		e.silent(t)
		p.Reply(invite, 183, offer, "Require: 100rel", "RSeq: 78")
		p.Expect("PRACK")
		expect[sip.EarlyMedia](t, e)
	})
}

// TestBlindTransfer by the peer (RFC 3515).
func TestBlindTransfer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c, in, e := up(t, r, p)
		p.Request(c, "REFER", nil, "Refer-To: <sip:102@pbx.example>", "Referred-By: <sip:carrier@x>")
		if got := expect[sip.Referred](t, e); got.User != "102" || got.Replaces != nil || got.Target != "sip:102@pbx.example" {
			t.Errorf("%+v", got)
		}
		if err := in.AcceptRefer(); err != nil {
			t.Fatal(err)
		}
		p.Expect("202")
		for _, step := range []struct {
			code  int
			state string
		}{{100, "active;expires=60"}, {180, "active;expires=60"}, {200, "terminated;reason=noresource"}} {
			if step.code > 100 {
				if err := in.Notify(step.code); err != nil {
					t.Fatal(err)
				}
			}
			m := p.Expect("NOTIFY")
			if !strings.Contains(string(m.Body()), wire.Reason(step.code)) || m.Value("Subscription-State") != step.state || !strings.HasPrefix(m.Value("Event"), "refer") {
				t.Errorf("NOTIFY %s", m.Raw)
			}
			p.Reply(m, 200, nil)
		}
		if in.Notify(200) == nil {
			t.Error("told of a transfer that is over")
		}
		p.Request(c, "REFER", nil, "Refer-To: <http://evil.example>")
		p.Expect("400")
		p.Request(c, "REFER", nil, "Refer-To: <sip:103@pbx.example>")
		expect[sip.Referred](t, e)
		_ = in.RefuseRefer(603)
		p.Expect("603")
	})
}

// TestAttendedTransfer: Refer-To with Replaces names another leg of ours (RFC 3891).
func TestAttendedTransfer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		first, _, e := up(t, r, p)
		second, consulted, _ := up(t, r, p)
		tag := func(s string) string { _, v, _ := strings.Cut(s, "tag="); return v }
		p.Request(first, "REFER", nil, "Refer-To: <sip:102@pbx.example?Replaces="+second.ID+"%3Bto-tag%3D"+tag(second.To)+"%3Bfrom-tag%3D"+tag(second.From)+">")
		if got := expect[sip.Referred](t, e); got.Replaces != consulted.Leg || got.Target != "sip:102@pbx.example" {
			t.Errorf("%+v", got)
		}
		p.Request(second, "REFER", nil, "Refer-To: <sip:102@pbx.example?Replaces="+second.ID+"%3Bto-tag%3D"+tag(second.To)+"%3Bfrom-tag%3D"+tag(second.From)+">")
		p.Expect("400") // in its own place
		third := p.NewCall("102")
		p.Request(third, "INVITE", offer, "Replaces: "+second.ID+";to-tag="+tag(second.To)+";from-tag="+tag(second.From))
		if in := <-r.calls; in.Replaces != consulted.Leg {
			t.Error("Replaces is not found")
		}
		fourth := p.NewCall("102")
		p.Request(fourth, "INVITE", offer, "Replaces: "+second.ID+";to-tag=x;from-tag=y")
		p.Expect("481")
	})
}

// TestWeTransfer: REFER, and what NOTIFY tells.
func TestWeTransfer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		other, consulted, _ := up(t, r, p)
		c, in, e := up(t, r, p)
		if err := in.Refer("sip:102@pbx.example", consulted.Leg); err != nil {
			t.Fatal(err)
		}
		m := p.Expect("REFER")
		if !strings.Contains(m.Value("Refer-To"), "?Replaces="+other.ID) {
			t.Errorf("Refer-To %q", m.Value("Refer-To"))
		}
		p.Reply(m, 202, nil)
		for code, state := range map[int]string{200: "terminated"} {
			p.Request(c, "NOTIFY", []byte("SIP/2.0 200 OK"), "Event: refer", "Subscription-State: "+state, "Content-Type: message/sipfrag")
			p.Expect("200")
			if got := expect[sip.Transfer](t, e); got.Code != code {
				t.Errorf("%+v", got)
			}
		}
		p.Request(c, "NOTIFY", []byte("SIP/2.0 200 OK"), "Event: refer", "Subscription-State: terminated", "Content-Type: message/sipfrag")
		p.Expect("489")
		_ = in.Refer("sip:103@pbx.example", nil)
		p.Reply(p.Expect("REFER"), 603, nil)
		if got := expect[sip.Transfer](t, e); got.Code != 603 {
			t.Errorf("%+v", got)
		}
	})
}

func timers(cfg *sip.Config) { cfg.SessionExpires, cfg.MinSE = 600*time.Second, 90*time.Second }

// TestSessionIsRefreshedByUs: UPDATE every half of the interval where the peer takes it; 481 ends the leg (RFC 4028).
func TestSessionIsRefreshedByUs(t *testing.T) {
	bubble(t, timers, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, e, invite := dial(t, r, p)
		if invite.Value("Session-Expires") != "600" || invite.Value("Min-SE") != "90" {
			t.Errorf("INVITE %s", invite.Raw)
		}
		p.Reply(invite, 200, offer, "Session-Expires: 200;refresher=uac", "Require: timer", "Allow: INVITE, UPDATE")
		p.Expect("ACK")
		expect[sip.Answered](t, e)
		for range 3 {
			at := time.Now()
			m := p.Await(time.Hour, "UPDATE")
			if d := time.Since(at); d != 100*time.Second || m.Value("Session-Expires") != "200;refresher=uac" {
				t.Fatalf("after %s: %s", d, m.Raw)
			}
			p.Reply(m, 200, nil, "Session-Expires: 200;refresher=uac")
		}
		p.Reply(p.Await(time.Hour, "UPDATE"), 481, nil)
		p.Expect("BYE")
		expect[sip.Lost](t, e)
	})
}

// TestSessionIsRefreshedByReinvite where the peer does not take UPDATE, and with the same SDP: that is no news.
func TestSessionIsRefreshedByReinvite(t *testing.T) {
	bubble(t, timers, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, _, e := up(t, r, p) // this caller knows no timers, so we refresh
		m := p.Await(time.Hour, "INVITE")
		if string(m.Body()) != string(reply) {
			t.Errorf("offer %q", m.Body())
		}
		p.Reply(m, 200, offer)
		p.Expect("ACK")
		e.silent(t)
	})
}

// TestPeerDoesNotRefresh: 32 s before the end, or a third of the interval, the leg is lost.
func TestPeerDoesNotRefresh(t *testing.T) {
	bubble(t, timers, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, _, e := up(t, r, p, "Supported: timer", "Session-Expires: 120;refresher=uac")
		at := time.Now()
		bye := p.Await(time.Hour, "BYE")
		if d := time.Since(at); d != 88*time.Second || !strings.Contains(bye.Value("Reason"), "408") {
			t.Errorf("after %s: %s", d, bye.Raw)
		}
		if got := expect[sip.Lost](t, e); !errors.Is(got.Err, sip.ErrExpired) {
			t.Errorf("%+v", got)
		}
	})
}

func TestSessionIntervalTooSmall(t *testing.T) {
	bubble(t, timers, func(t *testing.T, r *rig) {
		p := r.carrier()
		c := p.NewCall("100")
		p.Request(c, "INVITE", offer, "Supported: timer", "Session-Expires: 60")
		if m := p.Expect("422"); m.Value("Min-SE") != "90" {
			t.Errorf("422 %s", m.Raw)
		}
		_, e, invite := dial(t, r, p)
		p.Reply(invite, 422, nil, "Min-SE: 900")
		again := p.Expect("INVITE")
		if again.Value("Session-Expires") != "900" || again.Value("Min-SE") != "900" || again.Value("CSeq") != "2 INVITE" {
			t.Errorf("INVITE %s", again.Raw)
		}
		p.Reply(again, 200, offer)
		expect[sip.Answered](t, e)
	})
}

// TestRecordRoute: requests follow the routes in reverse for the caller, as they stand for the called (RFC 3261 section 12.1).
func TestRecordRoute(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, _ := up(t, r, p, "Record-Route: <sip:10.0.0.9;lr>", "Record-Route: <sip:p2.example;lr>")
		in.Hangup(sip.Normal)
		bye := p.Expect("BYE")
		routes := bye.GetHeaders("Route")
		if len(routes) != 2 || routes[0].Value() != "<sip:10.0.0.9;lr>" || routes[1].Value() != "<sip:p2.example;lr>" {
			t.Errorf("routes %v", routes)
		}
		l, e, invite := dial(t, r, p)
		p.Reply(invite, 200, offer, "Record-Route: <sip:p2.example;lr>, <sip:10.0.0.9;lr>")
		expect[sip.Answered](t, e)
		l.Hangup(sip.Normal)
		bye = p.Expect("BYE")
		routes = bye.GetHeaders("Route")
		if len(routes) != 2 || routes[0].Value() != "<sip:10.0.0.9;lr>" || routes[1].Value() != "<sip:p2.example;lr>" {
			t.Errorf("routes %v", routes)
		}
	})
}

// TestStrictRouter: a route without lr takes the place of the target (RFC 3261 section 12.2.1.1).
func TestStrictRouter(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, _ := up(t, r, p, "Record-Route: <sip:10.0.0.9>")
		in.Hangup(sip.Normal)
		bye := p.Expect("BYE")
		if !strings.HasPrefix(bye.Raw, "BYE sip:10.0.0.9 SIP/2.0") || bye.Value("Route") != "<sip:carrier@10.0.0.9:5060>" {
			t.Errorf("BYE %s", bye.Raw)
		}
	})
}

// TestResume: the process dies in a call; the next one ends it (Rule T-65).
func TestResume(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, _ := up(t, r, p)
		kept, err := in.MarshalState()
		if err != nil {
			t.Fatal(err)
		}
		r.stack.Close()
		r.stack = r.start(nil)
		var state sip.State
		if err := json.Unmarshal(kept, &state); err != nil {
			t.Fatal(err)
		}
		e := record()
		l, err := r.stack.Resume(state, e.take)
		if err != nil {
			t.Fatal(err)
		}
		l.Hangup(sip.Cause{Q850: 41, Text: "Restarted"})
		bye := p.Expect("BYE")
		if bye.Value("Call-ID") != state.CallID || bye.Value("To") == "" || !strings.Contains(bye.Value("From"), state.Tag) || !strings.Contains(bye.Value("To"), state.PeerTag) {
			t.Errorf("BYE %s", bye.Raw)
		}
		p.Reply(bye, 200, nil)
		expect[sip.Ended](t, e)
		if _, err := r.stack.Resume(sip.State{}, nil); err == nil {
			t.Error("an empty state is resumed")
		}
	})
}

// TestRequestsOfNoDialog get 481, and methods that nobody knows 501.
func TestRequestsOfNoDialog(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		for method, code := range map[string]string{"BYE": "481", "INFO": "481", "MESSAGE": "405", "SUBSCRIBE": "405", "DANCE": "501", "OPTIONS": "200", "CANCEL": "481"} {
			c := p.NewCall("100")
			c.Branch = "z9hG4bK" + method
			p.Request(c, method, nil)
			p.Expect(code)
		}
		c := p.NewCall("100")
		c.To += ";tag=unknown"
		p.Request(c, "BYE", nil)
		p.Expect("481")
	})
}

// TestUnfitInvites are refused by what they carry.
func TestUnfitInvites(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		for line, code := range map[string]string{
			"Content-Type: text/plain": "415", "Accept: text/html": "406", "Require: teleport": "420",
		} {
			p.Request(p.NewCall("100"), "INVITE", offer, line)
			p.Expect(code)
		}
		c := p.NewCall("100")
		p.Request(c, "INVITE", offer)
		<-r.calls
		p.RequestAs(c, "INVITE", c.Seq, "z9hG4bKother", offer) // the same over another way
		p.Expect("482")
		r.stack.Drain(true)
		p.Request(p.NewCall("100"), "INVITE", offer)
		p.Expect("503")
		synctest.Wait()
	})
}

// TestTrunkAsksForAPassword: INVITE by 407, then BYE by 401; each is sent again with the next CSeq, the ACK with the credentials.
func TestTrunkAsksForAPassword(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		e := record()
		l, err := r.stack.Dial(sip.Target{URI: "sip:100@" + trunk, SDP: reply, Credentials: &sip.Credentials{User: "u", Password: "p"}}, e.take)
		if err != nil {
			t.Fatal(err)
		}
		p.Reply(p.Expect("INVITE"), 407, nil, `Proxy-Authenticate: Digest realm="a", nonce="1", algorithm=MD5, qop="auth,auth-int"`)
		p.Expect("ACK")
		m := p.Expect("INVITE")
		if m.Value("CSeq") != "2 INVITE" || !strings.Contains(m.Value("Proxy-Authorization"), `qop=auth`) {
			t.Errorf("%s", m.Raw)
		}
		p.Reply(m, 200, offer)
		if ack := p.Expect("ACK"); ack.Value("Proxy-Authorization") == "" || ack.Value("CSeq") != "2 ACK" {
			t.Errorf("%s", ack.Raw)
		}
		expect[sip.Answered](t, e)
		l.Hangup(sip.Normal)
		p.Reply(p.Expect("BYE"), 401, nil, `WWW-Authenticate: Digest realm="a", nonce="2"`)
		if m := p.Expect("BYE"); m.Value("CSeq") != "4 BYE" || m.Value("Authorization") == "" {
			t.Errorf("%s", m.Raw)
		}
		e = record()
		_, _ = r.stack.Dial(sip.Target{URI: "sip:100@" + trunk, SDP: reply, Credentials: &sip.Credentials{User: "u", Password: "wrong"}}, e.take)
		for range 3 {
			p.Reply(p.Expect("INVITE"), 401, nil, `WWW-Authenticate: Digest realm="a", nonce="3", qop="auth"`)
		}
		if got := expect[sip.Refused](t, e); got.Code != 401 {
			t.Errorf("%+v", got)
		}
	})
}

// TestLongRinging: the last provisional answer is repeated each minute, so that no proxy forgets the call.
func TestLongRinging(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		_, in, _ := called(t, r, p)
		_ = in.Ring()
		p.Expect("180")
		before := r.net.Sent()
		p.Await(5*time.Minute+time.Second, "nothing")
		if sent := r.net.Sent() - before; sent != 5 {
			t.Errorf("repeated %d times, want 5", sent)
		}
	})
}
