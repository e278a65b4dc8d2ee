package sip_test

import (
	"strings"
	"testing"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// TestReplacesIsRefused: what a call cannot take the place of (RFC 3891 section 3).
func TestReplacesIsRefused(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		tag := func(s string) string { _, v, _ := strings.Cut(s, "tag="); return v }
		named := func(c *siptest.Call) string {
			return "Replaces: " + c.ID + ";to-tag=" + tag(c.To) + ";from-tag=" + tag(c.From)
		}
		talk, _, _ := up(t, r, p)
		gone, ended, _ := up(t, r, p)
		ended.Hangup(sip.Normal)
		p.Reply(p.Expect("BYE"), 200, nil)
		rings := p.NewCall("101")
		p.Request(rings, "INVITE", offer)
		_ = (<-r.calls).Ring()
		rings.Up(p.Expect("180"))
		for _, c := range []struct{ header, code string }{
			{named(talk) + ";early-only", "486"}, // it is answered
			{named(gone), "603"},                 // it has ended
			{named(rings), "481"},                // it is the caller's own, and rings
			{named(talk) + "\r\n" + named(gone), "400"},
		} {
			p.Request(p.NewCall("102"), "INVITE", offer, c.header)
			if m := p.Expect("4xx", "6xx"); !m.Is(c.code) {
				t.Errorf("%s: %s", c.header, m.Raw)
			}
		}
	})
}

// TestReplacesWhatRings: a call may take the place of one that we dial (RFC 3891 section 7.1, directed pickup).
func TestReplacesWhatRings(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		e := record()
		dialled, err := r.stack.Dial(sip.Target{URI: "sip:100@" + trunk, SDP: reply}, e.take)
		if err != nil {
			t.Fatal(err)
		}
		invite := p.Expect("INVITE")
		p.Reply(invite, 180, nil)
		expect[sip.Ringing](t, e)
		_, ours, _ := strings.Cut(invite.Value("From"), "tag=")
		p.Request(p.NewCall("bw"), "INVITE", offer, "Require: replaces", "Replaces: "+dialled.CallID+";to-tag="+ours+";from-tag="+p.Tag+";early-only")
		if in := <-r.calls; in.Replaces != dialled {
			t.Error("the leg that rings is not found")
		}
	})
}
