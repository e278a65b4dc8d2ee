package sip

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/sip/wire"
)

// legPhase is how far a leg is.
type legPhase uint8

const (
	early     legPhase = iota // INVITE is on its way or waits for an answer
	answered                  // 2xx sent, ACK not yet here; or 2xx received, ACK not yet sent
	confirmed                 // up
	ended                     // its last event is out; kept a while to answer what comes late
)

// Party is one end of a call, as it names itself.
type Party struct {
	Name string // display name, printable, at most 128 runes
	User string // user part of its URI
	Host string
}

// Leg is one dialog with one peer, as its user sees it. Its methods may be called from anywhere, also from the function that
// takes its events; none of them waits for the network.
type Leg struct {
	ID      string // unique among the legs of all nodes
	CallID  string
	Account string // the account of ours at the other end, or ""
	Trunk   string // the trunk it goes over, or ""

	s   *Stack
	out bool // we sent the INVITE
	mu  sync.Mutex

	phase    legPhase
	tag      string // ours
	from, to string // the values of our From and our To, without tags
	peer     peer
	seq      uint32 // our last CSeq
	heard    uint32 // the peer's last CSeq
	way      way
	source   netip.Addr // whence the peer's first word came
	user     string     // of our Contact
	creds    *Credentials
	foreign  bool            // a project wrote where it goes: it stays on the public network
	allows   map[string]bool // methods the peer takes; nil where it has not said

	in      *uas
	call    *uac
	offers  offers
	timers  sessionTimer
	refer   referral
	hanging *Cause // BYE as soon as it is allowed

	mine, theirs []byte // the last SDP of each side

	tell     func(*Leg, Event)
	queue    []Event
	draining bool
	over     bool          // the last event is queued
	gone     chan struct{} // closed with it
}

// peer is what we know of the other end of a dialog; each fork has one.
type peer struct {
	tag    string
	target wire.URI
	routes []string
}

func newLeg(s *Stack, out bool) *Leg {
	return &Leg{ID: wire.Token(), s: s, out: out, tag: wire.Token(), user: "bw", gone: make(chan struct{})}
}

// Source is whence the peer's signalling comes: its INVITE, or its answers to ours; the zero Addr before there was one.
func (l *Leg) Source() netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source
}

// Listen says what takes the leg's events: one at a time, in order, from the first on. It must not block for long.
func (l *Leg) Listen(tell func(*Leg, Event)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell = tell
	l.drain()
}

// emit queues an event; the lock is held. After a last event there are none.
func (l *Leg) emit(e Event) {
	if l.over {
		return
	}
	switch e.(type) {
	case Refused, Ended, Lost:
		l.over = true
	}
	l.queue = append(l.queue, e)
	l.drain()
}

// drain hands the events over in a goroutine, so that neither side waits for the other.
func (l *Leg) drain() {
	if l.draining || l.tell == nil || len(l.queue) == 0 {
		return
	}
	l.draining = true
	go func() {
		for {
			l.mu.Lock()
			if len(l.queue) == 0 {
				l.draining = false
				l.mu.Unlock()
				return
			}
			next, tell := l.queue[0], l.tell
			l.queue = l.queue[1:]
			l.mu.Unlock()
			tell(l, next)
		}
	}()
}

// finish emits the last event and lets the leg go after the time in which retransmissions can come.
func (l *Leg) finish(e Event) {
	if l.phase == ended {
		return
	}
	l.phase = ended
	close(l.gone)
	l.emit(e)
	l.timers.stop()
	l.offers.stop()
	l.s.settle(l)
	time.AfterFunc(64*l.s.wire.T1(), func() { l.s.forget(l) })
}

// reconnect is how long a browser whose connection has ended may come back with a new one before its calls are lost, in T1: 15 s.
const reconnect = 30

// watch loses the leg when the connection that is the only way to its peer has ended and no new one has taken its place.
func (l *Leg) watch(flow wire.Flow) {
	if !flow.Bound() {
		return
	}
	go func() {
		select {
		case <-l.gone:
			return
		case <-flow.Done():
		}
		wait := time.NewTimer(reconnect * l.s.wire.T1())
		defer wait.Stop()
		select {
		case <-l.gone:
			return
		case <-l.s.context.Done():
			return
		case <-wait.C:
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.way.flow.Open() {
			l.finish(Lost{wire.ErrGone})
		}
	}()
}

// way is where a dialog's requests go: a flow, found out when the first is sent where it has to be.
type way struct {
	flow    wire.Flow
	settled bool
	finding bool
	waiting []func(wire.Flow, error)
}

// along calls do with the flow of the dialog, at once where it is known. The lock is held, there and here.
func (l *Leg) along(do func(wire.Flow, error)) {
	switch {
	case l.way.settled && l.way.flow.Open():
		do(l.way.flow, nil)
		return
	case l.way.settled && l.way.flow.Bound():
		do(l.way.flow, wire.ErrGone)
		return
	}
	l.way.waiting = append(l.way.waiting, do)
	if l.way.finding {
		return
	}
	l.way.finding = true
	uri := l.nextHop()
	go func() {
		ctx, stop := context.WithTimeout(l.s.context, 10*time.Second)
		defer stop()
		flow, err := l.s.reach(ctx, &uri, l.foreign)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.way.flow, l.way.settled, l.way.finding = flow, err == nil, false
		waiting := l.way.waiting
		l.way.waiting = nil
		for _, do := range waiting {
			do(flow, err)
		}
	}()
}

// nextHop is the first route, or the target (RFC 3261 section 12.2.1.1).
func (l *Leg) nextHop() wire.URI {
	if len(l.peer.routes) > 0 {
		if _, uri, _, err := wire.ParseAddress(l.peer.routes[0]); err == nil {
			return uri
		}
	}
	return l.peer.target
}

// settleWay decides, once the dialog stands, where its requests go: to where its messages came from for phones of ours and
// whoever cannot be reached otherwise; else where its route or Contact says.
func (l *Leg) settleWay(from wire.Flow) {
	hop := l.nextHop()
	l.way.flow = from
	l.way.settled = l.Account != "" || from.Bound() || (from.Reliable() && len(l.peer.routes) == 0) || unreachable(&hop, from) || leadsTo(&hop, from)
}

// build makes a request inside the dialog with a peer (RFC 3261 section 12.2.1.1).
func (l *Leg) build(method wire.Method, p peer, seq uint32) *wire.Request {
	target, routes := p.target, p.routes
	if len(routes) > 0 {
		if _, uri, _, err := wire.ParseAddress(routes[0]); err == nil && !uri.UriParams.Has("lr") { // a strict router
			routes = append(append([]string{}, routes[1:]...), "<"+target.String()+">")
			target = uri
			target.Headers = nil
		}
	}
	r := wire.NewRequest(method, target)
	for _, route := range routes {
		r.AppendHeader(wire.NewHeader("Route", route))
	}
	l.address(r, p.tag, seq)
	return r
}

// address puts From, To, Call-ID and CSeq.
func (l *Leg) address(r *wire.Request, toTag string, seq uint32) {
	from := wire.From{}
	from.DisplayName, from.Address, _, _ = wire.ParseAddress(l.from)
	from.Params = wire.Params{{K: "tag", V: l.tag}}
	to := wire.To{}
	to.DisplayName, to.Address, _, _ = wire.ParseAddress(l.to)
	if toTag != "" {
		to.Params = wire.Params{{K: "tag", V: toTag}}
	}
	callID := wire.CallID(l.CallID)
	r.AppendHeader(&from)
	r.AppendHeader(&to)
	r.AppendHeader(&callID)
	r.AppendHeader(&wire.CSeq{SeqNo: seq, MethodName: r.Method})
}

// describe adds what an offer or answer of a dialog carries: Contact, what we take, and the body.
func (l *Leg) describe(m wire.Message, flow wire.Flow, sdp []byte) {
	contact := wire.Contact{Address: l.s.wire.ContactURI(l.user, flow)}
	m.AppendHeader(&contact)
	m.AppendHeader(wire.NewHeader("Allow", allow))
	m.AppendHeader(wire.NewHeader("Supported", "timer, 100rel, replaces, norefersub"))
	if len(sdp) > 0 {
		m.AppendHeader(wire.NewHeader("Content-Type", sdpType))
		m.SetBody(sdp)
	}
}

// allow are the methods we take.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY"

// send sends a request inside the dialog, again with credentials where it is challenged, and gives its final response or an
// error. The lock is held when it is called and when done is.
func (l *Leg) send(r *wire.Request, done func(*wire.Response, error)) {
	l.attempt(r, 0, done)
}

func (l *Leg) attempt(r *wire.Request, tries int, done func(*wire.Response, error)) {
	l.along(func(flow wire.Flow, err error) {
		if err != nil {
			done(nil, err)
			return
		}
		if r.Contact() == nil && needsContact(r.Method) {
			contact := wire.Contact{Address: l.s.wire.ContactURI(l.user, flow)}
			r.AppendHeader(&contact)
		}
		plain := r
		if l.creds != nil {
			plain = r.Clone() // the one sent gets a Via
		}
		l.s.wire.Send(r, flow, func(result wire.Result) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.result(plain, result, tries, done)
		})
	})
}

func needsContact(m wire.Method) bool {
	return m == wire.INVITE || m == wire.UPDATE || m == wire.REFER || m == wire.NOTIFY
}

func (l *Leg) result(plain *wire.Request, result wire.Result, tries int, done func(*wire.Response, error)) {
	res := result.Response
	if result.Err != nil {
		done(nil, result.Err)
		return
	}
	if res.StatusCode < 200 {
		return
	}
	if challenged(res) && l.creds != nil && tries < 2 {
		l.seq++
		again := plain.Clone()
		again.CSeq().SeqNo = l.seq
		if l.creds.authorize(again, res) {
			l.attempt(again, tries+1, done)
			return
		}
	}
	done(res, nil)
}

// errPhase: a method was called that the leg is not in the state for.
func errPhase(what string) error {
	return errs.New(errs.Conflict, "sip.leg_state", "the leg is not in a state to %s", what).Try("wait for the event that allows it")
}

func challenged(res *wire.Response) bool { return res.StatusCode == 401 || res.StatusCode == 407 }

// Peer is who the other end is, by From or To.
func (l *Leg) Peer() Party {
	return partyOf(l.to)
}

func partyOf(value string) Party {
	name, uri, _, _ := wire.ParseAddress(value)
	return Party{Name: printable(strings.Trim(name, `"`), 128), User: printable(userOf(&uri), 64), Host: printable(uri.Host, 128)}
}

// userOf is the user part of a SIP URI, or the number of a tel URI.
func userOf(uri *wire.URI) string {
	if uri.Scheme == "tel" {
		number, _, _ := strings.Cut(uri.Raw(), ";")
		return number
	}
	return uri.User
}
