package pbx

import (
	"context"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// authorise asks charging for a leg, beside the call.
func (c *liveCall) authorise(e dialplan.Authorise) {
	l := c.leg(e.Leg)
	if code := c.outgoingOff(e); code != "" {
		l.record.Reason = code
		c.tell(dialplan.Refused{Leg: e.Leg, Code: code})
		return
	}
	in := charging.AuthoriseRequest{
		Project: c.ref.Project, LegID: c.chargingID(e.Leg), Kind: string(e.Charge), To: c.charged(e.To), Number: e.Number, At: c.pbx.Now(),
	}
	c.pbx.work.Go(func() {
		if e.To.Kind == dialplan.Phone && e.Charge != dialplan.ChargeInbound && c.overOwn(e.To.To) {
			c.tell(dialplan.Authorised{Leg: e.Leg})
			return
		}
		granted, err := c.pbx.Charging.Authorise(c.pbx.ctx, in)
		c.post(func() {
			if err != nil {
				c.pbx.logRefusal(c, e, err)
				l.record.Reason = errs.CodeOf(err)
				c.step(dialplan.Refused{Leg: e.Leg, Code: errs.CodeOf(err)})
				return
			}
			l.charging, l.record.Charging = in.LegID, in.LegID
			l.last = charging.Extension{Covered: granted.HoldSeconds, Within: granted.ExtendWithin, HeartbeatWithin: granted.HeartbeatWithin}
			c.beatLater(l)
			c.step(dialplan.Authorised{Leg: e.Leg})
		})
	})
}

func (p *PBX) logRefusal(c *liveCall, e dialplan.Authorise, err error) {
	if errs.KindOf(err) == errs.Internal {
		p.Log.Error("a leg could not be authorised", "call", c.ref.ID, "leg", e.Leg, "err", err)
	}
}

// outgoingOff refuses calls that the project's settings keep employees from making; emergency calls never.
func (c *liveCall) outgoingOff(e dialplan.Authorise) string {
	if e.Charge != dialplan.ChargeOutbound || c.state.Emergency {
		return ""
	}
	switch c.plan.Settings.Outgoing {
	case routing.Nowhere:
		return "routing.outgoing_off"
	case routing.AtHome:
		if phone.Number(e.To.To).Country() != c.plan.Project.Country {
			return "routing.outgoing_off"
		}
	}
	return ""
}

// charged is an endpoint as the price books know it.
func (c *liveCall) charged(to dialplan.Endpoint) string {
	if to.Kind == dialplan.Account {
		return "sip:" + to.To + "@" + c.pbx.Domain
	}
	return to.To
}

// overOwn tells whether a call to a number goes over the project's own trunk: then its carrier charges it, not we.
func (c *liveCall) overOwn(to string) bool {
	ways, err := c.pbx.Trunks.Out(c.pbx.ctx, c.ref.Project, phone.Number(to), "", c.pbx.Now())
	return err == nil && len(ways) > 0 && ways[0].Own
}

// beatLater sets when a leg is next extended: within a heartbeat, and before what is paid for has less than a minute left.
func (c *liveCall) beatLater(l *leg) {
	wait := time.Duration(l.last.HeartbeatWithin) * time.Second * 4 / 5
	if !l.answered.IsZero() {
		talked := c.pbx.Now().Sub(l.answered)
		wait = min(wait, max(time.Second, time.Duration(l.last.Within)*time.Second-talked))
	}
	stop(l.beat)
	l.beat = time.AfterFunc(wait, func() { c.post(func() { c.extend(l) }) })
}

// extend tells charging that a leg is alive, and has what is held for it grow.
func (c *liveCall) extend(l *leg) {
	if l.charging == "" || l.dying {
		return
	}
	in := charging.ExtendRequest{Project: c.ref.Project, LegID: l.charging, AnsweredAt: l.answered, At: c.pbx.Now()}
	if !l.answered.IsZero() {
		in.Elapsed = int64(in.At.Sub(l.answered) / time.Second)
	}
	c.settling.Add(1)
	c.pbx.work.Go(func() {
		defer c.settling.Done()
		<-c.journal.open // whoever was answered is charged, also after a crash: not before the call is in the log
		extension, err := c.pbx.Charging.Extend(c.pbx.ctx, in)
		c.post(func() { c.extended(l, extension, err) })
	})
}

// extended sets the warning and the end where funds do not go on; a later extension that succeeds takes them back (Rule T-13).
func (c *liveCall) extended(l *leg, e charging.Extension, err error) {
	switch {
	case l.charging == "" || l.dying:
		return
	case errs.CodeOf(err) == "charging.leg_closed":
		c.step(dialplan.FundsCut{Leg: l.id})
		return
	case err != nil:
		c.pbx.Log.Error("a leg could not be extended", "call", c.ref.ID, "leg", l.id, "err", err)
	default:
		l.last = e
	}
	switch {
	case err != nil: // what was granted before stands
	case !e.Last:
		c.ends(l, charging.Extension{})
	case !l.answered.IsZero():
		c.ends(l, e)
	}
	c.beatLater(l)
}

// ends sets the warning and the end of a leg as an extension has them, in the place of those before; none where it is zero. Each extension sets
// them anew, so that a clock that leaps is followed; whoever was warned of an end is not warned of it again.
func (c *liveCall) ends(l *leg, e charging.Extension) {
	stop(l.warn, l.cut)
	if e.Covered != l.end {
		l.warned = false
	}
	l.warn, l.cut, l.end = nil, nil, e.Covered
	if !e.Last {
		return
	}
	if !l.warned {
		l.warn = c.at(l, e.WarnAt, func() {
			if !l.warned && l.end == e.Covered {
				l.warned = true
				c.step(dialplan.FundsLow{Leg: l.id})
			}
		})
	}
	l.cut = c.at(l, e.Covered, func() { c.step(dialplan.FundsCut{Leg: l.id}) })
}

// at lets something happen at a second of a leg's talk.
func (c *liveCall) at(l *leg, second int64, do func()) *time.Timer {
	return time.AfterFunc(l.answered.Add(time.Duration(second)*time.Second).Sub(c.pbx.Now()), func() { c.post(do) })
}

func stop(timers ...*time.Timer) {
	for _, t := range timers {
		if t != nil {
			t.Stop()
		}
	}
}

// settle closes a leg's authorisation, beside the call; the call is not closed before.
func (c *liveCall) settle(e dialplan.Settle) { c.settleLeg(c.leg(e.Leg), e) }

// settleLeg charges a leg in the transaction of its record (Rule T-35).
func (c *liveCall) settleLeg(l *leg, e dialplan.Settle) {
	stop(l.beat, l.warn, l.cut)
	if l.charging == "" {
		return
	}
	in := charging.SettleRequest{Project: c.ref.Project, LegID: l.charging, AnsweredAt: e.AnsweredAt, At: e.EndedAt, Cause: string(e.Cause)}
	if l.inVain {
		in.AnsweredAt, in.Seconds = l.answered, 1 // the least that its carrier counts
	} else if !e.AnsweredAt.IsZero() {
		in.Seconds = int64(e.EndedAt.Sub(e.AnsweredAt) / time.Second)
	}
	record := l.record
	if record.EndedAt.IsZero() {
		record.EndedAt = e.EndedAt
	}
	in.With = func(ctx context.Context, tx *store.Tx, settled charging.Leg) error {
		record.Cost = settled.Amount
		return call.SettleLeg(ctx, tx, c.ref, record)
	}
	l.dying = true
	c.settling.Add(1)
	c.pbx.work.Go(func() {
		defer c.settling.Done()
		<-c.journal.open
		settled, err := c.pbx.Charging.Settle(context.WithoutCancel(c.pbx.ctx), in)
		if err != nil {
			c.pbx.Log.Error("a leg could not be settled", "call", c.ref.ID, "leg", l.id, "err", err)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		l.record.Cost, l.settled = settled.Amount, true
	})
}

// SettleLost writes what a leg cost that charging has closed because its node was lost, in the same transaction (charging.Service.Lost,
// Rule T-36). Legs that are not of this package are not its concern.
func SettleLost(ctx context.Context, tx *store.Tx, l charging.Leg) error {
	id, n, ok := readChargingID(l.ID)
	if !ok || l.Amount == 0 {
		return nil
	}
	return call.SettleLost(ctx, tx, call.Ref{Project: l.Project, ID: id}, call.Leg{
		N: n, Address: l.To, Charging: l.ID, Cost: l.Amount, StartedAt: l.OpenedAt, AnsweredAt: l.AnsweredAt, EndedAt: l.AnsweredAt.Add(time.Duration(l.Seconds) * time.Second),
	})
}
