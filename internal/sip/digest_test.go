package sip_test

import (
	"strings"
	"testing"
)

// A phone that gives up where it is offered SHA-256 too, as old baresips do, is offered MD5 alone; others choose.
func TestChallenges(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		for agent, want := range map[string]int{"Yealink SIP-T46U 108.86": 2, "baresip v2.0.0": 2, "baresip v1.0.0 (x86_64/linux)": 1} {
			p.Request(p.NewCall("alice"), "REGISTER", nil, "User-Agent: "+agent)
			if all := p.Expect("401").GetHeaders("WWW-Authenticate"); len(all) != want || !strings.Contains(all[0].Value(), "MD5") {
				t.Errorf("%s is offered %v", agent, all)
			}
		}
	})
}
