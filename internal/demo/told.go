package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
)

var (
	topics     = map[string][]string{sales: {"Order", "Order", "Order", "Question", "Complaint"}, delivery: {"Delivery", "Delivery", "Order", "Complaint"}}
	categories = []string{"Order", "Delivery", "Question", "Complaint", "Supplier"}
)

// topic is what a call with somebody was about.
func topic(chance *rand.Rand, who call.Person) string {
	if all := topics[who.DepartmentName]; len(all) > 0 {
		return all[chance.IntN(len(all))]
	}
	return "Question"
}

// forwarded is a client's call that was put through to an employee; for one in six, also a call before it that nobody answered.
func (l *life) forwarded(c *told) []*told {
	client, who := c.client(), c.cast.byContact[c.leg.to]
	back := l.dialled[who.ID]
	if returns := back.day == c.leg.answeredAt.YearDay() && c.IntN(3) == 0; returns { // whom this employee called today
		client = back.client
	}
	scheme := l.schemeOf(c.leg.number)
	c.comeIn(client, c.leg.number, scheme)
	if client != "" && client == back.client {
		c.event(call.LastAgent, "name", who.Name)
	} else {
		c.route(scheme, who)
	}
	c.answer(c.leg.to, who, c.leg.id)
	c.event(call.AnsweredBy, "name", who.Name)
	c.talk(who, c.leg.answeredAt, c.leg.seconds)
	m := l.tell(1, c.leg.id)
	ended := c.at.Add(-time.Duration(2+m.IntN(14)) * time.Minute)
	if m.IntN(6) > 0 || !l.isOpen(ended) {
		return []*told{c}
	}
	if caller := m.client(); m.IntN(4) == 0 { // somebody else, who does not try again
		client = caller
	}
	m.comeIn(client, c.leg.number, scheme)
	m.giveUp(scheme, ended)
	return []*told{m, c}
}

// outcall is whom an employee called last, and on which day of the year.
type outcall struct {
	client string
	day    int
}

func (l *life) isOpen(at time.Time) bool { return shopHours().At(at, l.zone).Open }

// route is what happens to a call by a scheme until the one who answers is rung.
func (c *told) route(scheme string, who call.Person) {
	version := c.opening.Scheme.Version
	switch {
	case scheme == mainScheme && version > 1:
		c.choose(map[string]string{delivery: "2"}[who.DepartmentName])
		if who.DepartmentName == sales && version > 2 {
			c.wait()
		} else if c.IntN(4) == 0 {
			c.somebody(who)
		}
	case scheme == adScheme:
		for n := c.IntN(3); n > 0; n-- {
			c.somebody(who)
		}
	case c.IntN(3) == 0:
		c.somebody(who)
	}
}

// choose is the menu; without a key the caller waits it out.
func (c *told) choose(key string) {
	c.event(call.MenuPlayed, "name", "Welcome")
	if key == "" {
		key = "1"
	}
	switch c.IntN(12) {
	case 0:
		c.pass(9, 6)
		c.event(call.WrongDigit, "digit", "7")
		c.pass(8, 5)
	case 1, 2, 3:
		c.now += 19 // it plays to its end, and silence follows
		return
	default:
		c.pass(4, 9)
	}
	c.event(call.Digit, "digit", key)
}

// wait is the queue, where callers mostly come first.
func (c *told) wait() {
	c.event(call.Queued, "name", salesQueue, "position", strconv.Itoa(1+c.IntN(8)/6+c.IntN(12)/11))
	if c.IntN(3) == 0 {
		c.pass(8, 50)
	}
}

// somebody else is rung and does not answer.
func (c *told) somebody(but call.Person) {
	others := slices.DeleteFunc(slices.Clone(managers), func(m string) bool { return c.cast.byContact[m].ID == but.ID })
	address := others[c.IntN(len(others))]
	who := c.cast.byContact[address]
	c.silent(address, who, longestInTurn-c.IntN(3), c.IntN(5) == 0)
}

// giveUp is a call that nobody answered: the client hangs up, or leaves a message.
func (c *told) giveUp(scheme string, ended time.Time) {
	if scheme == mainScheme && c.opening.Scheme.Version > 1 {
		c.choose("")
		if c.opening.Scheme.Version > 2 {
			c.wait()
		}
	}
	first := c.IntN(len(managers))
	ring := func(n int, declines bool) {
		address := managers[(first+n)%len(managers)]
		c.silent(address, c.cast.byContact[address], longestInTurn, declines)
	}
	switch c.IntN(6) {
	case 0:
		ring(0, false)
		c.leaveMessage(ended)
	case 1:
		ring(0, true)
		ring(1, true)
		c.unanswered(call.Busy, call.BySystem, ended)
	case 2:
		ring(0, false)
		ring(1, true)
		c.pass(1, 8)
		c.unanswered(call.NoAnswer, call.ByClient, ended)
	default:
		ring(0, false)
		c.pass(1, 8)
		c.unanswered(call.NoAnswer, call.ByClient, ended)
	}
}

// leaveMessage is the end of a call that goes to the voicemail.
func (c *told) leaveMessage(ended time.Time) {
	c.event(call.ToVoicemail)
	c.said = messages[c.IntN(len(messages))]
	const greeting = 8
	c.now += greeting + c.said.seconds()
	c.event(call.LeftVoicemail, "seconds", strconv.Itoa(c.said.seconds()))
	c.unanswered(call.Voicemail, call.ByClient, ended)
}

// outbound is an employee's call to a client. One in three calls somebody back who called in vain; one in six had to be tried twice;
// one in seven was begun from the cabinet.
func (l *life) outbound(c *told) (list []*told) {
	address := managers[c.IntN(len(managers))]
	who := c.cast.byContact[address]
	l.dialled[who.ID] = outcall{c.leg.to, c.leg.answeredAt.YearDay()}
	m := l.tell(1, c.leg.id)
	ended := c.leg.answeredAt.Add(-time.Duration(4+m.IntN(30)) * time.Minute)
	switch chance := m.IntN(6); {
	case chance < 2 && l.isOpen(ended):
		number := []string{mainNumber, urgentNumber, trackingNumbers[2]}[m.IntN(3)]
		m.comeIn(c.leg.to, number, l.schemeOf(number))
		m.giveUp(l.schemeOf(number), ended)
		list = append(list, m)
	case chance == 2:
		m.tryInVain(c.leg.to, who, ended)
		list = append(list, m)
	}
	c.ring(c.leg.to, who)
	if address == managers[3] && c.IntN(2) == 0 { // begun on the client's card: her own telephone first, which costs nothing
		c.opening.Direction = call.ClickToCall
		c.answer(address, who, "")
		c.event(call.AnsweredBy, "name", who.Name)
	}
	c.answer(c.leg.to, call.Person{}, c.leg.id)
	c.rung = slices.DeleteFunc(c.rung, func(m moment) bool { return m.event.Code == call.RingingLeg && m.event.Params["name"] == "" })
	c.event(call.ClientAnswered)
	c.talk(who, c.leg.answeredAt, c.leg.seconds)
	return append(list, c)
}

// tryInVain is an employee's call to a client who is busy or does not answer.
func (c *told) tryInVain(client string, who call.Person, ended time.Time) {
	c.ring(client, who)
	leg := c.reach(client, call.Person{}).leg
	if c.IntN(3) == 0 {
		leg.SIPCode, leg.Reason, leg.Q850 = 486, "Busy Here", 17
		c.pass(2, 3)
		c.unanswered(call.Busy, call.BySystem, ended)
		return
	}
	leg.SIPCode, leg.Reason, leg.Q850 = 487, "Request Terminated", 19
	c.pass(20, 15)
	c.unanswered(call.NoAnswer, call.ByStaff, ended)
}

// ring is the beginning of an employee's call.
func (c *told) ring(client string, who call.Person) {
	c.opening.Direction, c.opening.Client, c.opening.Number, c.opening.Person = call.Outbound, client, mainNumber, who
	c.event(call.BeganOut, "name", who.Name)
}

// callback is both legs of a callback; manager is the employee's.
func (c *told) callback(manager charging.Leg) {
	who := c.cast.byContact[manager.To]
	c.opening.Direction, c.opening.Client, c.opening.Number = call.Callback, c.leg.to, mainNumber
	c.charged[manager.ID] = manager
	c.event(call.AskedCallback, "seconds", "30")
	c.answer(manager.To, who, manager.ID)
	c.event(call.AnsweredBy, "name", who.Name)
	c.reach(c.leg.to, call.Person{}).leg.Charging = c.leg.id
	c.rung[len(c.rung)-1].answers = true
	c.now += int(c.leg.answeredAt.Sub(manager.AnsweredAt) / time.Second)
	c.event(call.ClientAnswered)
	c.talk(who, c.leg.answeredAt, c.leg.seconds)
}

// quiet is a call that cost nothing: between colleagues, or outside working hours.
func (l *life) quiet(e event) *told {
	c := l.tell(0, e.quiet.id)
	if e.quiet.internal {
		c.colleagues(e.at)
		return c
	}
	c.comeIn(c.client(), e.quiet.number, nightScheme)
	c.event(call.OutOfHours)
	c.event(call.MenuPlayed, "name", "We are closed")
	if c.IntN(5) < 2 {
		c.now += 21
		c.leaveMessage(e.at)
		return c
	}
	c.pass(4, 14)
	c.unanswered(call.NoAnswer, call.ByClient, e.at)
	return c
}

// colleagues call each other by their extensions; now and then one is not at her desk.
func (c *told) colleagues(ended time.Time) {
	from, to := 1+c.IntN(2), 4 // who have telephones of the shop's
	if c.IntN(2) == 0 {
		from, to = to, from
	}
	caller, called := c.cast.byExtension[from], c.cast.byExtension[to]
	c.opening.Direction, c.opening.Client, c.opening.Number, c.opening.Person = call.Internal, colleagues[to].extension, colleagues[from].extension, caller
	c.event(call.BeganOut, "name", caller.Name)
	if c.IntN(5) == 0 {
		c.silent("sip:"+colleagues[to].extension, called, 20, false)
		c.unanswered(call.NoAnswer, call.ByStaff, ended)
		return
	}
	c.answer("sip:"+colleagues[to].extension, called, "")
	c.event(call.AnsweredBy, "name", called.Name)
	talk := int64(12 + c.IntN(80))
	c.talk(caller, ended.Add(-time.Duration(talk)*time.Second), talk)
	c.closing.Category = ""
}
