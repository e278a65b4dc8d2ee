package pbx

import (
	"context"
	"strings"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// Invite takes a call that comes in (sip.Handler).
func (p *PBX) Invite(in *sip.Incoming) {
	var err error
	switch {
	case in.Late && !p.urgent(in):
		err = errDraining
	case in.Replaces != nil:
		err = p.replace(in)
	case in.Trunk != "":
		err = p.fromTrunk(in)
	default:
		err = p.fromAccount(in)
	}
	if err != nil {
		refuse(in, refusalOf(err))
	}
}

// urgent tells of a call to the emergency services that can still be put through while the node drains (Rule T-12): what it drains for
// has not ended.
func (p *PBX) urgent(in *sip.Incoming) bool {
	select {
	case <-p.idle:
		return false
	default:
	}
	account, err := p.Staff.Account(p.ctx, in.Account, p.Now())
	if err != nil {
		return false
	}
	plan, err := p.Routing.ForProject(p.ctx, account.Project, p.Now())
	if err != nil {
		return false
	}
	_, is := phone.Emergency(in.Dialled, plan.Project.Country)
	return is
}

func refuse(in *sip.Incoming, code int) {
	in.Listen(func(*sip.Leg, sip.Event) {})
	_ = in.Refuse(code, sip.Cause{Text: "Refused"}) // whoever is gone needs no answer
}

// refusalOf is the response to a call that never became one.
func refusalOf(err error) int {
	switch code := errs.CodeOf(err); {
	case code == errs.CodeOf(errDraining):
		return 503
	case strings.HasPrefix(code, "sdp."):
		return 488
	}
	switch errs.KindOf(err) {
	case errs.NotFound, errs.Invalid:
		return 404
	case errs.Denied:
		return 403
	case errs.Unavailable:
		return 486
	}
	return 503
}

var errDraining = errs.New(errs.Unavailable, "pbx.draining", "this node takes no new calls").Try("try again in a moment")

var errBusy = errs.New(errs.Unavailable, "pbx.no_channel", "all channels are in use")

// fromTrunk begins the call of a caller from outside.
func (p *PBX) fromTrunk(in *sip.Incoming) error {
	at := p.Now()
	network, err := p.Trunks.Network(p.ctx, at)
	if err != nil {
		return err
	}
	line, ok := network.Trunk(trunk.ID(in.Trunk))
	if !ok {
		return trunk.None(trunk.ID(in.Trunk))
	}
	if err := audible(in, line); err != nil {
		return err
	}
	number, err := line.In.Read(in.Dialled)
	if err != nil {
		return err
	}
	plan, err := p.Routing.ForNumber(p.ctx, number, at)
	if err != nil {
		return err
	}
	if line.Project != "" && line.Project != plan.Project.ID {
		return errs.New(errs.Denied, "pbx.foreign_number", "the trunk is another project's")
	}
	var from phone.Number
	if !in.Private {
		from, _ = line.In.Read(in.Caller.User) // "anonymous" withholds it too
	}
	arrived, err := p.inbound(plan, from, number)
	if err != nil {
		return err
	}
	return p.admit(plan, in, line, arrived, Asked{Number: number, From: from, At: at})
}

// admit begins a call from outside. One for which no channel is free is refused as busy, and stands in the log (Rule T-57).
func (p *PBX) admit(plan *routing.Plan, in *sip.Incoming, line trunk.Trunk, arrived dialplan.Arrived, asked Asked) (err error) {
	room, numbered := p.bounds.takeNow(trunk.BoundOf(line.ID), line.MostChannels), false
	if room {
		if numbered, err = p.takeNumber(string(asked.Number)); err != nil {
			p.bounds.free(trunk.BoundOf(line.ID))
			return err
		}
	}
	arrived.Full = !numbered
	c := p.begin(plan, call.Ref{Project: plan.Project.ID, ID: call.NewID(p.Now())})
	c.numbered = numbered
	c.attribute(asked)
	c.post(func() {
		c.attach(1, in, line)
		if !room {
			c.leg(1).over = "" // it has no channel to give back
		}
		c.begins(arrived)
	})
	return nil
}

// fromAccount begins the call of an employee, or lets them into one that there is.
func (p *PBX) fromAccount(in *sip.Incoming) error {
	at := p.Now()
	account, err := p.Staff.Account(p.ctx, in.Account, at)
	if err != nil {
		return err
	}
	plan, err := p.Routing.ForProject(p.ctx, account.Project, at)
	if err != nil {
		return err
	}
	if err := audible(in, trunk.Trunk{}); err != nil {
		return err
	}
	if as, extension := feature(in.Dialled); as != "" {
		return p.joinBy(in, plan, string(account.Employee), as, extension)
	}
	p.answerTo(plan, in, dialplan.Arrived{
		Kind: dialplan.Outbound, To: in.Dialled, Employee: string(account.Employee), Country: plan.Project.Country, Own: plan.Own,
		Settings: settings(plan), Staff: plan.StaffForExtensions(),
	})
	return nil
}

// The feature codes (Rule T-34).
const (
	pickupCode = "*8" // and an extension, or nothing for any
	unparkCode = "*7" // parks where it is what a call is transferred to
)

// feature tells what a feature code asks for; nothing for what is none.
func feature(dialled string) (as dialplan.Joining, extension string) {
	switch {
	case strings.HasPrefix(dialled, pickupCode):
		return dialplan.AsPickup, dialled[len(pickupCode):]
	case strings.HasPrefix(dialled, unparkCode):
		return dialplan.AsUnpark, dialled[len(unparkCode):]
	}
	return "", ""
}

func settings(plan *routing.Plan) dialplan.Settings {
	s := plan.Settings.Settings
	s.CallerID = plan.CallerID()
	return s
}

// answerTo begins a call of an employee with the leg that came in.
func (p *PBX) answerTo(plan *routing.Plan, in *sip.Incoming, arrived dialplan.Arrived) {
	c := p.begin(plan, call.Ref{Project: plan.Project.ID, ID: call.NewID(p.Now())})
	c.post(func() {
		c.attach(1, in, trunk.Trunk{})
		c.begins(arrived)
	})
}

// attach makes a dialog that came in a leg of the call; over which trunk, where it is not an account's.
func (c *liveCall) attach(id dialplan.LegID, in *sip.Incoming, over trunk.Trunk) {
	l := c.leg(id)
	f := &fork{sip: in.Leg}
	f.at.Store(&seat{c, l})
	l.in, l.over, l.forks = in, over.ID, []*fork{f}
	l.record.Incoming, l.record.SIPCallID, l.record.Trunk, l.record.Address = true, in.CallID, in.Trunk, in.Caller.User
	if in.Account != "" {
		l.record.Address = in.Account
	}
	var err error
	f.media, err = c.pbx.Media.Leg(audioOf(in, over, f.heard))
	if err != nil {
		c.pbx.Log.Error("no audio for a call", "call", c.ref.ID, "err", err)
		f.media = nil
	}
	in.Listen(f.signalled)
}

// audible refuses a call, before anybody rings for it, whose signalling is not encrypted where its trunk's is, or whose offer cannot be
// answered (Rule T-90).
func audible(in *sip.Incoming, over trunk.Trunk) error {
	if over.Transport == trunk.TLS && !in.Secure {
		return errs.New(errs.Denied, "pbx.in_the_clear", "the trunk speaks TLS, and the call came without")
	}
	if len(in.Offer) == 0 {
		return nil // ours says it
	}
	return audioOf(in, over, nil).Takes(in.Offer)
}

// audioOf is how a leg that comes in is listened to: a telephone may always be behind a NAT, a trunk is where it says (Rule T-80).
func audioOf(in *sip.Incoming, over trunk.Trunk, notify func(media.Event)) media.LegConfig {
	telephone := in.Account != ""
	return media.LegConfig{Keys: keysOver(over), From: in.Source(), NAT: telephone, WebRTC: telephone && isBrowser(in.Offer), Notify: notify}
}

// isBrowser tells a browser's offer from a phone's.
func isBrowser(offer []byte) bool { return strings.Contains(string(offer), "a=ice-ufrag:") }

// describe answers the caller's offer, or makes one.
func (l *leg) describe() ([]byte, error) {
	f := l.forks[0]
	if f.media == nil {
		return nil, errBusy
	}
	if len(l.in.Offer) == 0 {
		return f.media.Offer()
	}
	return f.media.Answer(l.in.Offer)
}

// answer answers a leg that came in.
func (c *liveCall) answer(id dialplan.LegID) {
	l := c.leg(id)
	c.names(l)
	f := l.forks[0]
	text, err := l.describe()
	if err == nil {
		err = l.in.Answer(text)
	}
	if err != nil {
		c.pbx.Log.Info("a caller cannot be answered", "call", c.ref.ID, "err", err)
		f.sip.Hangup(sip.Cause{SIP: 488, Text: "Not acceptable here"})
		return
	}
	l.won = f
	c.isUp(l)
	c.journal.progress()
}

// reject refuses a leg that came in; its ports are free before.
func (c *liveCall) reject(e dialplan.Reject) {
	l := c.leg(e.Leg)
	c.names(l)
	l.dying = true
	c.part(l.forks[0])
	code := codeOf(e.Cause)
	if l.in.Replaces != nil && e.Cause == dialplan.CauseUnreachable {
		code = 481 // there is nothing to take the place of any more (RFC 3891 section 3)
	}
	l.record.SIPCode = int64(code)
	if l.in.Refuse(code, reasonOf(e.Cause)) != nil {
		c.forkDone(l, l.forks[0], e.Cause, false)
	}
}

// passEarly lets a caller hear what the far network says before anybody answers.
func (c *liveCall) passEarly(e dialplan.PassEarly) {
	from, to := c.leg(e.From), c.leg(e.To)
	c.openEarly(to)
	if a, b := from.audio(), to.audio(); a != nil && b != nil {
		_ = media.Bridge(a, b) // a leg that is closed is about to be told of
	}
}

// openEarly sends the description of a leg that was not answered, so that it hears something (183).
func (c *liveCall) openEarly(l *leg) {
	if l.in == nil || l.won != nil || l.progress {
		return
	}
	if text, err := l.describe(); err == nil && l.in.Progress(text) == nil {
		l.progress = true
	}
}

// joinBy lets an employee who dialled a feature code into the call they mean.
func (p *PBX) joinBy(in *sip.Incoming, plan *routing.Plan, employee string, as dialplan.Joining, extension string) error {
	at, named := plan.Roster.ByExtension(extension)
	if extension != "" && !named {
		return errs.New(errs.NotFound, "pbx.no_extension", "nobody has that extension")
	}
	for _, c := range p.running() {
		if c.ref.Project == plan.Project.ID && c.wants(as, at.ID) {
			c.post(func() {
				id := c.state.NextLeg()
				c.attach(id, in, trunk.Trunk{})
				c.step(dialplan.Joined{Leg: id, Employee: employee, As: as})
			})
			return nil
		}
	}
	return errs.New(errs.NotFound, "pbx.nothing_to_take", "there is no call to take")
}

// wants tells whether somebody may come into the call that way, as far as it can be seen from outside.
func (c *liveCall) wants(as dialplan.Joining, at staff.EmployeeID) bool {
	answer := make(chan bool, 1)
	c.post(func() {
		rings := false
		for _, l := range c.state.Legs {
			if !l.Incoming && (l.State == dialplan.LegRinging || l.State == dialplan.LegDialled) {
				rings = rings || at == "" || l.Employee == string(at)
			}
		}
		parked := false
		for _, t := range c.state.Timers {
			parked = parked || t.Name == "park"
		}
		answer <- as == dialplan.AsPickup && rings || as == dialplan.AsUnpark && parked
	})
	select {
	case yes := <-answer:
		return yes
	case <-c.journal.done:
		return false
	}
}

// takeNumber counts a call to a number that bounds how many there are at once (Rule T-57); false where there are as many.
func (p *PBX) takeNumber(number string) (bool, error) {
	var carried trunk.Carried
	err := p.DB.Snapshot(p.ctx, func(ctx context.Context, q store.Querier) (err error) {
		carried, _, err = trunk.Of(ctx, q, number)
		return err
	})
	return err == nil && p.bounds.takeNow(trunk.BoundOfNumber(number), carried.Most), err
}

// inbound gathers what a call from outside goes by.
func (p *PBX) inbound(plan *routing.Plan, from, number phone.Number) (dialplan.Arrived, error) {
	caller, err := p.callerOf(plan, from, number)
	if err != nil {
		return dialplan.Arrived{}, err
	}
	if !plan.Routed && !caller.Suspended {
		return dialplan.Arrived{}, errs.New(errs.NotFound, "pbx.not_routed", "the number has no scheme")
	}
	return plan.For().Inbound(caller, p.Now(), plan.Zone), nil
}
