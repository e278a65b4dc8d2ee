package sip

import (
	"errors"
	"strconv"
	"time"

	"bellwether/internal/sip/wire"
)

// ErrExpired says that the peer did not refresh the session in its time.
var ErrExpired = errors.New("sip: the session timer expired")

// sessionTimer keeps a leg from living on when the peer is gone (RFC 4028).
type sessionTimer struct {
	every time.Duration // 0: no timer
	ours  bool          // we refresh
	fire  *time.Timer
}

func (t *sessionTimer) stop() {
	if t.fire != nil {
		t.fire.Stop()
	}
}

// ask puts our wish into an INVITE; least is the minimum that a 422 named.
func (t *sessionTimer) ask(s *Stack, r *wire.Request, least int) {
	every := max(int(s.cfg.SessionExpires/time.Second), least)
	if s.cfg.SessionExpires < 0 {
		return
	}
	r.AppendHeader(wire.NewHeader("Session-Expires", strconv.Itoa(every)))
	r.AppendHeader(wire.NewHeader("Min-SE", strconv.Itoa(max(int(s.cfg.MinSE/time.Second), least))))
}

// refreshing says in a re-INVITE or UPDATE who goes on refreshing: whoever did.
func (t *sessionTimer) refreshing(r *wire.Request) {
	if t.every == 0 {
		return
	}
	who := "uas"
	if t.ours {
		who = "uac"
	}
	r.AppendHeader(wire.NewHeader("Session-Expires", strconv.Itoa(int(t.every/time.Second))+";refresher="+who))
}

// tooBrief refuses an interval below our minimum (422).
func (t *sessionTimer) tooBrief(s *Stack, tx *wire.ServerTx) bool {
	n, asked := wire.Seconds(wire.Value(tx.Request, "Session-Expires"))
	if !asked || time.Duration(n)*time.Second >= s.cfg.MinSE || s.cfg.SessionExpires < 0 {
		return false
	}
	res := wire.Answer(tx.Request, 422, wire.Token())
	res.AppendHeader(wire.NewHeader("Min-SE", strconv.Itoa(int(s.cfg.MinSE/time.Second))))
	tx.Respond(res)
	return true
}

// asAnswerer settles the timer in a 2xx of ours (RFC 4028 section 9): the caller refreshes where it can and wants to, else we do.
func (t *sessionTimer) asAnswerer(l *Leg, r *wire.Request, res *wire.Response) {
	if l.s.cfg.SessionExpires < 0 {
		return
	}
	every := int(l.s.cfg.SessionExpires / time.Second)
	value := wire.Value(r, "Session-Expires")
	if n, asked := wire.Seconds(value); asked {
		every = min(every, n)
	}
	if least, asked := wire.Seconds(wire.Value(r, "Min-SE")); asked && least <= 86400 {
		every = max(every, least)
	}
	can := wire.Has(r, "Supported", "timer")
	who, _ := wire.Param(value, "refresher")
	ours := !can || who == "uas"
	refresher := "uac"
	if ours {
		refresher = "uas"
	}
	res.AppendHeader(wire.NewHeader("Session-Expires", strconv.Itoa(every)+";refresher="+refresher))
	if can {
		res.AppendHeader(wire.NewHeader("Require", "timer"))
	}
	t.start(l, time.Duration(every)*time.Second, ours)
}

// asOfferer settles the timer by the 2xx of the peer (RFC 4028 section 7.2); without one there, we refresh by our own wish.
func (t *sessionTimer) asOfferer(l *Leg, res *wire.Response) {
	if l.s.cfg.SessionExpires < 0 {
		return
	}
	value := wire.Value(res, "Session-Expires")
	n, agreed := wire.Seconds(value)
	if !agreed || n <= 0 {
		t.start(l, l.s.cfg.SessionExpires, true)
		return
	}
	who, _ := wire.Param(value, "refresher")
	t.start(l, time.Duration(n)*time.Second, who != "uas")
}

// start arms the timer anew: half of the interval to a refresh of ours; to giving up on the peer's, a third or 32 s before its end.
func (t *sessionTimer) start(l *Leg, every time.Duration, ours bool) {
	t.stop()
	t.every, t.ours = every, ours
	wait := every / 2
	if !ours {
		wait = every - min(32*time.Second, every/3)
	}
	t.fire = time.AfterFunc(wait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch {
		case l.phase != confirmed && l.phase != answered:
		case !ours:
			l.bye(Cause{SIP: 408, Text: "Session expired"})
			l.finish(Lost{ErrExpired})
		default:
			t.refresh(l)
		}
	})
}

// refresh sends an UPDATE without SDP where the peer takes it, else a re-INVITE with the same SDP.
func (t *sessionTimer) refresh(l *Leg) {
	if l.phase != confirmed || l.offers.busy || l.offers.ours != nil || l.offers.tx != nil {
		t.start(l, t.every, true) // what is under way refreshes as well
		return
	}
	if !l.allows["UPDATE"] {
		t.start(l, t.every, true)
		l.reinvite(l.mine)
		return
	}
	l.seq++
	r := l.build(wire.UPDATE, l.peer, l.seq)
	t.refreshing(r)
	r.AppendHeader(wire.NewHeader("Supported", "timer"))
	l.send(r, func(res *wire.Response, err error) {
		switch {
		case l.phase == ended:
		case err != nil || res.StatusCode == 408 || res.StatusCode == 481:
			l.bye(Cause{SIP: 408})
			l.finish(Lost{ErrExpired})
		case res.IsSuccess():
			t.asOfferer(l, res)
		default:
			t.start(l, t.every, true)
		}
	})
}
