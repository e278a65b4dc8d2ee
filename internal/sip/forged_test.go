package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
)

// written is a request as a forger writes it, with headers of its own.
func written(method, headers string) string {
	return fmt.Sprintf("%s sip:100@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKforged;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:900@203.0.113.7>;tag=49583\r\nTo: <sip:100@10.0.0.1>\r\nCall-ID: forged@203.0.113.7\r\nCSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n", method, method, headers)
}

const contact = "Contact: <sip:900@203.0.113.7>\r\n"

// Rule T-72: of what comes from an address that may be forged, the one who lives there gets one answer, and none that is large.
func TestForgedAddresses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		code string // of the one answer; none where that would be too long
	}{
		"a call":                      {written("INVITE", contact), "401"},
		"a call with credentials":     {written("INVITE", contact+`Authorization: Digest username="alice",realm="pbx.example",nonce="x",uri="sip:100@10.0.0.1",response="0",qop=auth,nc=00000001,cnonce="y"`+"\r\n"), "401"},
		"a call that names nobody":    {written("INVITE", ""), "400"},
		"one that wants what is none": {written("INVITE", contact+"Accept: text/plain\r\n"), "406"},
		"a registration":              {written("REGISTER", contact), "401"},
		"OPTIONS":                     {written("OPTIONS", ""), "200"},
		"a subscription":              {written("SUBSCRIBE", contact), "405"},
		"the end of no call":          {written("BYE", ""), "481"},
		"CANCEL of no call":           {written("CANCEL", ""), "481"},
		"a call that goes on nowhere": {strings.Replace(written("INVITE", contact), "To: <sip:100@10.0.0.1>", "To: <sip:100@10.0.0.1>;tag=1", 1), "481"},
		"a method nobody knows":       {written("WHATEVER", ""), "501"},
		"two CSeq":                    {written("INVITE", contact+"CSeq: 2 INVITE\r\n"), "400"},
		"a short one":                 {"INVITE sip:1@a SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bKx\r\nf:<sip:a@b>;tag=1\r\nt:<sip:1@a>\r\ni:1\r\nCSeq:1 INVITE\r\nm:<sip:a@b>\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				victim := r.net.Listen("203.0.113.7:5060")
				var got []string
				go func() {
					buffer := make([]byte, wire.MaxMessage)
					for {
						n, _, err := victim.ReadFrom(buffer)
						if err != nil {
							return
						}
						got = append(got, string(buffer[:n]))
					}
				}()
				if _, err := victim.WriteTo([]byte(c.text), netUDP(ours)); err != nil {
					t.Fatal(err)
				}
				<-time.After(40 * time.Second) // of the bubble: beyond all timers
				_ = victim.Close()
				synctest.Wait()
				switch {
				case c.code == "" && len(got) == 0:
				case len(got) != 1 || c.code == "" || !strings.HasPrefix(got[0], "SIP/2.0 "+c.code):
					t.Fatalf("%d answers: %q", len(got), got)
				case len(got[0]) > 3*len(c.text):
					t.Errorf("%d bytes are answered with %d", len(c.text), len(got[0]))
				default:
					t.Logf("%d bytes are answered with %d", len(c.text), len(got[0]))
				}
			})
		})
	}
}

// Rule T-72: an answer that is lost is asked for again, and is as it was; whoever has proved a password is answered until that is heard.
func TestAnswersThatAreLost(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		c := p.NewCall("nobody")
		p.RequestAs(c, "INVITE", 1, "z9hG4bKonce", offer)
		first := p.Expect("401")
		p.RequestAs(c, "INVITE", 1, "z9hG4bKonce", offer)
		again := p.Expect("401", "482")
		if tag := wire.Tag(again.To().Params); !again.Is("401") || tag == "" || tag != wire.Tag(first.To().Params) {
			t.Errorf("the copy is answered with %s\nbefore: %s", again.Raw, first.Raw)
		}
		p.RequestAs(c, "INVITE", 2, "z9hG4bKtwice", offer, siptest.Sign(again, "MD5", "INVITE", c.Target, "alice", "wonderland", 1))
		p.Expect("100")
		p.Expect("404")
		sent := r.net.Sent()
		<-time.After(5 * time.Second)
		if more := r.net.Sent() - sent; more < 3 {
			t.Errorf("a refusal that is not acknowledged is repeated %d times", more)
		}
	})
}
