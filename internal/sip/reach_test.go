package sip_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/sip"
)

// rebinding is a name server of somebody hostile: each name means one address when it is asked first, and another from then on.
type rebinding map[string][]string

func (n rebinding) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	all := n[name]
	if len(all) == 0 {
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	}
	if len(all) > 1 {
		n[name] = all[1:]
	}
	return []netip.Addr{netip.MustParseAddr(all[0])}, nil
}

func (rebinding) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", nil, nil
}

// TestForeignAddresses: what a project writes leads into no private network, whatever its name means meanwhile, to no carrier and not
// to us (Rule T-71).
func TestForeignAddresses(t *testing.T) {
	const inward, carrier = "sip.private_address", "sip.carrier_address"
	bubble(t, func(cfg *sip.Config) {
		cfg.Wire.Public = "pbx.example"
		cfg.Wire.Resolver = rebinding{"moves.example": {"192.0.2.7", "10.0.0.20"}, "carrier.example": {"192.0.2.9"}}
	}, func(t *testing.T, r *rig) {
		trunks := []sip.Trunk{{ID: "t1", Servers: []string{"sip:carrier.example"}, Probe: -1}, {ID: "t2", Servers: []string{"sip:198.51.100.1"}, Sources: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/28")}, Probe: -1}}
		if err := r.stack.SetTrunks(trunks); err != nil {
			t.Fatal(err)
		}
		r.noted() // the servers' names are known
		for _, c := range []struct{ uri, code string }{
			{"sip:x@10.0.0.20", inward},
			{"sip:x@127.0.0.1:5432", inward},
			{"sip:x@169.254.169.254", inward},
			{"sip:x@100.64.1.1", inward},
			{"sip:x@[::ffff:10.0.0.20]", inward},
			{"sip:x@[fd00::1]", inward},
			{"sip:+19005551234@192.0.2.9", carrier},
			{"sip:+19005551234@carrier.example", carrier},
			{"sip:+19005551234@198.51.100.14", carrier},
			{"sip:+19005551234@pbx.example", carrier},
		} {
			if got := lost(t, r, c.uri); got != c.code {
				t.Errorf("%s: %q, want %s", c.uri, got, c.code)
			}
		}
		e := record()
		l, err := r.stack.Dial(sip.Target{URI: "sip:x@moves.example", Foreign: true, SDP: reply}, e.take)
		if err != nil {
			t.Fatal(err)
		}
		e.silent(t) // it is tried
		l.Hangup(sip.Normal)
		if got := lost(t, r, "sip:x@moves.example"); got != inward {
			t.Errorf("a name that has moved inside: %q", got)
		}
	})
}

// lost is the code of why an address that a project wrote cannot be called.
func lost(t *testing.T, r *rig, uri string) string {
	t.Helper()
	e := record()
	if _, err := r.stack.Dial(sip.Target{URI: uri, Foreign: true, SDP: reply}, e.take); err != nil {
		return errs.CodeOf(err)
	}
	return errs.CodeOf(expect[sip.Lost](t, e).Err)
}

// TestForeignTrunk: the servers of a project's trunk are not asked, nor registered with, where their names mean a private address
// (Rules T-54 and T-71).
func TestForeignTrunk(t *testing.T) {
	for name, foreign := range map[string]bool{"the operator's": false, "a project's": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(cfg *sip.Config) { cfg.Wire.Resolver = rebinding{"carrier.example": {"10.0.0.9"}} }, func(t *testing.T, r *rig) {
				p := r.carrier()
				err := r.stack.SetTrunks([]sip.Trunk{{ID: "t1", Servers: []string{"sip:carrier.example"}, User: "u", Password: "p", Register: true, Foreign: foreign}})
				if err != nil {
					t.Fatal(err)
				}
				m := p.Await(time.Second, "REGISTER", "OPTIONS")
				if (m == nil) != foreign {
					t.Errorf("the server inside gets %v", m)
				}
				if state, _ := r.stack.TrunkState("t1"); foreign && (state.Up || state.Why == "") {
					t.Errorf("the trunk is %+v", state)
				}
			})
		})
	}
}
