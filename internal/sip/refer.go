package sip

import (
	"net/url"
	"strconv"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/sip/wire"
)

// referral is a transfer under way, asked for by the peer or by us (RFC 3515).
type referral struct {
	tx      *wire.ServerTx // REFER of the peer, not answered yet
	id      uint32         // its CSeq: names the subscription
	active  bool           // accepted, NOTIFYs are due
	waiting bool           // REFER of ours is out
	silent  bool           // the peer wants no NOTIFY (RFC 4488)
}

// referTo is what a REFER asks for; code is what it is refused with, or 0.
type referTo struct {
	event Referred
	code  int
}

func (s *Stack) referTo(r *wire.Request) referTo {
	_, uri, _, err := wire.ParseAddress(wire.Value(r, "Refer-To"))
	if err != nil || len(wire.Values(r, "Refer-To")) != 1 || uri.Scheme != "sip" && uri.Scheme != "sips" && uri.Scheme != "tel" {
		return referTo{code: 400}
	}
	e := Referred{User: printable(userOf(&uri), 64), By: printable(wire.Value(r, "Referred-By"), 200)}
	if replaces, found := uri.Headers.Get("Replaces"); found {
		if text, err := url.QueryUnescape(replaces); err == nil {
			e.Replaces = s.replaced(text)
		}
		if e.Replaces == nil {
			return referTo{code: 481}
		}
	}
	uri.Headers = nil
	e.Target = uri.String()
	return referTo{event: e}
}

// referred takes REFER of the peer.
func (l *Leg) referred(tx *wire.ServerTx, to referTo) {
	switch {
	case to.code != 0:
		l.respond(tx, to.code, nil)
	case to.event.Replaces == l:
		l.respond(tx, 400, nil)
	case l.refer.tx != nil || l.refer.active || l.phase != confirmed:
		l.respond(tx, 491, nil)
	default:
		l.refer = referral{tx: tx, id: tx.Request.CSeq().SeqNo, silent: strings.EqualFold(wire.Value(tx.Request, "Refer-Sub"), "false")}
		l.emit(to.event)
	}
}

// AcceptRefer agrees to what Referred asked (202); Notify tells the peer how it goes.
func (l *Leg) AcceptRefer() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx := l.refer.tx
	if tx == nil {
		return errPhase("accept a transfer")
	}
	l.refer.tx, l.refer.active = nil, true
	res := wire.Answer(tx.Request, 202, l.tag)
	contact := wire.Contact{Address: l.s.wire.ContactURI(l.user, tx.Flow)}
	res.AppendHeader(&contact)
	if l.refer.silent {
		res.AppendHeader(wire.NewHeader("Refer-Sub", "false"))
	}
	tx.Respond(res)
	l.notify(100)
	return nil
}

// RefuseRefer declines what Referred asked, with 403, 603 and the like.
func (l *Leg) RefuseRefer(code int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx := l.refer.tx
	if tx == nil || code < 300 {
		return errPhase("refuse a transfer")
	}
	l.refer.tx = nil
	l.respond(tx, code, nil)
	return nil
}

// Notify tells the peer that asked for a transfer how the call to the target goes: 180, 200, 486. From 200 on it is over.
func (l *Leg) Notify(code int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.refer.active || l.phase == ended {
		return errPhase("tell of a transfer")
	}
	l.notify(code)
	return nil
}

func (l *Leg) notify(code int) {
	state := "active;expires=60"
	if code >= 200 {
		state = "terminated;reason=noresource"
		l.refer.active = false
	}
	if l.refer.silent {
		return
	}
	l.seq++
	r := l.build(wire.NOTIFY, l.peer, l.seq)
	r.AppendHeader(wire.NewHeader("Event", "refer;id="+strconv.Itoa(int(l.refer.id))))
	r.AppendHeader(wire.NewHeader("Subscription-State", state))
	r.AppendHeader(wire.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	r.SetBody([]byte("SIP/2.0 " + strconv.Itoa(code) + " " + wire.Reason(code) + "\r\n"))
	l.send(r, func(*wire.Response, error) {})
}

// Refer asks the peer to call a target itself; with a leg, in the place of that leg (RFC 3891). Transfer events tell how it goes.
func (l *Leg) Refer(target string, replaces *Leg) error {
	uri, err := wire.ParseURI(target)
	if err != nil {
		return errURI(target)
	}
	value := "<" + uri.String() + ">"
	if replaces != nil {
		value = "<" + uri.String() + "?Replaces=" + url.QueryEscape(replaces.replaceable()) + ">"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != confirmed || l.refer.waiting {
		return errPhase("be transferred")
	}
	l.refer.waiting = true
	l.seq++
	r := l.build(wire.REFER, l.peer, l.seq)
	r.AppendHeader(wire.NewHeader("Refer-To", value))
	r.AppendHeader(wire.NewHeader("Referred-By", l.from))
	l.send(r, func(res *wire.Response, err error) {
		if err == nil && res.IsSuccess() {
			return
		}
		l.refer.waiting = false
		code := 408
		if err == nil {
			code = res.StatusCode
		}
		l.emit(Transfer{Code: code})
	})
	return nil
}

// replaceable names the leg as its peer would in Replaces.
func (l *Leg) replaceable() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.CallID + ";to-tag=" + l.peer.tag + ";from-tag=" + l.tag
}

// notified takes NOTIFY about a transfer that we asked for.
func (l *Leg) notified(tx *wire.ServerTx) {
	r := tx.Request
	event, _, _ := strings.Cut(wire.Value(r, "Event"), ";")
	if !l.refer.waiting || !strings.EqualFold(strings.TrimSpace(event), "refer") {
		l.respond(tx, 489, nil)
		return
	}
	l.respond(tx, 200, nil)
	fields := strings.Fields(string(r.Body()))
	if len(fields) >= 2 && strings.HasPrefix(fields[0], "SIP/2.0") {
		if code, err := strconv.Atoi(fields[1]); err == nil && code >= 100 && code < 700 {
			l.refer.waiting = code < 200
			l.emit(Transfer{Code: code})
		}
	}
	if strings.HasPrefix(strings.ToLower(wire.Value(r, "Subscription-State")), "terminated") {
		l.refer.waiting = false
	}
}

// replaced finds the leg that a Replaces header names (RFC 3891 section 3): its to-tag is ours.
func (s *Stack) replaced(value string) *Leg {
	l := s.named(value)
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == ended {
		return nil
	}
	return l
}

// named finds the leg of a Replaces header, also one that has ended a moment ago.
func (s *Stack) named(value string) *Leg {
	callID, _, _ := strings.Cut(value, ";")
	to, _ := wire.Param(value, "to-tag")
	from, _ := wire.Param(value, "from-tag")
	if l := s.leg(strings.TrimSpace(callID), to); l != nil && l.with(from) {
		return l
	}
	return nil
}

// toReplace finds the leg whose place a new call is to take, or the code with which the call is refused (RFC 3891 section 3): 603 where
// the leg has ended, 486 where the caller wants it only as long as it rings, 481 where there is none, or one that the peer calls us on.
func (s *Stack) toReplace(value string) (*Leg, int) {
	l := s.named(value)
	if l == nil {
		return nil, 481
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ringing := wire.Param(value, "early-only")
	switch {
	case l.phase == ended:
		return nil, 603
	case l.phase == early && !l.out:
		return nil, 481
	case l.phase != early && ringing:
		return nil, 486
	}
	return l, 0
}

func errURI(text string) error {
	return errs.New(errs.Invalid, "sip.bad_uri", "%q is not a SIP URI", printable(text, 100)).Try("write it as sip:user@host")
}
