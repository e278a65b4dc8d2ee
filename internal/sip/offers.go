package sip

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"time"

	"bellwether/internal/sip/wire"
)

// offers are the changes of media after a leg is up: one at a time, ours or the peer's (RFC 3261 section 14).
type offers struct {
	ours    []byte         // an offer of the leg's user that is not answered yet
	busy    bool           // a re-INVITE of ours is under way
	pending bool           // ... or waits for its turn after a glare
	tx      *wire.ServerTx // an offer of the peer that its user has not answered
	late    *repeated      // a 2xx of ours to a re-INVITE, until its ACK
	retry   *time.Timer
	ack     []byte // of our last re-INVITE
	acks    uint32 // the CSeq it is of
}

// repeated is a 2xx that is sent again until it is acknowledged.
type repeated struct {
	tx       *wire.ServerTx
	seq      uint32
	offer    bool // it was an offer: the ACK holds the answer
	interval time.Duration
	again    *time.Timer
	give     *time.Timer
}

func (o *offers) stop() {
	if o.retry != nil {
		o.retry.Stop()
	}
	o.late.stop()
	o.late, o.pending = nil, false
}

func (r *repeated) stop() {
	if r != nil {
		r.again.Stop()
		r.give.Stop()
	}
}

// Reinvite offers the peer other media: hold (a=sendonly) and resume, another address. Reanswered or Rejected tells how it went.
func (l *Leg) Reinvite(sdp []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != confirmed || l.offers.ours != nil || l.offers.busy || l.offers.tx != nil {
		return errPhase("be changed")
	}
	l.offers.ours = sdp
	l.reinvite(sdp)
	return nil
}

func (l *Leg) reinvite(sdp []byte) {
	l.offers.pending, l.offers.busy = false, true
	l.seq++
	r := l.build(wire.INVITE, l.peer, l.seq)
	l.timers.refreshing(r)
	l.along(func(flow wire.Flow, err error) {
		if err == nil {
			l.describe(r, flow, sdp)
		}
	})
	l.send(r, func(res *wire.Response, err error) { l.reinvited(sdp, res, err) })
}

// reinvited takes the final response to a re-INVITE of ours.
func (l *Leg) reinvited(sdp []byte, res *wire.Response, err error) {
	if err == nil && res.IsSuccess() && l.acknowledge2xx(res) {
		return
	}
	l.offers.busy = false
	switch {
	case l.phase == ended:
	case err != nil || res.StatusCode == 408 || res.StatusCode == 481: // the dialog is gone (RFC 3261 section 12.2.1.2)
		if err == nil {
			err = wire.ErrTimeout
		}
		l.bye(Cause{SIP: 408})
		l.finish(Lost{err})
	case res.IsSuccess():
		l.timers.asOfferer(l, res)
		l.retarget(res)
		theirs := sdpOf(res)
		refresh := bytes.Equal(sdp, l.mine) && bytes.Equal(theirs, l.theirs) && l.offers.ours == nil
		l.offers.ours, l.mine = nil, sdp
		if len(theirs) > 0 {
			l.theirs = theirs
		}
		if !refresh {
			l.emit(Reanswered{SDP: theirs})
		}
	case res.StatusCode == 491:
		l.again(sdp)
	default:
		if l.offers.ours != nil {
			l.offers.ours = nil
			l.emit(Rejected{Code: res.StatusCode})
		}
	}
}

// again offers once more after a glare: the caller's side waits 2.1 to 4 s, the other up to 2 s (RFC 3261 section 14.1).
func (l *Leg) again(sdp []byte) {
	wait := time.Duration(rand.IntN(200)) * 10 * time.Millisecond
	if l.out {
		wait = 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
	}
	l.offers.pending = true
	l.offers.retry = time.AfterFunc(wait*l.s.wire.T1()/(500*time.Millisecond), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.phase == confirmed && l.offers.pending {
			l.reinvite(sdp)
		}
	})
}

// acknowledge2xx sends the ACK of a re-INVITE, and the same again where the 2xx is a repetition, which it tells.
func (l *Leg) acknowledge2xx(res *wire.Response) (again bool) {
	if l.offers.acks == res.CSeq().SeqNo {
		_ = l.s.wire.Resend(l.offers.ack, l.way.flow)
		return true
	}
	l.offers.acks = res.CSeq().SeqNo
	r := l.build(wire.ACK, l.peer, res.CSeq().SeqNo)
	r.SetBody(nil)
	l.along(func(flow wire.Flow, err error) {
		if err == nil {
			l.offers.ack, _ = l.s.wire.Write(r, flow)
		}
	})
	return false
}

// retarget: a re-INVITE and its 2xx may name a new Contact (RFC 3261 section 12.2.1.2).
func (l *Leg) retarget(m wire.Message) {
	var contact *wire.Contact
	switch m := m.(type) {
	case *wire.Request:
		contact = m.Contact()
	case *wire.Response:
		contact = m.Contact()
	}
	if contact != nil && contact.Address.Host != "" {
		l.peer.target = contact.Address
	}
}

// offered takes re-INVITE and UPDATE of the peer.
func (l *Leg) offered(tx *wire.ServerTx) {
	r, invite := tx.Request, tx.Request.Method == wire.INVITE
	switch {
	case l.offers.busy, invite && l.phase == answered && l.out:
		l.respond(tx, 491, nil)
		return
	case l.offers.tx != nil || l.offers.late != nil && invite, invite && l.phase != confirmed:
		res := wire.Answer(r, 500, l.tag)
		res.AppendHeader(wire.NewHeader("Retry-After", strconv.Itoa(rand.IntN(11))))
		tx.Respond(res)
		return
	case !fits(r):
		l.respond(tx, 415, nil)
		return
	}
	if l.timers.tooBrief(l.s, tx) {
		return
	}
	l.retarget(r)
	offer := sdpOf(r)
	refresh := len(offer) > 0 && bytes.Equal(offer, l.theirs) && l.mine != nil
	switch {
	case !invite && len(offer) == 0: // UPDATE without an offer keeps the session alive
		l.grant(tx, nil, false)
	case refresh:
		l.grant(tx, l.mine, invite)
	default:
		if invite {
			tx.Respond(wire.Answer(r, 100, ""))
			tx.OnCancel(func(*wire.Request) { l.withdrawn(tx) })
		}
		l.offers.tx = tx
		l.emit(Reinvited{SDP: offer, Direction: DirectionOf(offer)})
	}
}

// withdrawn: the peer has cancelled its re-INVITE; what was agreed before stands.
func (l *Leg) withdrawn(tx *wire.ServerTx) {
	go func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.offers.tx == tx {
			l.offers.tx = nil
			tx.Respond(wire.Answer(tx.Request, 487, l.tag))
		}
	}()
}

// AnswerOffer accepts what Reinvited offered, or the offer in Answered where Target.SDP was empty.
func (l *Leg) AnswerOffer(sdp []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out && l.phase == answered {
		l.confirm(sdp)
		return nil
	}
	tx := l.offers.tx
	if tx == nil || l.phase == ended {
		return errPhase("answer an offer")
	}
	l.offers.tx = nil
	l.grant(tx, sdp, tx.Request.Method == wire.INVITE)
	return nil
}

// RefuseOffer declines what Reinvited offered (488): the leg goes on as it was.
func (l *Leg) RefuseOffer(code int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx := l.offers.tx
	if tx == nil || code < 300 {
		return errPhase("refuse an offer")
	}
	l.offers.tx = nil
	l.respond(tx, code, nil)
	return nil
}

// grant answers 200, and to a re-INVITE again and again until its ACK.
func (l *Leg) grant(tx *wire.ServerTx, sdp []byte, repeat bool) {
	res := wire.Answer(tx.Request, 200, l.tag)
	l.describe(res, tx.Flow, sdp)
	l.timers.asAnswerer(l, tx.Request, res)
	if len(sdp) > 0 {
		l.mine = sdp
	}
	offer := sdpOf(tx.Request)
	if len(offer) > 0 {
		l.theirs = offer
	}
	tx.Respond(res)
	if !repeat {
		return
	}
	late := &repeated{tx: tx, seq: tx.Request.CSeq().SeqNo, offer: len(offer) == 0, interval: l.s.wire.T1()}
	late.again = time.AfterFunc(late.interval, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.offers.late == late {
			late.tx.Again()
			late.interval = min(2*late.interval, l.s.wire.T2())
			late.again.Reset(late.interval)
		}
	})
	late.give = time.AfterFunc(64*l.s.wire.T1(), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.offers.late == late && l.phase != ended {
			l.bye(Cause{SIP: 408, Text: "No ACK"})
			l.finish(Lost{wire.ErrTimeout})
		}
	})
	l.offers.late = late
}

// acked takes the ACK of a re-INVITE; the lock is held.
func (o *offers) acked(l *Leg, r *wire.Request) {
	late := o.late
	if late == nil || r.CSeq().SeqNo != late.seq {
		return
	}
	late.stop()
	o.late = nil
	if sdp := sdpOf(r); late.offer && len(sdp) > 0 {
		l.theirs = sdp
		l.emit(Reanswered{SDP: sdp})
	}
}
