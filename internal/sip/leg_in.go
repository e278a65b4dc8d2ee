package sip

import (
	"strconv"
	"strings"
	"time"

	"bellwether/internal/sip/wire"
)

// uas is what a leg has while an INVITE of the peer is not finished: the transaction, reliable provisional answers, and the
// repetition of the 2xx until its ACK.
type uas struct {
	tx       *wire.ServerTx
	reliable bool // the caller requires 100rel (RFC 3262)
	rseq     uint32
	waiting  []provisional // sent one after the other, each when the one before is acknowledged
	repeat   *time.Timer
	interval time.Duration
	give     *time.Timer
	remind   *time.Timer // repeats the last provisional answer
	answer   []byte      // the SDP of a 2xx that waits for a PRACK
	queued   bool
}

type provisional struct {
	code int
	sdp  []byte
}

// Ring tells the caller that somebody is alerted (180).
func (l *Leg) Ring() error { return l.provide(180, nil) }

// Progress answers 183 with media before the answer.
func (l *Leg) Progress(sdp []byte) error { return l.provide(183, sdp) }

func (l *Leg) provide(code int, sdp []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.in == nil || l.phase != early || l.in.queued {
		return errPhase("ring")
	}
	if sdp != nil {
		l.mine = sdp
	}
	if !l.in.reliable {
		l.in.tx.Respond(l.reply(code, sdp))
		l.remind()
		return nil
	}
	l.in.waiting = append(l.in.waiting, provisional{code, sdp})
	if len(l.in.waiting) == 1 {
		l.provideNext()
	}
	return nil
}

// remind repeats the last provisional answer each minute: proxies on the way forget a call that says nothing for three (RFC 3261
// section 13.3.1.1).
func (l *Leg) remind() {
	if l.in.remind != nil {
		l.in.remind.Stop()
	}
	l.in.remind = time.AfterFunc(time.Minute, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.phase == early {
			l.in.tx.Again()
			l.in.remind.Reset(time.Minute)
		}
	})
}

// provideNext sends the first waiting provisional answer reliably (RFC 3262 section 3). Without a PRACK in 64 T1 the call fails.
func (l *Leg) provideNext() {
	in, p := l.in, l.in.waiting[0]
	if in.rseq == 0 {
		in.rseq = 1
	} else {
		in.rseq++
	}
	res := l.reply(p.code, p.sdp)
	res.AppendHeader(wire.NewHeader("Require", "100rel"))
	res.AppendHeader(wire.NewHeader("RSeq", strconv.Itoa(int(in.rseq))))
	in.tx.Respond(res)
	l.repeatUntil(func() {
		in.tx.Respond(l.reply(504, nil))
		l.finish(Lost{wire.ErrTimeout})
	})
}

// repeatUntil sends the last answer again and again, at T1, 2 T1 ... at most T2, and gives up after 64 T1.
func (l *Leg) repeatUntil(giveUp func()) {
	in := l.in
	in.still()
	in.interval = l.s.wire.T1()
	again := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if in.repeat == nil {
			return
		}
		in.tx.Again()
		in.interval = min(2*in.interval, l.s.wire.T2())
		in.repeat.Reset(in.interval)
	}
	in.repeat = time.AfterFunc(in.interval, again)
	in.give = time.AfterFunc(64*l.s.wire.T1(), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if in.give != nil {
			in.still()
			giveUp()
		}
	})
}

// still stops the repetition.
func (in *uas) still() {
	for _, t := range []*time.Timer{in.repeat, in.give} {
		if t != nil {
			t.Stop()
		}
	}
	in.repeat, in.give = nil, nil
}

// prack takes the acknowledgement of a reliable provisional answer (RFC 3262 section 3).
func (l *Leg) prack(tx *wire.ServerTx) {
	fields := strings.Fields(wire.Value(tx.Request, "RAck"))
	in := l.in
	if in == nil || len(in.waiting) == 0 || in.repeat == nil || len(fields) != 3 || fields[0] != strconv.Itoa(int(in.rseq)) ||
		fields[1] != strconv.Itoa(int(in.tx.Request.CSeq().SeqNo)) {
		l.respond(tx, 481, nil)
		return
	}
	in.still()
	in.waiting = in.waiting[1:]
	l.respond(tx, 200, nil)
	switch {
	case len(in.waiting) > 0:
		l.provideNext()
	case in.queued:
		l.accept(in.answer)
	}
}

// Answer takes the call with our SDP: the answer to the caller's offer, or an offer where it made none.
func (l *Leg) Answer(sdp []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.in == nil || l.phase != early || l.in.queued {
		return errPhase("be answered")
	}
	if len(l.in.waiting) > 0 {
		l.in.queued, l.in.answer = true, sdp
		return nil
	}
	l.accept(sdp)
	return nil
}

func (l *Leg) accept(sdp []byte) {
	l.phase, l.mine = answered, sdp
	res := l.reply(200, sdp)
	l.timers.asAnswerer(l, l.in.tx.Request, res)
	l.in.tx.Respond(res)
	l.repeatUntil(func() { // the caller is gone (RFC 3261 section 13.3.1.4)
		l.bye(Cause{SIP: 408, Text: "No ACK"})
		l.finish(Lost{wire.ErrTimeout})
	})
}

// ack takes the ACK of a 2xx of ours, of the first INVITE or a later one.
func (l *Leg) ack(r *wire.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == answered && l.in != nil && r.CSeq().SeqNo == l.in.tx.Request.CSeq().SeqNo {
		l.in.still()
		l.phase = confirmed
		sdp := sdpOf(r)
		if len(sdp) > 0 {
			l.theirs = sdp
		}
		l.emit(Confirmed{SDP: sdp})
		if l.hanging != nil {
			l.hangupNow(*l.hanging)
		}
		return
	}
	l.offers.acked(l, r)
}

// Refuse ends a call that is offered to us: 486 busy, 480 no answer, 603 declined, 404 no such number and the like.
func (l *Leg) Refuse(code int, cause Cause) error {
	return l.reject(code, cause)
}

// Redirect sends the caller elsewhere (302), to URIs.
func (l *Leg) Redirect(targets ...string) error {
	var contacts []wire.Header
	for i, target := range targets {
		uri, err := wire.ParseURI(target)
		if err != nil {
			return errURI(target)
		}
		contacts = append(contacts, &wire.Contact{Address: uri, Params: wire.Params{{K: "q", V: "0." + strconv.Itoa(9-min(i, 8))}}})
	}
	return l.reject(302, Cause{}, contacts...)
}

func (l *Leg) reject(code int, cause Cause, headers ...wire.Header) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.in == nil || l.phase != early || code < 300 || code > 699 {
		return errPhase("be refused")
	}
	l.turnDown(code, cause, headers...)
	l.finish(Ended{By: Us, Cause: cause})
	return nil
}

func (l *Leg) turnDown(code int, cause Cause, headers ...wire.Header) {
	l.in.still()
	res := wire.Answer(l.in.tx.Request, code, l.tag)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if reason := cause.header(); reason != "" {
		res.AppendHeader(wire.NewHeader("Reason", reason))
	}
	l.in.tx.Respond(res)
}

// canceled takes the caller's CANCEL: 487 (RFC 3261 section 9.2).
func (l *Leg) canceled(cancel *wire.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != early || l.in == nil {
		return
	}
	l.turnDown(487, Cause{})
	l.finish(Ended{By: Peer, Cause: causeOf(cancel)})
}

// reply makes an answer to the INVITE with our tag and Contact.
func (l *Leg) reply(code int, sdp []byte) *wire.Response {
	res := wire.Answer(l.in.tx.Request, code, l.tag)
	if code > 100 && code < 300 {
		l.describe(res, l.in.tx.Flow, sdp)
	}
	return res
}

// respond answers another request of the peer inside the dialog.
func (l *Leg) respond(tx *wire.ServerTx, code int, sdp []byte) {
	res := wire.Answer(tx.Request, code, l.tag)
	if code < 300 && (tx.Request.Method == wire.INVITE || tx.Request.Method == wire.UPDATE) {
		l.describe(res, tx.Flow, sdp)
	}
	tx.Respond(res)
}
