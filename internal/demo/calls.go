package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/store"
)

const carrier = "Kyiv trunk"

// told makes the call of a leg that was charged: who called, whom it rang, what happened. Its chance comes from the seed and
// the leg's id alone, so that it changes nothing of what is charged and is the same whenever the demo runs.
//
// Time is told in seconds since the call began, which is known only once it is told how long the client waited: begin dates it all.
type told struct {
	*rand.Rand
	cast    *cast
	schemes map[string]call.Scheme
	leg     *leg                    // that was charged; nil for a call that cost nothing
	charged map[string]charging.Leg // by id
	now     int                     // seconds since the call began
	rung    []moment                // what has happened, not dated yet
	at      time.Time
	opening call.Opening
	closing call.Closing
	said    voices // what is on its recording
}

// moment is an event or a leg in seconds since the call began.
type moment struct {
	event       call.Event
	after       int
	leg         *call.Leg
	rings, ends int
	answers     bool
}

func (l *life) tell(salt uint64, id string) *told {
	return &told{Rand: chanceOf(l.options.Seed, salt, id), cast: &l.cast, schemes: l.schemes, charged: map[string]charging.Leg{}}
}

// event adds what happens now; params are pairs.
func (c *told) event(code string, params ...string) {
	e := call.Event{Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		e.Params[params[i]] = params[i+1]
	}
	c.rung = append(c.rung, moment{event: e, after: c.now})
}

// pass lets time go by.
func (c *told) pass(least, more int) { c.now += least + c.IntN(more+1) }

// legs are how many there are so far.
func (c *told) legs() (n int64) {
	for _, m := range c.rung {
		if m.leg != nil {
			n++
		}
	}
	return n
}

func (c *told) sipID() string { return fmt.Sprintf("%08x@kvitka", c.Uint32()) }

// reach is a leg that begins now.
func (c *told) reach(address string, who call.Person) *moment {
	l := &call.Leg{N: c.legs() + 1, SIPCallID: c.sipID(), Address: address, Employee: who.ID, EmployeeName: who.Name}
	if !strings.HasPrefix(address, "sip:") && len(address) > len("20000") {
		l.Trunk = carrier
	}
	c.rung = append(c.rung, moment{leg: l, after: c.now, rings: c.now + 1})
	return &c.rung[len(c.rung)-1]
}

// comeIn is the client's leg of a call of theirs.
func (c *told) comeIn(client, number, scheme string) {
	c.opening.Client, c.opening.Number, c.opening.Direction, c.opening.Scheme = client, number, call.Inbound, c.schemes[scheme]
	m := c.reach(client, call.Person{})
	m.leg.Incoming, m.leg.Trunk, m.rings = true, carrier, 0
	c.event(call.CameIn, "number", number)
	c.event(call.SchemeChosen, "name", c.opening.Scheme.Name, "version", strconv.FormatInt(c.opening.Scheme.Version, 10))
}

// silent is somebody who is rung and does not answer, or declines.
func (c *told) silent(address string, who call.Person, wait int, declines bool) {
	m := c.reach(address, who)
	m.leg.SIPCode, m.leg.Reason, m.leg.Q850 = 487, "Request Terminated", 19
	n, i := strconv.FormatInt(m.leg.N, 10), len(c.rung)-1
	c.event(call.RingingLeg, "leg", n, "name", who.Name)
	if declines {
		c.rung[i].leg.SIPCode, c.rung[i].leg.Reason, c.rung[i].leg.Q850 = 486, "Busy Here", 17
		c.now += min(wait, 4)
		c.event(call.DeclinedLeg, "leg", n, "name", who.Name, "sip", "486")
	} else {
		c.now += wait
		c.event(call.SilentLeg, "leg", n, "name", who.Name, "seconds", strconv.Itoa(wait))
	}
	c.rung[i].ends = c.now
}

// answer is somebody who is rung and answers; id names the leg that was charged for it.
func (c *told) answer(address string, who call.Person, id string) {
	m := c.reach(address, who)
	m.answers, m.leg.Charging = true, id
	c.event(call.RingingLeg, "leg", strconv.FormatInt(m.leg.N, 10), "name", who.Name)
	c.pass(3, 8)
}

// begin dates the call by the instant at which it was so many seconds old.
func (c *told) begin(instant time.Time, old int) {
	c.at = instant.Add(-time.Duration(old) * time.Second).Truncate(time.Microsecond)
	c.opening.Project, c.opening.ID = Project, call.IDAt(c.at, c.IntN(1024))
}

func (c *told) after(seconds int) time.Time { return c.at.Add(time.Duration(seconds) * time.Second) }

// date turns moments into events and legs.
func (c *told) date() {
	for _, m := range c.rung {
		if m.leg == nil {
			m.event.At = c.after(m.after)
			c.closing.Events = append(c.closing.Events, m.event)
			continue
		}
		l := *m.leg
		l.StartedAt, l.EndedAt = c.after(m.after), c.closing.EndedAt
		if m.rings > 0 {
			l.RingingAt = c.after(m.rings)
		}
		if m.ends > 0 {
			l.EndedAt = c.after(m.ends)
		}
		switch {
		case m.answers || l.Incoming && c.closing.Status == call.Answered:
			c.talked(&l)
		case l.Incoming && c.closing.Status == call.Voicemail:
			c.talked(&l)
			l.AnsweredAt = c.closing.EndedAt.Add(-c.said.length)
		case l.Incoming:
			l.SIPCode, l.Reason = 487, "Request Terminated"
		}
		c.closing.Legs = append(c.closing.Legs, l)
	}
}

// talked makes a leg one on which people talked: from the answer that was charged, where one was.
func (c *told) talked(l *call.Leg) {
	l.AnsweredAt, l.SIPCode, l.Q850 = c.closing.AnsweredAt, 200, 16
	if charged, ok := c.charged[l.Charging]; ok {
		l.Cost, l.AnsweredAt = charged.Amount, charged.AnsweredAt
		l.EndedAt = charged.AnsweredAt.Add(time.Duration(charged.Seconds) * time.Second)
	}
	l.Quality = call.Quality{MOS: int64(400 + c.IntN(40)), Loss: int64(c.IntN(60)), Jitter: time.Duration(2+c.IntN(9)) * time.Millisecond}
}

// talk ends a call that somebody answered at an instant, now, after so many seconds of talk.
func (c *told) talk(who call.Person, answered time.Time, seconds int64) {
	c.begin(answered, c.now)
	c.closing.Status, c.closing.Person = call.Answered, who
	c.closing.AnsweredAt, c.closing.EndedAt = answered, answered.Add(time.Duration(seconds)*time.Second)
	c.event(call.RecordingOn, "consent", string(call.ConsentAnnounced))
	c.now += int(seconds)
	if seconds > 150 && c.IntN(4) == 0 { // the florist looks for something
		back := c.now
		c.now -= int(seconds) - 40 - c.IntN(30)
		c.event(call.Held, "name", who.Name)
		c.pass(12, 30)
		c.event(call.Resumed, "name", who.Name)
		c.now = back
	}
	c.closing.EndedBy = []call.Party{call.ByClient, call.ByClient, call.ByStaff}[c.IntN(3)]
	c.event(call.HungUp, "by", string(c.closing.EndedBy))
	if c.IntN(6) > 0 {
		c.closing.Category = topic(c.Rand, who)
	}
	c.date()
}

// unanswered ends a call that nobody answered, now; it ended at an instant.
func (c *told) unanswered(status call.Status, by call.Party, ended time.Time) {
	c.begin(ended, c.now)
	c.closing.Status, c.closing.EndedAt, c.closing.EndedBy = status, ended, by
	c.event(call.HungUp, "by", string(by))
	c.date()
}

// client is who calls: often somebody who called before, now and then somebody who withholds their number.
func (c *told) client() string {
	if c.IntN(70) == 0 {
		return ""
	}
	n := c.IntN(900_000)
	if c.IntN(3) == 0 {
		n = c.IntN(140)
	}
	return fmt.Sprintf("%s%07d", customers[n%len(customers)], 2_000_000+n)
}

// logCalls writes the calls of what was charged together, and those that cost nothing, in one transaction.
func (l *life) logCalls(ctx context.Context, events []event) error {
	if !l.telephony() {
		return nil
	}
	var list []*told
	for _, e := range events {
		found, err := l.tellOf(ctx, e)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	slices.SortStableFunc(list, func(a, b *told) int { return a.at.Compare(b.at) })
	origins, err := l.origins(ctx, list)
	if err != nil {
		return err
	}
	if err := l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, c := range list {
			if err := call.Log(ctx, tx, c.opening, c.closing); err != nil {
				return err
			}
			if !origins[i].Tracked() {
				continue
			}
			if err := call.Attribute(ctx, tx, call.Ref{Project: Project, ID: c.opening.ID}, origins[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := l.remark(ctx, list); err != nil {
		return err
	}
	return l.record(ctx, list)
}

// tellOf are the calls that an event belongs to: none for the first leg of a callback, whose second one tells it.
func (l *life) tellOf(ctx context.Context, e event) ([]*told, error) {
	if e.quiet != nil {
		return []*told{l.quiet(e)}, nil
	}
	if e.leg == nil || e.leg.kind == "callback_manager" {
		return nil, nil
	}
	charged, err := charging.GetLeg(ctx, l.DB, Project, e.leg.id)
	if err != nil {
		return nil, err
	}
	c := l.tell(0, e.leg.id)
	c.leg, c.charged[e.leg.id] = e.leg, charged
	switch e.leg.kind {
	case "forward":
		return l.forwarded(c), nil
	case "outbound":
		return l.outbound(c), nil
	}
	manager, err := charging.GetLeg(ctx, l.DB, Project, strings.TrimSuffix(e.leg.id, "-client")+"-manager")
	if err != nil {
		return nil, err
	}
	c.callback(manager)
	return []*told{c}, nil
}
