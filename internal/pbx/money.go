package pbx

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// authorise asks charging for a leg, beside the call. One that its project's own trunk takes first is its carrier's to charge: it is asked
// for where the operator's trunks get it after all (Rule T-35).
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
	outside := e.To.Kind == dialplan.Phone && e.Charge != dialplan.ChargeInbound && !c.state.Emergency
	c.pbx.work.Go(func() {
		var ways []trunk.Way
		if outside {
			ways = c.waysTo(e.To.To, e.Shown)
		}
		if len(ways) > 0 && ways[0].Own {
			c.post(func() {
				l.ways, l.asked = ways, in
				c.step(dialplan.Authorised{Leg: e.Leg})
			})
			return
		}
		granted, err := c.pbx.Charging.Authorise(c.pbx.ctx, in)
		c.post(func() {
			if err != nil {
				c.logRefusal(l, err)
				c.step(dialplan.Refused{Leg: e.Leg, Code: errs.CodeOf(err)})
				return
			}
			l.ways = ways
			c.granted(l, in, granted)
			c.step(dialplan.Authorised{Leg: e.Leg})
		})
	})
}

// granted keeps a leg's authorisation alive from now on.
func (c *liveCall) granted(l *leg, in charging.AuthoriseRequest, a charging.Authorisation) {
	l.charging, l.record.Charging = in.LegID, in.LegID
	l.last = charging.Extension{Covered: a.HoldSeconds, Within: a.ExtendWithin, HeartbeatWithin: a.HeartbeatWithin}
	c.beatLater(l)
}

// logRefusal takes down why a leg may not be dialled.
func (c *liveCall) logRefusal(l *leg, err error) {
	l.record.Reason = errs.CodeOf(err)
	if errs.KindOf(err) == errs.Internal {
		c.pbx.Log.Error("a leg could not be authorised", "call", c.ref.ID, "leg", l.id, "err", err)
	}
}

// buy asks for a leg which the project's own trunks did not take, before the operator's do. Refused, it goes the ways that cost nothing
// here, where one is left.
func (c *liveCall) buy(l *leg) {
	in := l.asked
	in.At = c.pbx.Now()
	c.pbx.work.Go(func() {
		granted, err := c.pbx.Charging.Authorise(c.pbx.ctx, in)
		taken := c.post(func() {
			switch {
			case err != nil:
				c.logRefusal(l, err)
				l.refused = l.record.Reason
				if l.cause == "" { // else what the project's own trunk said is the result
					l.cause = dialplan.CauseForbidden
				}
				l.ways = slices.DeleteFunc(l.ways, func(w trunk.Way) bool { return !w.Own })
			case l.dying:
				c.giveBack(in)
				return
			default:
				c.granted(l, in, granted)
			}
			c.tryNextWay(l)
		})
		if !taken && err == nil {
			c.giveBack(in)
		}
	})
}

// giveBack closes an authorisation that came when its leg was over.
func (c *liveCall) giveBack(in charging.AuthoriseRequest) {
	c.pbx.work.Go(func() {
		_, err := c.pbx.Charging.Settle(context.WithoutCancel(c.pbx.ctx), charging.SettleRequest{Project: in.Project, LegID: in.LegID, At: c.pbx.Now(), Cause: string(dialplan.CauseCancelled)})
		if err != nil {
			c.pbx.Log.Error("a leg could not be settled", "call", c.ref.ID, "leg", in.LegID, "err", err)
		}
	})
}

// outgoingOff refuses calls that the project's settings keep employees from making; emergency calls never.
func (c *liveCall) outgoingOff(e dialplan.Authorise) string {
	if !c.wished(e) || c.state.Emergency {
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

// wished tells of a call to a number outside that an employee asks for: dialled, ordered, or to pass a call on or to ask somebody.
// What schemes and visitors ask for is none, nor is a colleague's mobile.
func (c *liveCall) wished(e dialplan.Authorise) bool {
	if e.Charge == dialplan.ChargeOutbound {
		return true
	}
	l := c.state.Legs[e.Leg-1]
	return e.To.Kind == dialplan.Phone && !l.Incoming && l.Employee == "" && slices.ContainsFunc(c.state.Attempts, func(a dialplan.Attempt) bool {
		return a.ID == l.Attempt && (a.For == dialplan.ForTransfer || a.For == dialplan.ForConsult)
	})
}

// charged is an endpoint as the price books know it.
func (c *liveCall) charged(to dialplan.Endpoint) string {
	if to.Kind == dialplan.Account {
		return "sip:" + to.To + "@" + c.pbx.Domain
	}
	return to.To
}

// paidFrom is since when a leg is charged here; zero while it rings, and of one that the project's own trunk carries: its carrier charges
// that, and what is held for it comes back.
func (l *leg) paidFrom() time.Time {
	if l.own {
		return time.Time{}
	}
	return l.answered
}

// beatLater sets when a leg is next extended: within a heartbeat, and before what is paid for has less than a minute left.
func (c *liveCall) beatLater(l *leg) {
	wait := time.Duration(l.last.HeartbeatWithin) * time.Second * 4 / 5
	if from := l.paidFrom(); !from.IsZero() {
		talked := c.pbx.Now().Sub(from)
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
	from := l.paidFrom()
	in := charging.ExtendRequest{Project: c.ref.Project, LegID: l.charging, AnsweredAt: from, At: c.pbx.Now()}
	if !from.IsZero() {
		in.Elapsed = int64(in.At.Sub(from) / time.Second)
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
	case !l.paidFrom().IsZero():
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
	switch {
	case l.own:
		in.AnsweredAt = time.Time{}
	case l.inVain:
		in.AnsweredAt, in.Seconds = l.answered, 1 // the least that its carrier counts
	case !e.AnsweredAt.IsZero():
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
