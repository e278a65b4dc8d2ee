package sip

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/sip/wire"
)

// Incoming is a call offered to us, by an account that has signed in or by a trunk.
type Incoming struct {
	*Leg
	Caller   Party  // From; of a trunk P-Asserted-Identity where there is one
	Dialled  string // digits, +, * and #, nothing else; empty where a trunk calls the line that we registered, and no number
	Offer    []byte // SDP; empty: the caller wants ours
	Replaces *Leg   // the leg whose place it is to take: one that is up, or that we dial; or nil
	Private  bool   // the caller withholds its number
	Late     bool   // the stack drains: it is to be refused with 503, unless it is one to the emergency services

	Secure bool // the INVITE came encrypted: nobody on the way has read it

	request *wire.Request
}

// Header gives a header of the INVITE, made printable.
func (in *Incoming) Header(name string) string { return printable(wire.Value(in.request, name), 512) }

// invited takes an INVITE outside of dialogs. Who it is from is found out in a goroutine: that may ask a database.
func (s *Stack) invited(tx *wire.ServerTx) {
	r := tx.Request
	if code := unfit(r); code != 0 {
		s.refuseInvite(tx, code)
		return
	}
	twin := r.CallID().Value() + "|" + wire.Tag(r.From().Params) + "|" + strconv.Itoa(int(r.CSeq().SeqNo))
	branch := r.Via().Value() // once more the same: a copy of one that we have answered and forgotten
	s.mu.Lock()
	way, known := s.pending[twin]
	out := s.handler == nil
	s.pending[twin] = branch
	s.mu.Unlock()
	if known && way != branch { // the same request over two ways (RFC 3261 section 8.2.2.2)
		tx.Respond(wire.Answer(r, 482, s.wire.Tag(r)))
		return
	}
	time.AfterFunc(64*s.wire.T1(), func() {
		s.mu.Lock()
		delete(s.pending, twin)
		s.mu.Unlock()
	})
	if out {
		s.refuseInvite(tx, 503)
		return
	}
	s.running.Go(func() { s.admit(tx) })
}

// unfit tells what is wrong with an INVITE that is no fault of its grammar; 0: nothing.
func unfit(r *wire.Request) int {
	if r.Contact() == nil || r.Contact().Address.Host == "" {
		return 400
	}
	if !fits(r) {
		return 415
	}
	if accept := wire.Values(r, "Accept"); len(accept) > 0 {
		for _, kind := range accept {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case sdpType, "application/*", "*/*":
				return 0
			}
		}
		return 406
	}
	return 0
}

func (s *Stack) refuseInvite(tx *wire.ServerTx, code int) {
	res := wire.Answer(tx.Request, code, s.wire.Tag(tx.Request))
	if code == 415 {
		res.AppendHeader(wire.NewHeader("Accept", accepted))
	}
	if code == 503 {
		res.AppendHeader(wire.NewHeader("Retry-After", "10"))
	}
	tx.Respond(res)
}

// admit finds out who calls and makes the leg (Rule T-61).
func (s *Stack) admit(tx *wire.ServerTx) {
	r, from := tx.Request, tx.Flow.Remote.Addr()
	trunk, number, err := s.trunkOf(tx)
	if err != nil {
		s.cfg.Log.Error("whose call it is could not be found out", "error", err)
		tx.Respond(wire.Answer(r, 500, s.wire.Tag(r)))
		return
	}
	if trunk != "" {
		tx.Trust()
	}
	replaces := wire.Values(r, "Replaces")
	s.mu.Lock()
	late := s.drained
	s.mu.Unlock()
	if late && trunk != "" {
		s.refuseInvite(tx, 503)
		return
	}
	account := ""
	if trunk == "" {
		secret, _, ok := s.authenticate(tx)
		if !ok {
			return
		}
		account = secret.Account
	}
	tx.Respond(wire.Answer(r, 100, ""))
	dialled, clean := Dialled(number)
	if !clean && len(replaces) == 0 && (trunk == "" || number != "") {
		s.guard.blame(from, pointsUnknown, ForUsers)
		tx.Respond(wire.Answer(r, 404, wire.Token()))
		return
	}
	l := s.incoming(tx, account, trunk)
	if l == nil {
		return
	}
	in := &Incoming{
		Leg: l, Dialled: dialled, Offer: sdpOf(r), request: r, Caller: l.Peer(), Late: late, Secure: tx.Flow.Secure(),
	}
	in.Private = wire.Has(r, "Privacy", "id") || strings.HasSuffix(in.Caller.Host, ".invalid")
	if asserted := wire.Value(r, "P-Asserted-Identity"); asserted != "" && trunk != "" {
		in.assert(asserted)
	}
	if len(replaces) > 0 && !in.replace(replaces) {
		return
	}
	tx.OnCancel(l.canceled)
	s.mu.Lock()
	h := s.handler
	s.mu.Unlock()
	h.Invite(in)
}

// replace finds the leg whose place a call is to take; false where that is refused.
func (in *Incoming) replace(headers []string) bool {
	code := 400 // there may be one (RFC 3891 section 3)
	if len(headers) == 1 {
		in.Replaces, code = in.s.toReplace(headers[0])
	}
	if code != 0 {
		_ = in.Refuse(code, Cause{})
	}
	return code == 0
}

// assert takes the caller's identity from a header that only trunks may set.
func (in *Incoming) assert(value string) {
	p := partyOf(value)
	if p.User == "" {
		return
	}
	if p.Name == "" {
		p.Name = in.Caller.Name
	}
	in.Caller = p
}

// incoming makes the leg of an INVITE; nil where it is refused.
func (s *Stack) incoming(tx *wire.ServerTx, account, trunk string) *Leg {
	r := tx.Request
	l := newLeg(s, false)
	if l.timers.tooBrief(s, tx) {
		return nil
	}
	l.CallID, l.Account, l.Trunk = r.CallID().Value(), account, trunk
	to := *r.To()
	to.Params = nil
	from := *r.From()
	from.Params = nil
	l.from, l.to = to.Value(), from.Value()
	l.peer = peer{tag: wire.Tag(r.From().Params), target: r.Contact().Address, routes: wire.Values(r, "Record-Route")}
	l.heard, l.theirs, l.source = r.CSeq().SeqNo, sdpOf(r), tx.Flow.Remote.Addr()
	l.in = &uas{tx: tx, reliable: wire.Has(r, "Require", "100rel")}
	if trunk != "" {
		l.creds, l.foreign = s.trunks.credentials(trunk), s.trunks.foreign(trunk)
	}
	l.learn(r)
	l.settleWay(tx.Flow)
	s.add(l)
	s.settled(l)
	return l
}

// authenticate asks for a password or checks it. Where it is not right the request has been answered.
func (s *Stack) authenticate(tx *wire.ServerTx) (secret Secret, user string, ok bool) {
	ctx, stop := context.WithTimeout(s.context, 5*time.Second)
	defer stop()
	from := tx.Flow.Remote.Addr()
	r := tx.Request
	secret, user, verdict := s.auth.check(ctx, r)
	if user != "" && s.guard.deaf(from, user) {
		verdict = wrong
	}
	switch verdict {
	case good:
		tx.Trust()
		s.guard.good(from, user)
		return secret, user, true
	case broken:
		tx.Respond(wire.Answer(r, 500, s.wire.Tag(r)))
		return Secret{}, user, false
	case wrong:
		s.guard.wrong(from, user)
		s.count("auth", "wrong")
	case missing:
		s.guard.blame(from, pointsChallenge, ForKnocking)
	}
	res := wire.Answer(r, 401, s.wire.Tag(r))
	s.auth.challenge(res, tx, verdict == stale)
	tx.Respond(res)
	return Secret{}, user, false
}
