package sip

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/sip/wire"
)

// Hangup ends the leg however far it is: CANCEL, a refusal, or BYE. It may be called at any time and more than once.
func (l *Leg) Hangup(cause Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangupNow(cause)
}

func (l *Leg) hangupNow(cause Cause) {
	switch {
	case l.phase == ended:
	case l.phase == early && l.out:
		l.cancel(cause)
	case l.phase == early:
		code := 480
		if cause.SIP >= 400 {
			code = cause.SIP
		}
		l.turnDown(code, cause)
		l.finish(Ended{By: Us, Cause: cause})
	case l.phase == answered && l.out: // their offer is not answered: there is nothing to say but goodbye
		l.hanging = nil
		l.confirm(nil)
		l.bye(cause)
		l.finish(Ended{By: Us, Cause: cause})
	case l.phase == answered: // BYE has to wait for the ACK (RFC 3261 section 15)
		l.hanging = &cause
	default:
		l.bye(cause)
		l.finish(Ended{By: Us, Cause: cause})
	}
}

// cancel ends a call that is not answered: once its peer has said so, or has answered all the same, which is told then (Rule T-11).
// On the wire CANCEL waits for the first provisional response (RFC 3261 section 9.1).
func (l *Leg) cancel(cause Cause) {
	c := l.call
	if c.canceled != nil {
		return
	}
	c.canceled = &cause
	c.still()
	if !c.rung { // nobody was reached: should somebody answer all the same, they are hung up without a word
		l.finish(Ended{By: Us, Cause: cause})
		return
	}
	c.tx.Cancel(cause.header())
	c.patience = time.AfterFunc(cancelPatience*l.s.wire.T1(), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.finish(Ended{By: Us, Cause: cause})
	})
}

// cancelPatience is how long a cancelled call waits for what became of it, in T1: 4 s.
const cancelPatience = 8

// Goodbye ends a dialog that Resume brought back, and tells once, on a goroutine of the stack, whether its peer knows: nil after any
// final answer but a refusal that leaves the dialog as it is (401, 407 and 5xx), else why it may not know. It must not call the leg.
func (l *Leg) Goodbye(cause Cause, tell func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == ended {
		tell(nil)
		return
	}
	l.byeThen(cause, func(res *wire.Response, err error) {
		if err == nil && (challenged(res) || res.StatusCode >= 500 && res.StatusCode < 600) {
			err = fmt.Errorf("BYE was answered with %d", res.StatusCode)
		}
		tell(err)
	})
	l.finish(Ended{By: Us, Cause: cause})
}

func (l *Leg) bye(cause Cause) { l.byeThen(cause, func(*wire.Response, error) {}) }

func (l *Leg) byeThen(cause Cause, then func(*wire.Response, error)) {
	l.seq++
	r := l.build(wire.BYE, l.peer, l.seq)
	if reason := cause.header(); reason != "" {
		r.AppendHeader(wire.NewHeader("Reason", reason))
	}
	l.send(r, then)
}

// receive takes a request of the peer inside the dialog. Older ones than the last are refused (RFC 3261 section 12.2.2).
func (l *Leg) receive(tx *wire.ServerTx) {
	r := tx.Request
	var to referTo
	if r.Method == wire.REFER {
		to = l.s.referTo(r) // looks at another leg, or at this one: not under the lock
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := r.CSeq().SeqNo
	if l.phase == ended {
		code := 481
		if r.Method == wire.BYE {
			code = 200
		}
		l.respond(tx, code, nil)
		return
	}
	if l.heard != 0 && seq <= l.heard {
		l.respond(tx, 500, nil)
		return
	}
	l.heard = seq
	l.learn(r)
	l.follow(tx)
	l.take(tx, to)
}

// follow notes where a phone of ours writes from now: behind NAT that changes.
func (l *Leg) follow(tx *wire.ServerTx) {
	if l.way.settled && (l.Account != "" || tx.Flow.Bound()) && !tx.Flow.Same(l.way.flow) && tx.Flow.Transport == l.way.flow.Transport {
		l.way.flow = tx.Flow
		l.watch(tx.Flow)
	}
}

func (l *Leg) take(tx *wire.ServerTx, to referTo) {
	switch tx.Request.Method {
	case wire.BYE:
		l.hungUp(tx)
	case wire.INVITE, wire.UPDATE:
		l.offered(tx)
	case wire.PRACK:
		l.prack(tx)
	case wire.INFO:
		l.info(tx)
	case wire.REFER:
		l.referred(tx, to)
	case wire.NOTIFY:
		l.notified(tx)
	case wire.OPTIONS:
		l.respond(tx, 200, nil)
	default:
		res := wire.Answer(tx.Request, 405, l.tag)
		res.AppendHeader(wire.NewHeader("Allow", allow))
		tx.Respond(res)
	}
}

// hungUp takes BYE. A caller may send it before the answer, too (RFC 3261 section 15.1.2).
func (l *Leg) hungUp(tx *wire.ServerTx) {
	l.respond(tx, 200, nil)
	if l.in != nil && l.phase == early {
		l.turnDown(487, Cause{})
	}
	if l.in != nil {
		l.in.still()
	}
	l.finish(Ended{By: Peer, Cause: causeOf(tx.Request)})
}

// info takes a key in one of the two bodies that are in use, or passes the body on.
func (l *Leg) info(tx *wire.ServerTx) {
	l.respond(tx, 200, nil)
	kind, _ := mediaType(tx.Request)
	e := Info{Type: kind, Body: tx.Request.Body()}
	switch kind {
	case "application/dtmf-relay":
		e.Digit, e.Duration = relay(e.Body)
	case "application/dtmf":
		e.Digit = digit(string(bytes.TrimSpace(e.Body)))
	}
	l.emit(e)
}

// relay reads "Signal=5" and "Duration=160" (in ms) of application/dtmf-relay.
func relay(body []byte) (key byte, d time.Duration) {
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			key = digit(value)
		case "duration":
			if ms, err := strconv.Atoi(value); err == nil && ms > 0 && ms < 60_000 {
				d = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return key, d
}

func digit(s string) byte {
	switch s {
	case "10":
		return '*'
	case "11":
		return '#'
	}
	if len(s) == 1 && strings.Contains("0123456789*#ABCD", strings.ToUpper(s)) {
		return strings.ToUpper(s)[0]
	}
	return 0
}

// mediaType is the type of a body in lower case and its parameters.
func mediaType(m wire.Message) (kind, params string) {
	kind, params, _ = strings.Cut(wire.Value(m, "Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind)), params
}
