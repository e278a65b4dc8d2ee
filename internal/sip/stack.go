package sip

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"bellwether/internal/sip/wire"
)

// Config of a Stack. The zero value of a field is its default, where it has one.
type Config struct {
	Wire wire.Config // sockets and timers; Admit and Malformed are the stack's own
	Host string      // our domain: the realm of passwords, and the host in From. "bellwether.invalid"
	Key  []byte      // signs nonces; nodes that share it take each other's. Random

	Accounts Accounts // who may sign in; nil: nobody
	Bindings Bindings // keeps registrations over a restart; nil: memory
	Contacts int      // registrations of an account whose Secret names no limit; the oldest gives way. 5
	// Expiry of registrations: what is less than the least is refused (423), what is more is cut. 60 s, an hour.
	LeastExpiry, MostExpiry time.Duration
	KeepAlive               time.Duration // how often a phone behind UDP is sent OPTIONS; 25 s, negative: never

	SessionExpires time.Duration // RFC 4028; 30 minutes, negative: no session timers
	MinSE          time.Duration // the least a peer may ask for; 90 s

	Limits Limits
	Inward bool // what projects write may lead into private networks: for tests and a demo on one machine

	Presence func(account string, online bool)    // an account came or went
	Trunk    func(id string, up bool, why string) // a trunk came or went
	// Choose finds out by which of several trunks, or of one that is Foreign, a call came to a number; "" where by none of them: then it is
	// an account's. nil: by the first
	Choose func(ctx context.Context, among []string, number string) (string, error)
	Log    *slog.Logger // what an operator should know; nil: nothing
}

func (c Config) filled() Config {
	fill := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	fill(&c.LeastExpiry, time.Minute)
	fill(&c.MostExpiry, time.Hour)
	fill(&c.KeepAlive, 25*time.Second)
	fill(&c.SessionExpires, 30*time.Minute)
	fill(&c.MinSE, 90*time.Second)
	if c.Host == "" {
		c.Host = "bellwether.invalid"
	}
	if c.Contacts == 0 {
		c.Contacts = 5
	}
	if c.Accounts == nil {
		c.Accounts = nobody{}
	}
	if c.Bindings == nil {
		c.Bindings = forgetful{}
	}
	if c.Presence == nil {
		c.Presence = func(string, bool) {}
	}
	if c.Trunk == nil {
		c.Trunk = func(string, bool, string) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

type nobody struct{}

func (nobody) Secret(context.Context, string) (Secret, bool, error) { return Secret{}, false, nil }

// Handler takes calls that come in.
type Handler interface {
	// Invite is called in a goroutine of its own for each call of an account or a trunk. It says by in.Listen who takes the events,
	// then what becomes of the call.
	Invite(in *Incoming)
}

// Stack is our side of all calls.
type Stack struct {
	cfg       Config
	wire      *wire.Endpoint
	guard     *guard
	auth      *authority
	registrar *registrar
	trunks    *trunks

	mu      sync.Mutex
	handler Handler
	legs    map[string]*Leg   // by Call-ID and our tag
	pending map[string]string // the Via of INVITEs being looked at, by what they have in common with their forks
	knows   map[*Leg]netip.Addr
	drained bool

	stop    context.CancelFunc
	context context.Context
	running sync.WaitGroup
}

// New makes a stack that listens nowhere yet. It reads the bindings that were kept.
func New(cfg Config) (*Stack, error) {
	s := &Stack{cfg: cfg.filled(), legs: map[string]*Leg{}, pending: map[string]string{}, knows: map[*Leg]netip.Addr{}}
	s.context, s.stop = context.WithCancel(context.Background())
	s.guard = newGuard(cfg.Limits)
	s.auth = newAuthority(s.cfg.Host, s.cfg.Key, s.cfg.Accounts)
	w := s.cfg.Wire
	w.Admit, w.Malformed = s.guard.admit, func(from netip.Addr) { s.guard.blame(from, pointsMalformed, ForMalformed) }
	s.wire = wire.New(w, s)
	s.registrar = newRegistrar(s)
	s.trunks = newTrunks(s)
	if err := s.registrar.load(s.context); err != nil {
		s.Close()
		return nil, err
	}
	s.running.Go(s.registrar.keep)
	return s, nil
}

// Handle says who takes calls. Before, they are refused with 503.
func (s *Stack) Handle(h Handler) {
	s.mu.Lock()
	s.handler = h
	s.mu.Unlock()
}

// Drain refuses new calls of trunks with 503 from now on, or takes them again; running ones go on. Those of accounts are offered as
// Late: one may be to the emergency services.
func (s *Stack) Drain(on bool) {
	s.mu.Lock()
	s.drained = on
	s.mu.Unlock()
}

// ServeUDP takes over a UDP socket.
func (s *Stack) ServeUDP(conn net.PacketConn) error { return s.wire.ServeUDP(conn) }

// ServeTCP takes over a listener; with a configuration its connections speak TLS.
func (s *Stack) ServeTCP(l net.Listener, secure *tls.Config) error { return s.wire.ServeTCP(l, secure) }

// WebSocket serves SIP over WebSocket (RFC 7118) in an HTTP server, for pages of our host and of origins.
func (s *Stack) WebSocket(origins ...string) http.Handler { return s.wire.WebSocket(origins...) }

// Close ends everything at once, without a word to peers: hang up first.
func (s *Stack) Close() {
	s.stop()
	s.trunks.set(nil)
	s.wire.Close()
	s.running.Wait()
	s.registrar.wait()
}

func (s *Stack) host() string { return s.cfg.Host }

// Legs lists the legs that have not ended.
func (s *Stack) Legs() []*Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	var up []*Leg
	for _, l := range s.legs {
		select {
		case <-l.gone:
		default:
			up = append(up, l)
		}
	}
	return up
}

// Request sorts what comes in: to its dialog, or by its method (wire.User).
func (s *Stack) Request(tx *wire.ServerTx) {
	r := tx.Request
	from := tx.Flow.Remote.Addr()
	if s.guard.scanner(from, wire.Value(r, "User-Agent")) {
		s.count("dropped", "scanner")
		return
	}
	if tag := wire.Tag(r.To().Params); tag != "" {
		s.inDialog(tx, tag)
		return
	}
	switch r.Method {
	case wire.INVITE:
		s.invited(tx)
	case wire.REGISTER:
		s.running.Go(func() { s.registrar.register(tx) })
	case wire.OPTIONS:
		res := wire.Answer(r, 200, s.wire.Tag(r))
		res.AppendHeader(wire.NewHeader("Allow", allow))
		res.AppendHeader(wire.NewHeader("Accept", accepted))
		tx.Respond(res)
	case wire.BYE, wire.INFO, wire.PRACK, wire.UPDATE, wire.NOTIFY, wire.REFER:
		tx.Respond(wire.Answer(r, 481, s.wire.Tag(r)))
	case wire.SUBSCRIBE, wire.MESSAGE, wire.PUBLISH:
		s.refuse(tx, 405)
	default:
		s.refuse(tx, 501)
	}
}

func (s *Stack) refuse(tx *wire.ServerTx, code int) {
	res := wire.Answer(tx.Request, code, s.wire.Tag(tx.Request))
	res.AppendHeader(wire.NewHeader("Allow", allow))
	tx.Respond(res)
}

func (s *Stack) inDialog(tx *wire.ServerTx, tag string) {
	l := s.leg(tx.Request.CallID().Value(), tag)
	if l == nil || !l.with(wire.Tag(tx.Request.From().Params)) {
		tx.Respond(wire.Answer(tx.Request, 481, ""))
		return
	}
	tx.Trust()
	l.receive(tx)
}

// with tells whether the peer's tag is one of the leg's.
func (l *Leg) with(tag string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.peer.tag == tag || l.call != nil && l.phase == early && l.call.forks[tag] != nil
}

// Ack passes the ACK of a 2xx on (wire.User).
func (s *Stack) Ack(r *wire.Request, _ wire.Flow) {
	if l := s.leg(r.CallID().Value(), wire.Tag(r.To().Params)); l != nil {
		l.ack(r)
	}
}

// Stray takes a 2xx that comes after its transaction (wire.User).
func (s *Stack) Stray(res *wire.Response, from wire.Flow) {
	if l := s.leg(res.CallID().Value(), wire.Tag(res.From().Params)); l != nil && l.out {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.taken(res, from)
	}
}

func key(callID, tag string) string { return callID + "|" + tag }

func (s *Stack) leg(callID, tag string) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[key(callID, tag)]
}

func (s *Stack) add(l *Leg) {
	s.mu.Lock()
	s.legs[key(l.CallID, l.tag)] = l
	s.mu.Unlock()
}

// forget lets go of a leg whose last retransmission has come.
func (s *Stack) forget(l *Leg) {
	s.mu.Lock()
	delete(s.legs, key(l.CallID, l.tag))
	s.mu.Unlock()
}

// settled: the peer of a call that is up goes before strangers.
func (s *Stack) settled(l *Leg) {
	from := l.way.flow.Remote.Addr()
	s.mu.Lock()
	_, known := s.knows[l]
	if !known {
		s.knows[l] = from
	}
	s.mu.Unlock()
	if !known {
		s.guard.know(from)
		l.watch(l.way.flow)
	}
}

// settle is the end of that.
func (s *Stack) settle(l *Leg) {
	s.mu.Lock()
	from, known := s.knows[l]
	delete(s.knows, l)
	s.mu.Unlock()
	if known {
		s.guard.forget(from)
	}
}

// reach finds a flow to a URI, trying its hops in order; foreign as hops has it.
func (s *Stack) reach(ctx context.Context, uri *wire.URI, foreign bool) (wire.Flow, error) {
	hops, err := s.hops(ctx, uri, foreign)
	if err != nil {
		return wire.Flow{}, err
	}
	for _, hop := range hops {
		var flow wire.Flow
		if flow, err = s.wire.Reach(ctx, hop); err == nil {
			return flow, nil
		}
	}
	return wire.Flow{}, err
}

func (s *Stack) count(what, label string) {
	if s.cfg.Wire.Count != nil {
		s.cfg.Wire.Count(what, label)
	}
}

// unreachable tells whether a URI cannot be reached from here though its owner's messages come: a private or invented address.
func unreachable(uri *wire.URI, from wire.Flow) bool {
	host := strings.Trim(uri.Host, "[]")
	if strings.HasSuffix(host, ".invalid") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	source := from.Remote.Addr()
	return err == nil && (addr.IsUnspecified() || addr.IsPrivate() && !source.IsPrivate() || addr.IsLoopback() && !source.IsLoopback())
}

// leadsTo tells whether a URI is the very address that its owner's messages come from.
func leadsTo(uri *wire.URI, from wire.Flow) bool {
	addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	return err == nil && addr == from.Remote.Addr() && port == int(from.Remote.Port())
}
