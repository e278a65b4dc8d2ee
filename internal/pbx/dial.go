package pbx

import (
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/phone"
	"bellwether/internal/sip"
	"bellwether/internal/trunk"
)

// dial calls a place: every phone of an account at once, the ways to a telephone one after the other.
func (c *liveCall) dial(e dialplan.Dial) {
	l := c.leg(e.Leg)
	l.dial = e
	l.record.Address, l.record.StartedAt = e.To.To, c.pbx.Now()
	c.names(l)
	switch e.To.Kind {
	case dialplan.Account:
		c.dialAccount(l)
	case dialplan.SIP:
		if c.try(l, sip.Target{URI: e.To.To, Foreign: true}, media.LegConfig{}) != nil {
			c.failed(l, dialplan.CauseUnreachable)
		}
	case dialplan.Phone:
		c.findWays(l)
	}
}

// names writes down whose telephone a leg is.
func (c *liveCall) names(l *leg) {
	l.record.Employee = c.state.Legs[l.id-1].Employee
	l.record.EmployeeName = c.nameOf(l.record.Employee)
}

func (c *liveCall) dialAccount(l *leg) {
	contacts := c.pbx.Stack.Contacts(l.dial.To.To)
	for i := range contacts {
		config := media.LegConfig{From: contacts[i].Source.Addr(), NAT: true, WebRTC: contacts[i].Browser()}
		_ = c.try(l, sip.Target{Contact: &contacts[i]}, config) // others may ring
	}
	if len(l.forks) == 0 {
		c.failed(l, dialplan.CauseUnreachable)
	}
}

// findWays tries the ways to a number that were found when it was authorised, and looks for them, beside the call, where none were.
func (c *liveCall) findWays(l *leg) {
	if len(l.ways) > 0 {
		c.tryNextWay(l)
		return
	}
	dial, find := l.dial, c.waysTo
	if c.state.Emergency {
		find = c.waysToEmergency
	}
	c.pbx.work.Go(func() {
		ways := find(dial.To.To, dial.Shown)
		c.post(func() {
			l.ways = ways
			c.tryNextWay(l)
		})
	})
}

// waysTo asks which trunks lead to a number, for a call that shows a number.
func (c *liveCall) waysTo(to, shown string) []trunk.Way {
	return c.known(c.pbx.Trunks.Out(c.pbx.ctx, c.ref.Project, phone.Number(to), phone.Number(shown), c.pbx.Now()))
}

// waysToEmergency asks which trunks lead to the emergency services.
func (c *liveCall) waysToEmergency(digits, shown string) []trunk.Way {
	return c.known(c.pbx.Trunks.ToEmergency(c.pbx.ctx, c.ref.Project, digits, phone.Number(shown), c.pbx.Now()))
}

func (c *liveCall) known(ways []trunk.Way, err error) []trunk.Way {
	if err != nil {
		c.pbx.Log.Error("no way out is known", "call", c.ref.ID, "err", err)
	}
	return ways
}

// tryNextWay dials over the next trunk that has a free channel. Over the operator's nobody is called for whom nothing is held (Rule T-35).
// The emergency services are called also then, and where all channels are in use (Rule T-12).
func (c *liveCall) tryNextWay(l *leg) {
	switch {
	case len(l.ways) == 0 || l.dying:
		c.failed(l, dialplan.CauseUnreachable)
		return
	case !l.ways[0].Own && l.charging == "" && !c.state.Emergency:
		c.buy(l)
		return
	}
	way := l.ways[0]
	l.ways = l.ways[1:]
	bound := trunk.BoundOf(way.Trunk.ID)
	c.pbx.bounds.take(bound, way.Trunk.MostChannels, c.state.Emergency, func(granted bool) {
		taken := c.post(func() {
			if !granted || l.dying || !c.goes(l, way) {
				if granted {
					c.pbx.bounds.free(bound)
				} else if worse(l.cause, dialplan.CauseFull) {
					l.cause = dialplan.CauseFull
				}
				c.tryNextWay(l)
			}
		})
		if granted && !taken {
			c.pbx.bounds.free(bound)
		}
	})
}

// goes dials over a trunk whose channel was taken; false where it cannot be.
func (c *liveCall) goes(l *leg, way trunk.Way) bool {
	target := sip.Target{Trunk: string(way.Trunk.ID), User: way.To, From: sip.Party{User: way.From}, Asserted: way.From}
	if c.try(l, target, media.LegConfig{Keys: keysOver(way.Trunk)}) != nil {
		return false
	}
	l.own, l.over = way.Own, way.Trunk.ID
	l.record.Trunk = string(way.Trunk.ID)
	return true
}

// keysOver has the audio of trunks encrypted whose signalling is (Rule T-90); elsewhere its keys could be read, and it is not asked for.
func keysOver(t trunk.Trunk) media.Keys {
	if t.Transport == trunk.TLS {
		return media.KeysRequired
	}
	return media.KeysTaken
}

func (c *liveCall) freeChannel(l *leg) {
	if l.over != "" {
		c.pbx.bounds.free(trunk.BoundOf(l.over))
		l.over = ""
	}
}

// try dials one target. What it offers prefers the codec of whoever waits, so that nothing is transcoded.
func (c *liveCall) try(l *leg, target sip.Target, config media.LegConfig) error {
	f := &fork{}
	f.at.Store(&seat{c, l})
	config.Notify = f.heard
	if near := c.legs[c.state.Near]; near != nil && near.audio() != nil {
		config.Codecs = []string{codecOf(near.audio()), "PCMA", "PCMU"}
		config.Codecs = config.Codecs[:2:2]
		if config.Codecs[0] == config.Codecs[1] {
			config.Codecs[1] = "PCMU"
		}
	}
	var err error
	if f.media, err = c.pbx.Media.Leg(config); err != nil {
		return err
	}
	if target.SDP, err = f.media.Offer(); err != nil {
		f.media.Close()
		return err
	}
	if target.From.User == "" {
		target.From = sip.Party{Name: c.display(l), User: l.dial.Shown, Host: c.pbx.Domain}
	}
	f.sip, err = c.pbx.Stack.Dial(target, f.signalled)
	if err != nil {
		f.media.Close()
		return err
	}
	l.record.SIPCallID = f.sip.CallID
	l.forks = append(l.forks, f)
	return nil
}

// display is the name that devices of the project show: a colleague's, or that of the employee whom a caller dialled.
func (c *liveCall) display(l *leg) string {
	if c.state.Call.Kind == dialplan.Internal {
		return c.nameOf(c.state.Call.Employee)
	}
	return l.dial.Caller
}

// failed ends a leg that could not be dialled at all.
func (c *liveCall) failed(l *leg, cause dialplan.Cause) {
	if l.cause == "" {
		l.cause = cause
	}
	if l.won == nil && allDone(l.forks) {
		c.legEnded(l, l.cause)
	}
}

func allDone(forks []*fork) bool {
	for _, f := range forks {
		if !f.done {
			return false
		}
	}
	return true
}

// legEnded tells that a leg is over, once.
func (c *liveCall) legEnded(l *leg, cause dialplan.Cause) {
	if !l.record.EndedAt.IsZero() {
		return
	}
	l.record.EndedAt, l.dying = c.pbx.Now(), true
	stop(l.beat, l.warn, l.cut)
	c.freeChannel(l)
	if cause == dialplan.CauseFull && l.record.Reason == "" {
		l.record.Reason = errs.CodeOf(errBusy)
	}
	c.tell(dialplan.Ended{Leg: l.id, Cause: cause, Code: l.refused})
}

// hangUp ends every dialog of a leg, whatever it has come to. Audio goes first, so that ports are free before the last word.
func (c *liveCall) hangUp(id dialplan.LegID, cause dialplan.Cause) {
	l := c.leg(id)
	l.dying, l.ways = true, nil
	left := false
	for _, f := range l.forks {
		if !f.done {
			left = true
			c.part(f)
			f.sip.Hangup(reasonOf(cause))
		}
	}
	if !left {
		c.failed(l, cause)
	}
}

// part takes a dialog's audio away; what it sounded like is kept.
func (c *liveCall) part(f *fork) {
	if f.media != nil {
		f.media.Close()
	}
}

// signalled takes what happens to a dialog.
func (c *liveCall) signalled(l *leg, f *fork, e sip.Event) {
	switch e := e.(type) {
	case sip.Ringing:
		if l.record.RingingAt.IsZero() {
			l.record.RingingAt = c.pbx.Now()
		}
		c.step(dialplan.Rings{Leg: l.id})
	case sip.EarlyMedia:
		if f.accept(e.SDP) == nil && len(l.forks) == 1 {
			c.step(dialplan.Early{Leg: l.id})
		}
	case sip.Answered:
		c.answered(l, f, e)
	case sip.Confirmed:
		if len(e.SDP) > 0 {
			_ = f.accept(e.SDP) // what cannot be heard is ended by the media timer
		}
	case sip.Reinvited:
		c.reinvited(l, f, e)
	case sip.Info:
		f.media.Info(e.Digit)
	case sip.Referred:
		c.referred(l, e)
	case sip.Refused:
		l.record.SIPCode, l.record.Reason, l.record.Q850 = int64(e.Code), e.Reason, int64(e.Cause.Q850)
		c.forkDone(l, f, causeOf(e.Code), retryElsewhere(e.Code))
	case sip.Ended:
		l.record.Reason, l.record.Q850 = e.Cause.Text, int64(e.Cause.Q850)
		c.forkDone(l, f, dialplan.CauseNormal, false)
	case sip.Lost:
		l.record.Reason = e.Err.Error()
		c.forkDone(l, f, dialplan.CauseFailed, true)
	}
}

// answered takes the first answer of a leg; a later one is hung up.
func (c *liveCall) answered(l *leg, f *fork, e sip.Answered) {
	if l.won != nil || l.dying || f.accept(e.SDP) != nil {
		if l.won == nil && l.dial.To.Kind != dialplan.Account {
			c.inVain(l, f)
		}
		f.sip.Hangup(reasonOf(dialplan.CauseElsewhere))
		return
	}
	l.won = f
	for _, other := range l.forks {
		if other != f && !other.done {
			c.part(other)
			other.sip.Hangup(reasonOf(dialplan.CauseElsewhere))
		}
	}
	c.isUp(l)
	c.step(dialplan.Answered{Leg: l.id})
}

// accept takes the answer to what we offered. Where it leads is judged by whence it comes (Rule T-80).
func (f *fork) accept(sdp []byte) error {
	f.media.ComesFrom(f.sip.Source())
	return f.media.Accept(sdp)
}

// inVain takes down an answer that is of no use to us, as it crossed our cancel or cannot be heard: whoever gave it counts from it
// (Rule T-11).
func (c *liveCall) inVain(l *leg, f *fork) {
	l.won, l.inVain = f, true
	l.answered = c.pbx.Now()
	l.record.AnsweredAt, l.record.SIPCode, l.record.SIPCallID = l.answered, 200, f.sip.CallID
	if l.dying {
		c.step(dialplan.Answered{Leg: l.id})
	}
}

// isUp takes down that a leg was answered; from now on its silence is watched and its dialog kept.
func (c *liveCall) isUp(l *leg) {
	l.answered = c.pbx.Now()
	l.record.AnsweredAt, l.record.SIPCode = l.answered, 200
	l.record.SIPCallID = l.won.sip.CallID
	l.won.media.Watch(true)
	c.keepDialog(l)
	if l.charging != "" {
		c.extend(l)
	}
}

// keepDialog takes down what is needed to end the dialog after a crash.
func (c *liveCall) keepDialog(l *leg) {
	if text, err := l.won.sip.MarshalState(); err == nil {
		l.record.Dialog = string(text)
	}
}

// forkDone goes on without a dialog: the next way, another phone, or not at all.
func (c *liveCall) forkDone(l *leg, f *fork, cause dialplan.Cause, elsewhere bool) {
	f.done = true
	c.part(f)
	if f == l.won {
		l.record.Quality = quality(f.media.Stats())
		if l.inVain {
			cause = dialplan.CauseFailed
		}
		c.legEnded(l, cause)
		return
	}
	if l.won != nil {
		return
	}
	if worse(l.cause, cause) {
		l.cause = cause
	}
	if elsewhere && !l.dying && l.dial.To.Kind == dialplan.Phone && len(l.ways) > 0 {
		c.freeChannel(l)
		c.tryNextWay(l)
		return
	}
	if allDone(l.forks) {
		c.legEnded(l, l.cause)
	}
}

// worse tells whether a cause says more about why nobody answered than the one before.
func worse(before, now dialplan.Cause) bool {
	rank := map[dialplan.Cause]int{
		"": 0, dialplan.CauseUnreachable: 1, dialplan.CauseFull: 2, dialplan.CauseFailed: 2, dialplan.CauseNormal: 2, dialplan.CauseCancelled: 2, dialplan.CauseNoAnswer: 3, dialplan.CauseRejected: 4, dialplan.CauseBusy: 5,
	}
	return rank[now] > rank[before]
}

// reinvited answers an offer of new media. A phone that offers to send only, or nothing, holds the other side.
func (c *liveCall) reinvited(l *leg, f *fork, e sip.Reinvited) {
	if len(e.SDP) == 0 {
		if offer, err := f.media.Offer(); err == nil {
			_ = f.sip.AnswerOffer(offer)
		}
		return
	}
	answer, err := f.media.Answer(e.SDP)
	if err != nil {
		_ = f.sip.RefuseOffer(488)
		return
	}
	_ = f.sip.AnswerOffer(answer)
	if e.Direction == sip.SendOnly || e.Direction == sip.Inactive {
		c.step(dialplan.Hold{By: l.id})
	} else {
		c.step(dialplan.Resume{By: l.id})
	}
}

// referred takes a transfer that a phone asks for: blind, to an extension or a number, or attended, with another call of its; to *7 it
// parks (Rule T-34).
func (c *liveCall) referred(l *leg, e sip.Referred) {
	if e.Replaces != nil && l.won != nil {
		c.attended(l, e.Replaces)
		return
	}
	if e.User == unparkCode && l.won != nil {
		acceptRefer(l)
		c.step(dialplan.Park{By: l.id})
		return
	}
	to, ok := c.target(e.User)
	if !ok || l.won == nil {
		_ = l.sip().RefuseRefer(603)
		return
	}
	c.blind(l, to)
}

func (l *leg) sip() *sip.Leg {
	if l.won != nil {
		return l.won.sip
	}
	return l.forks[0].sip
}

// signalled tells the call what happens to a dialog.
func (f *fork) signalled(_ *sip.Leg, e sip.Event) {
	f.tell(func(c *liveCall, l *leg) { c.signalled(l, f, e) })
}

// heard tells the call what its media notices.
func (f *fork) heard(e media.Event) {
	f.tell(func(c *liveCall, l *leg) {
		switch e.Kind {
		case media.Digit:
			if l.id == c.state.Near {
				c.keyed(string(e.Digit))
			}
			c.step(dialplan.Pressed{Leg: l.id, Key: string(e.Digit)})
		case media.PlayDone:
			if serial, ok := l.plays[e.Play]; ok {
				delete(l.plays, e.Play)
				c.step(dialplan.Played{Leg: l.id, Serial: serial})
			}
		case media.Dead:
			c.pbx.Log.Warn("a leg is silent and was ended", "call", c.ref.ID, "leg", l.id)
			l.record.Reason = "no media"
			f.sip.Hangup(reasonOf(dialplan.CauseSilent))
		}
	})
}
