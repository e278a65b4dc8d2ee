package sip_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
)

const (
	ours  = "10.0.0.1:5060"
	trunk = "10.0.0.9:5060" // the trunk t1's server
	realm = "pbx.example"
)

// rig is a stack on a network in memory, in a bubble of synctest.
// banned tells whether a source is shut out.
func (r *rig) banned(source string) bool {
	return slices.ContainsFunc(r.stack.Bans(), func(b sip.Ban) bool { return b.Source.String() == source })
}

type rig struct {
	t     *testing.T
	net   *siptest.Net
	stack *sip.Stack
	calls chan *sip.Incoming

	mu     sync.Mutex
	counts map[string]int
	news   []string // of accounts and trunks
}

// Invite takes calls for the test.
func (r *rig) Invite(in *sip.Incoming) { r.calls <- in }

// people are the accounts of the tests: user name, password.
type people map[string]string

func (p people) Secret(_ context.Context, user string) (sip.Secret, bool, error) {
	password, found := p[user]
	if !found {
		return sip.Secret{}, false, nil
	}
	weak, strong := sip.HA1(user, realm, password)
	return sip.Secret{Account: "acc-" + user, MD5: weak, SHA256: strong}, true, nil
}

var everybody = people{"alice": "wonderland", "bob": "builder"}

// bubble runs a test in a bubble with a stack; change adjusts its configuration.
func bubble(t *testing.T, change func(*sip.Config), test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, net: siptest.NewNet(), calls: make(chan *sip.Incoming, 1000), counts: map[string]int{}}
		r.stack = r.start(change)
		defer func() { r.stack.Close() }() // the one there is in the end
		test(t, r)
	})
}

func (r *rig) start(change func(*sip.Config)) *sip.Stack {
	r.t.Helper()
	cfg := sip.Config{
		Host: realm, Accounts: everybody, SessionExpires: -1,
		Presence: func(account string, online bool) { r.note(fmt.Sprint(account, " online: ", online)) },
		Trunk:    func(id string, up bool, _ string) { r.note(fmt.Sprint(id, " up: ", up)) },
		Wire: wire.Config{Count: func(what, label string) {
			r.mu.Lock()
			r.counts[what+" "+label]++
			r.mu.Unlock()
		}},
	}
	if change != nil {
		change(&cfg)
	}
	stack, err := sip.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := stack.ServeUDP(r.net.Listen(ours)); err != nil {
		r.t.Fatal(err)
	}
	stack.Handle(r)
	err = stack.SetTrunks([]sip.Trunk{{ID: "t1", Servers: []string{"sip:" + trunk}, Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.9/32")}, Probe: -1}})
	if err != nil {
		r.t.Fatal(err)
	}
	return stack
}

func (r *rig) note(text string) {
	r.mu.Lock()
	r.news = append(r.news, text)
	r.mu.Unlock()
}

func (r *rig) noted() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.news
	r.news = nil
	return news
}

func (r *rig) count(what string) int {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[what]
}

// carrier is the peer at the trunk's address.
func (r *rig) carrier() *siptest.Peer {
	return siptest.NewPeer(r.t, r.net.Listen(trunk), ours, "carrier")
}

// events records what a leg tells.
type events chan sip.Event

func record() events { return make(events, 1000) }

func (e events) take(_ *sip.Leg, event sip.Event) { e <- event }

// expect waits for the next event, which has to be like the one given: of its type, and of its fields where they are not zero.
func expect[E sip.Event](t *testing.T, from events) E {
	t.Helper()
	select {
	case got := <-from:
		e, ok := got.(E)
		if !ok {
			t.Fatalf("event %T %+v, want %v", got, got, reflect.TypeFor[E]())
		}
		return e
	case <-time.After(time.Hour):
		t.Fatalf("no event, want %v", reflect.TypeFor[E]())
	}
	panic("not reached")
}

// silent checks that there are no more events.
func (e events) silent(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case got := <-e:
		t.Errorf("one more event: %T %+v", got, got)
	default:
	}
}

var offer, reply = siptest.SDP("10.0.0.9", 4000), siptest.SDP("10.0.0.1", 5000)

// called makes an incoming call that the carrier has made, and records its events.
func called(t *testing.T, r *rig, p *siptest.Peer, extra ...string) (*siptest.Call, *sip.Incoming, events) {
	t.Helper()
	c := p.NewCall("380441234567")
	p.Request(c, "INVITE", offer, extra...)
	in := <-r.calls
	e := record()
	in.Listen(e.take)
	return c, in, e
}

// up is an incoming call that has been answered.
func up(t *testing.T, r *rig, p *siptest.Peer, extra ...string) (*siptest.Call, *sip.Incoming, events) {
	t.Helper()
	c, in, e := called(t, r, p, extra...)
	if err := in.Answer(reply); err != nil {
		t.Fatal(err)
	}
	c.Up(p.Expect("200"))
	p.Request(c, "ACK", nil)
	expect[sip.Confirmed](t, e)
	return c, in, e
}

// dial calls the carrier, who receives the INVITE.
func dial(t *testing.T, r *rig, p *siptest.Peer) (*sip.Leg, events, *siptest.Message) {
	t.Helper()
	e := record()
	l, err := r.stack.Dial(sip.Target{Trunk: "t1", User: "+380441234567", From: sip.Party{User: "380440000000"}, SDP: reply}, e.take)
	if err != nil {
		t.Fatal(err)
	}
	return l, e, p.Expect("INVITE")
}

// talking is an outgoing call that has been answered; the call is the carrier's side of it.
func talking(t *testing.T, r *rig, p *siptest.Peer) (*sip.Leg, events, *siptest.Call) {
	t.Helper()
	l, e, invite := dial(t, r, p)
	p.Reply(invite, 200, offer)
	p.Expect("ACK")
	expect[sip.Answered](t, e)
	return l, e, p.Answered(invite)
}

func netUDP(at string) net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at)) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
