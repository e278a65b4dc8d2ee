package siptest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"bellwether/internal/sip"
	"bellwether/internal/sip/wire"
)

// Phone is a softphone that does what a person would: it registers, calls, and answers as it is told. It is made of package sip
// itself, so it speaks all of it; what is to be wrong or late is a Peer's.
type Phone struct {
	Stack *sip.Stack
	User  string

	t     testing.TB
	mu    sync.Mutex
	does  func(in *sip.Incoming)
	calls chan *PhoneCall
}

// PhoneCall is a call as its phone sees it.
type PhoneCall struct {
	*sip.Leg
	In     *sip.Incoming // nil where the phone called
	Events chan sip.Event
}

// NewPhone makes a phone of an account on a socket. With a password it registers with the server ("sip:10.0.0.1:5060"), and
// waits until it has; without one it just calls and can be called, as a trunk does. What it does with calls is given where somebody may
// call as soon as it has registered.
func NewPhone(t testing.TB, conn net.PacketConn, server, user, password string, does ...func(*sip.Incoming)) *Phone {
	t.Helper()
	return newPhone(t, wire.Config{}, func(s *sip.Stack) error { return s.ServeUDP(conn) }, server, user, password, does...)
}

// NewSecurePhone is NewPhone over TLS: it listens at an address and calls from it, shows a certificate and trusts nobody without that one.
func NewSecurePhone(t testing.TB, listener net.Listener, shown tls.Certificate, server, user, password string) *Phone {
	t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: listener.Addr().(*net.TCPAddr).IP}}
	cfg := wire.Config{Dial: from.DialContext, ClientTLS: Trusting(t, shown)}
	return newPhone(t, cfg, func(s *sip.Stack) error {
		return s.ServeTCP(listener, &tls.Config{Certificates: []tls.Certificate{shown}})
	}, server, user, password)
}

func newPhone(t testing.TB, sockets wire.Config, serve func(*sip.Stack) error, server, user, password string, does ...func(*sip.Incoming)) *Phone {
	t.Helper()
	up := make(chan bool, 100)
	stack, err := sip.New(sip.Config{
		Host: "phone.example", SessionExpires: -1, Wire: sockets,
		Trunk: func(_ string, is bool, _ string) { up <- is },
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &Phone{Stack: stack, User: user, t: t, calls: make(chan *PhoneCall, 100)}
	for _, what := range does {
		p.does = what
	}
	t.Cleanup(stack.Close)
	if err := serve(stack); err != nil {
		t.Fatal(err)
	}
	stack.Handle(p)
	err = stack.SetTrunks([]sip.Trunk{{ID: "pbx", Servers: []string{server}, User: user, Password: password, Register: password != "", Probe: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if password == "" {
		return p
	}
	select {
	case is := <-up:
		if !is {
			t.Fatalf("%s could not register", user)
		}
	case <-time.After(Patience):
		t.Fatalf("%s did not register", user)
	}
	return p
}

// Does says what the phone does with calls from now on, instead of leaving them to Next: Answers, Refuses, or a function of one's own.
func (p *Phone) Does(what func(in *sip.Incoming)) {
	p.mu.Lock()
	p.does = what
	p.mu.Unlock()
}

// Answers rings and takes the call.
func Answers(sdp []byte) func(*sip.Incoming) {
	return func(in *sip.Incoming) {
		_ = in.Ring()
		_ = in.Answer(sdp)
	}
}

// Refuses answers with a code: 486, 603, 404.
func Refuses(code int) func(*sip.Incoming) {
	return func(in *sip.Incoming) { _ = in.Refuse(code, sip.Cause{}) }
}

// Rings and does no more.
func Rings(in *sip.Incoming) { _ = in.Ring() }

// Invite takes a call (sip.Handler).
func (p *Phone) Invite(in *sip.Incoming) {
	c := &PhoneCall{Leg: in.Leg, In: in, Events: make(chan sip.Event, 1000)}
	in.Listen(func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	p.calls <- c
	p.mu.Lock()
	does := p.does
	p.mu.Unlock()
	if does != nil {
		does(in)
	}
}

// Next waits for the next call to the phone.
func (p *Phone) Next() *PhoneCall {
	p.t.Helper()
	select {
	case c := <-p.calls:
		return c
	case <-time.After(Patience):
		p.t.Fatalf("%s: nobody called", p.User)
		return nil
	}
}

// Dial calls a number through the server.
func (p *Phone) Dial(number string, sdp []byte) *PhoneCall {
	p.t.Helper()
	c := &PhoneCall{Events: make(chan sip.Event, 1000)}
	leg, err := p.Stack.Dial(sip.Target{Trunk: "pbx", User: number, From: sip.Party{User: p.User}, SDP: sdp},
		func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		p.t.Fatal(err)
	}
	c.Leg = leg
	return c
}

// Await waits for an event of a type, skipping others; the zero value and false where the call ends before or nothing comes.
func Await[E sip.Event](c *PhoneCall) (E, bool) {
	var none E
	timeout := time.NewTimer(Patience)
	defer timeout.Stop()
	for {
		select {
		case e := <-c.Events:
			switch e := e.(type) {
			case E:
				return e, true
			case sip.Ended, sip.Lost, sip.Refused:
				return none, false
			}
		case <-timeout.C:
			return none, false
		}
	}
}
