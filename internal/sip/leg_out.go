package sip

import (
	"errors"
	"strconv"
	"time"

	"bellwether/internal/sip/wire"
)

// uac is what a leg has while an INVITE of ours is not finished.
type uac struct {
	target   Target
	uri      wire.URI
	hops     []wire.Hop // where to try next
	tx       *wire.ClientTx
	sent     *wire.Request // without Via, to send again with credentials
	tries    int           // challenges answered
	rung     bool          // a provisional response has come: CANCEL may go
	acks     map[string][]byte
	forks    map[string]*fork
	patience *time.Timer
	canceled *Cause
	minSE    int
}

// fork is one early dialog (RFC 3261 section 12.1): a To tag that provisional responses came with.
type fork struct {
	peer
	rseq uint32 // the last reliable provisional answer acknowledged
}

// invite sends the INVITE along a flow; the lock is held.
func (l *Leg) invite(flow wire.Flow) {
	c := l.call
	l.seq++
	l.way.flow = flow
	r := l.build(wire.INVITE, peer{target: c.uri, routes: c.target.routes()}, l.seq)
	l.describe(r, flow, c.target.SDP)
	for _, h := range c.target.headers() {
		r.AppendHeader(h)
	}
	l.timers.ask(l.s, r, c.minSE)
	c.sent = r.Clone()
	l.transmit(r, flow)
}

func (l *Leg) transmit(r *wire.Request, flow wire.Flow) {
	c := l.call
	c.rung = false
	c.tx = l.s.wire.Send(r, flow, func(result wire.Result) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.invited(r, result)
	})
	if len(c.hops) > 0 {
		tx := c.tx
		c.patience = time.AfterFunc(8*l.s.wire.T1(), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.call.tx == tx && !l.call.rung && l.phase == early {
				tx.Abandon()
				l.next(wire.ErrTimeout)
			}
		})
	}
}

// next tries the next hop, or ends the leg with what the last one came to.
func (l *Leg) next(why error) {
	c := l.call
	if c.canceled != nil {
		l.finish(Ended{By: Us, Cause: *c.canceled})
		return
	}
	if len(c.hops) == 0 {
		l.failed(why)
		return
	}
	hop := c.hops[0]
	c.hops = c.hops[1:]
	l.s.reachHop(hop, func(flow wire.Flow, err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.phase != early || l.call.canceled != nil { // hung up meanwhile
			return
		}
		if err != nil {
			l.next(err)
			return
		}
		l.invite(flow)
	})
}

// failed ends a leg that has no final response.
func (l *Leg) failed(why error) {
	if errors.Is(why, wire.ErrTimeout) {
		l.finish(Refused{Code: 408, Reason: wire.Reason(408)})
		return
	}
	l.finish(Lost{why})
}

// invited takes a response to our INVITE; the lock is held. What belongs to an attempt given up is no longer heard, but for a 2xx.
func (l *Leg) invited(r *wire.Request, result wire.Result) {
	c := l.call
	res := result.Response
	if result.Err != nil {
		if c.tx != nil && c.tx.Request == r {
			c.still()
			if l.phase == early {
				l.next(result.Err)
			}
		}
		return
	}
	if l.phase == early {
		l.source = result.From.Remote.Addr()
	}
	switch {
	case res.IsSuccess():
		c.still()
		l.taken(res, result.From)
	case c.tx == nil || c.tx.Request != r:
	case res.StatusCode < 200 && (l.phase == early || c.canceled != nil):
		l.provisional(res, result.From)
	case l.phase == early && c.canceled != nil:
		l.finish(Ended{By: Us, Cause: *c.canceled})
	case l.phase == early:
		c.still()
		l.refusedBy(res)
	}
}

func (c *uac) still() {
	if c.patience != nil {
		c.patience.Stop()
		c.patience = nil
	}
}

func (l *Leg) provisional(res *wire.Response, from wire.Flow) {
	c := l.call
	if c.canceled == nil {
		c.still()
	}
	first := !c.rung
	c.rung = true
	if c.canceled != nil {
		if first {
			c.tx.Cancel(c.canceled.header())
		}
		return
	}
	if res.StatusCode == 100 {
		if first {
			l.emit(Trying{})
		}
		return
	}
	f := l.fork(res)
	if !l.acknowledge(f, res, from) {
		return
	}
	if sdp := sdpOf(res); len(sdp) > 0 {
		l.theirs = sdp
		l.emit(EarlyMedia{SDP: sdp, Code: res.StatusCode})
	} else if res.StatusCode != 183 {
		l.emit(Ringing{Code: res.StatusCode})
	}
}

// fork is the early dialog of a response; the first becomes the leg's until one is answered.
func (l *Leg) fork(res *wire.Response) *fork {
	tag := wire.Tag(res.To().Params)
	f := l.call.forks[tag]
	if f == nil {
		f = &fork{peer: peerOf(res)}
		l.call.forks[tag] = f
	}
	if l.peer.tag == "" {
		l.peer = f.peer
	}
	return f
}

// peerOf reads the other end from a response: the routes in reverse (RFC 3261 section 12.1.2).
func peerOf(res *wire.Response) peer {
	p := peer{tag: wire.Tag(res.To().Params)}
	if contact := res.Contact(); contact != nil {
		p.target = contact.Address
	}
	for _, route := range wire.Values(res, "Record-Route") {
		p.routes = append([]string{route}, p.routes...)
	}
	return p
}

// acknowledge sends PRACK for a reliable provisional answer (RFC 3262 section 4). It tells whether the answer is to be heeded: one
// that was acknowledged before, or that comes before its turn, is not.
func (l *Leg) acknowledge(f *fork, res *wire.Response, from wire.Flow) bool {
	if !wire.Has(res, "Require", "100rel") {
		return true
	}
	n, err := strconv.ParseUint(wire.Value(res, "RSeq"), 10, 32)
	if err != nil || f.rseq != 0 && uint32(n) != f.rseq+1 {
		return false
	}
	f.rseq = uint32(n)
	l.seq++
	r := l.build(wire.PRACK, f.peer, l.seq)
	if f.target.Host == "" {
		r.Recipient = l.call.uri
	}
	r.AppendHeader(wire.NewHeader("RAck", strconv.Itoa(int(n))+" "+res.CSeq().Value()))
	if l.way.flow.Open() {
		from = l.way.flow
	}
	l.s.wire.Send(r, from, func(wire.Result) {})
	return true
}

// taken takes a 2xx: the first makes the call, others of its fork are repetitions, those of other forks are hung up at once
// (RFC 3261 section 13.2.2.4).
func (l *Leg) taken(res *wire.Response, from wire.Flow) {
	c := l.call
	tag := wire.Tag(res.To().Params)
	if sent, again := c.acks[tag]; again {
		if sent != nil {
			_ = l.s.wire.Resend(sent, l.way.flow)
		}
		return
	}
	if l.phase != early || c.canceled != nil {
		l.unwanted(res, from)
		if l.phase == early {
			l.emit(Answered{SDP: sdpOf(res)})
			l.finish(Ended{By: Us, Cause: *c.canceled})
		}
		return
	}
	l.peer = peerOf(res)
	if l.peer.target.Host == "" {
		l.peer.target = c.uri
	}
	l.learn(res)
	l.settleWay(from)
	l.timers.asOfferer(l, res)
	l.s.settled(l)
	c.acks[tag] = nil
	l.theirs = sdpOf(res)
	l.phase = answered
	l.emit(Answered{SDP: l.theirs})
	if len(c.target.SDP) > 0 || len(l.theirs) == 0 {
		l.confirm(nil)
	}
}

// confirm sends the ACK of the 2xx, with an SDP where the 2xx was the offer.
func (l *Leg) confirm(sdp []byte) {
	c := l.call
	r := l.build(wire.ACK, l.peer, c.tx.Request.CSeq().SeqNo)
	copyCredentials(c.sent, r)
	if len(sdp) > 0 {
		l.mine = sdp
		r.AppendHeader(wire.NewHeader("Content-Type", sdpType))
	}
	r.SetBody(sdp)
	l.phase = confirmed
	tag := l.peer.tag
	l.along(func(flow wire.Flow, err error) {
		if err == nil {
			c.acks[tag], _ = l.s.wire.Write(r, flow)
		}
	})
	if l.hanging != nil {
		l.hangupNow(*l.hanging)
	}
}

// unwanted ends a 2xx that comes too late or too many: ACK, then BYE.
func (l *Leg) unwanted(res *wire.Response, from wire.Flow) {
	p := peerOf(res)
	if p.target.Host == "" {
		p.target = l.call.uri
	}
	r := l.build(wire.ACK, p, res.CSeq().SeqNo)
	copyCredentials(l.call.sent, r)
	r.SetBody(nil)
	l.call.acks[p.tag], _ = l.s.wire.Write(r, from)
	l.seq++
	bye := l.build(wire.BYE, p, l.seq)
	if c := l.call.canceled; c != nil && c.header() != "" {
		bye.AppendHeader(wire.NewHeader("Reason", c.header()))
	}
	l.s.wire.Send(bye, from, func(wire.Result) {})
}

// refusedBy takes a final response that is no 2xx.
func (l *Leg) refusedBy(res *wire.Response) {
	c := l.call
	switch {
	case c.canceled != nil:
		l.finish(Ended{By: Us, Cause: *c.canceled})
		return
	case challenged(res) && l.creds != nil && c.tries < 2:
		again := c.sent.Clone()
		l.seq++
		again.CSeq().SeqNo = l.seq
		if l.creds.authorize(again, res) {
			c.tries++
			c.sent = again.Clone()
			l.transmit(again, c.tx.Flow)
			return
		}
	case res.StatusCode == 422 && c.minSE == 0: // RFC 4028 section 7.3
		if n, ok := wire.Seconds(wire.Value(res, "Min-SE")); ok && n <= 86400 {
			c.minSE = n
			l.invite(c.tx.Flow)
			return
		}
	case res.StatusCode == 503 && len(c.hops) > 0:
		l.next(wire.ErrTimeout)
		return
	}
	e := Refused{Code: res.StatusCode, Reason: printable(res.Reason, 80), Cause: causeOf(res)}
	if res.StatusCode < 400 {
		for _, contact := range wire.Values(res, "Contact") {
			if _, uri, _, err := wire.ParseAddress(contact); err == nil {
				e.Contacts = append(e.Contacts, uri.String())
			}
		}
	}
	l.finish(e)
}

// learn notes which methods the peer takes.
func (l *Leg) learn(m wire.Message) {
	if methods := wire.Values(m, "Allow"); len(methods) > 0 {
		l.allows = map[string]bool{}
		for _, method := range methods {
			l.allows[method] = true
		}
	}
}
