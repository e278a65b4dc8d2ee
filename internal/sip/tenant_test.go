package sip_test

import (
	"context"
	"net/netip"
	"testing"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rules T-61 and T-68: the addresses that a tenant names make its calls known by their number alone, and nobody there is let through.
func TestATenantsAddresses(t *testing.T) {
	const held = "380441110000"
	choose := func(_ context.Context, among []string, number string) (string, error) {
		if number == held {
			return among[0], nil
		}
		return "", nil
	}
	bubble(t, func(c *sip.Config) { c.Choose = choose }, func(t *testing.T, r *rig) {
		if err := r.stack.SetTrunks([]sip.Trunk{{ID: "far", Foreign: true, Sources: []netip.Prefix{netip.MustParsePrefix("10.0.5.0/24")}}}); err != nil {
			t.Fatal(err)
		}
		p := r.phone("alice", "10.0.5.5:5060")
		c := p.NewCall(held)
		p.Request(c, "INVITE", offer)
		if in := <-r.calls; in.Trunk != "far" || in.Account != "" {
			t.Errorf("a held number: trunk %q, account %q", in.Trunk, in.Account)
		}
		for _, number := range []string{"201", "*8"} {
			c = p.NewCall(number)
			p.Request(c, "INVITE", offer)
			challenge := p.Expect("401")
			p.Request(c, "ACK", nil)
			p.Request(c, "INVITE", offer, siptest.Sign(challenge, "MD5", "INVITE", c.Target, "alice", "wonderland", 1))
			if in := <-r.calls; in.Trunk != "" || in.Account != "acc-alice" {
				t.Errorf("%s: trunk %q, account %q", number, in.Trunk, in.Account)
			}
		}
		p.Register("wonderland")
		c = p.NewCall(held)
		p.Request(c, "INVITE", offer)
		if m := p.Expect("401", "180", "200"); !m.Is("401") {
			t.Errorf("a registered telephone is not asked for its password: %s", m.Raw)
		}
		scanner := r.phone("mallory", "10.0.5.6:5060")
		scanner.Request(scanner.NewCall(held), "OPTIONS", nil, "User-Agent: friendly-scanner")
		scanner.Await(1e9, "nothing")
		if !r.banned("10.0.5.6") {
			t.Error("a scanner among a tenant's addresses is let through")
		}
	})
}
