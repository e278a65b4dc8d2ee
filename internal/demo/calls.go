package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/store"
)

// The shop's people, by the contact that is rung.
var staff = map[string]call.Person{
	managers[0]: {ID: "e-maksym", Name: "Maksym Bondar", Department: "d-sales", DepartmentName: "Sales"},
	managers[1]: {ID: "e-iryna", Name: "Iryna Kovalenko", Department: "d-sales", DepartmentName: "Sales"},
	managers[2]: {ID: "e-taras", Name: "Taras Melnyk", Department: "d-delivery", DepartmentName: "Delivery"},
	managers[3]: {ID: "e-olena", Name: "Olena Shevchuk", Department: "d-sales", DepartmentName: "Sales"},
}

var (
	dayScheme  = call.Scheme{ID: "s-day", Name: "Shop by day", Version: 4}
	topics     = []string{"Order", "Order", "Order", "Delivery", "Delivery", "Question", "Complaint"}
	categories = []string{"Order", "Delivery", "Question", "Complaint", "Supplier"}
	remarks    = []string{"25 white roses for Friday, deliver by 10", "Asked to move the delivery to Saturday", "Wants an invoice for the office", "Will call back about the wedding", "Happy with the bouquet"}
)

// told makes the call of a leg that was charged: who called, whom it rang, what happened. Its chance comes from the seed and
// the leg's id alone, so that it changes nothing of what is charged and is the same whenever the demo runs.
type told struct {
	*rand.Rand
	leg     *leg
	charged map[string]charging.Leg // by id
	at      time.Time
	opening call.Opening
	closing call.Closing
}

func tell(seed uint64, l *leg, charged map[string]charging.Leg) *told {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(l.id)) // never fails
	return &told{Rand: rand.New(rand.NewPCG(seed, hash.Sum64())), leg: l, charged: charged}
}

// event adds what happened so many seconds after the beginning; params are pairs.
func (c *told) event(after int, code string, params ...string) {
	e := call.Event{At: c.at.Add(time.Duration(after) * time.Second), Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		e.Params[params[i]] = params[i+1]
	}
	c.closing.Events = append(c.closing.Events, e)
}

// begin dates the call so many seconds before an instant.
func (c *told) begin(answered time.Time, wait int, direction call.Direction, client, number string) {
	c.at = answered.Add(-time.Duration(wait) * time.Second).Truncate(time.Microsecond)
	c.opening = call.Opening{
		Project: Project, ID: call.IDAt(c.at, c.IntN(1024)), Direction: direction, Client: client, Number: number,
	}
}

// end ends an answered call.
func (c *told) end(who call.Person, seconds int64) {
	answered := c.leg.answeredAt
	c.closing.Status, c.closing.Person = call.Answered, who
	c.closing.AnsweredAt, c.closing.EndedAt = answered, answered.Add(time.Duration(seconds)*time.Second)
	c.closing.EndedBy = []call.Party{call.ByClient, call.ByClient, call.ByStaff}[c.IntN(3)]
	if c.IntN(5) > 0 {
		c.closing.Category = topics[c.IntN(len(topics))]
	}
	c.event(int(c.closing.EndedAt.Sub(c.at)/time.Second), call.HungUp, "by", string(c.closing.EndedBy))
}

// connected is a leg that somebody answered.
func (c *told) connected(n int64, address string, id string, start, answer, end time.Time) call.Leg {
	l := call.Leg{
		N: n, SIPCallID: fmt.Sprintf("%08x@kvitka", c.Uint32()), Address: address, StartedAt: start, RingingAt: start.Add(time.Second), AnsweredAt: answer, EndedAt: end,
		SIPCode: 200, Q850: 16, Charging: id, Cost: c.charged[id].Amount,
		Quality: call.Quality{MOS: int64(400 + c.IntN(40)), Loss: int64(c.IntN(60)), Jitter: time.Duration(2+c.IntN(9)) * time.Millisecond},
	}
	if who, ok := staff[address]; ok {
		l.Employee, l.EmployeeName = who.ID, who.Name
	}
	if !strings.HasPrefix(address, "sip:") {
		l.Trunk = "Kyiv trunk"
	}
	return l
}

// forward is a client's call that was put through to an employee.
func (c *told) forward() {
	wait := 6 + c.IntN(18)
	client, who := c.client(), staff[c.leg.to]
	c.begin(c.leg.answeredAt, wait, call.Inbound, client, c.leg.number)
	c.opening.Scheme = dayScheme
	c.event(0, call.CameIn, "number", c.leg.number)
	c.event(0, call.SchemeChosen, "name", dayScheme.Name, "version", strconv.FormatInt(dayScheme.Version, 10))
	end := c.leg.answeredAt.Add(time.Duration(c.leg.seconds) * time.Second)
	incoming := c.connected(1, client, "", c.at, c.leg.answeredAt, end)
	incoming.Incoming = true
	legs, rung := []call.Leg{incoming}, 1
	if wait > 16 {
		legs, rung = append(legs, c.silent(2, c.leg.to, rung)), 14
	}
	c.event(rung, call.RingingLeg, "name", who.Name)
	legs = append(legs, c.connected(int64(len(legs)+1), c.leg.to, c.leg.id, c.at.Add(time.Duration(rung)*time.Second), c.leg.answeredAt, end))
	c.event(wait, call.AnsweredBy, "name", who.Name)
	c.event(wait, call.RecordingOn, "consent", string(call.ConsentAnnounced))
	c.closing.Legs = legs
	c.end(who, c.leg.seconds)
}

// silent is somebody else who did not answer.
func (c *told) silent(n int64, but string, after int) call.Leg {
	others := slices.DeleteFunc(slices.Clone(managers), func(m string) bool { return m == but })
	address := others[c.IntN(len(others))]
	who := staff[address]
	c.event(after, call.RingingLeg, "name", who.Name)
	c.event(after+13, call.SilentLeg, "name", who.Name, "seconds", "13")
	start := c.at.Add(time.Duration(after) * time.Second)
	return call.Leg{
		N: n, SIPCallID: fmt.Sprintf("%08x@kvitka", c.Uint32()), Address: address, Employee: who.ID, EmployeeName: who.Name, StartedAt: start,
		RingingAt: start.Add(time.Second), EndedAt: start.Add(13 * time.Second), SIPCode: 487, Reason: "Request Terminated", Q850: 19,
	}
}

func (c *told) outbound() {
	wait, who := 4+c.IntN(14), staff[managers[c.IntN(len(managers))]]
	c.begin(c.leg.answeredAt, wait, call.Outbound, c.leg.to, mainNumber)
	c.opening.Person = who
	c.event(0, call.BeganOut, "name", who.Name)
	c.event(wait, call.ClientAnswered)
	c.closing.Legs = []call.Leg{c.connected(1, c.leg.to, c.leg.id, c.at, c.leg.answeredAt, c.leg.answeredAt.Add(time.Duration(c.leg.seconds)*time.Second))}
	c.end(who, c.leg.seconds)
}

// callback is both legs of a callback; manager is the employee's.
func (c *told) callback(manager charging.Leg) {
	c.begin(manager.AnsweredAt, 3+c.IntN(4), call.Callback, c.leg.to, mainNumber)
	who := staff[manager.To]
	c.event(0, call.AskedCallback, "seconds", "30")
	c.event(0, call.RingingLeg, "name", who.Name)
	c.event(int(manager.AnsweredAt.Sub(c.at)/time.Second), call.AnsweredBy, "name", who.Name)
	c.event(int(c.leg.answeredAt.Sub(c.at)/time.Second), call.ClientAnswered)
	c.charged[manager.ID] = manager
	c.closing.Legs = []call.Leg{
		c.connected(1, manager.To, manager.ID, c.at, manager.AnsweredAt, manager.AnsweredAt.Add(time.Duration(manager.Seconds)*time.Second)),
		c.connected(2, c.leg.to, c.leg.id, manager.AnsweredAt, c.leg.answeredAt, c.leg.answeredAt.Add(time.Duration(c.leg.seconds)*time.Second)),
	}
	c.end(who, c.leg.seconds)
}

// missed is, for one forwarded call in six, a call before it that nobody answered; ok is false for the others.
func (c *told) missed() (ok bool) {
	if c.IntN(6) > 0 {
		return false
	}
	wait := 15 + c.IntN(30)
	client := c.client()
	c.begin(c.leg.answeredAt.Add(-time.Duration(5+c.IntN(20))*time.Minute), 0, call.Inbound, client, c.leg.number)
	c.opening.Scheme = dayScheme
	end := c.at.Add(time.Duration(wait) * time.Second)
	c.closing = call.Closing{Status: []call.Status{call.NoAnswer, call.NoAnswer, call.Busy, call.Voicemail}[c.IntN(4)], EndedAt: end, EndedBy: call.ByClient}
	c.event(0, call.CameIn, "number", c.leg.number)
	c.event(0, call.SchemeChosen, "name", dayScheme.Name, "version", strconv.FormatInt(dayScheme.Version, 10))
	incoming := call.Leg{N: 1, SIPCallID: fmt.Sprintf("%08x@kvitka", c.Uint32()), Address: client, Incoming: true, Trunk: "Kyiv trunk", StartedAt: c.at, EndedAt: end, SIPCode: 487, Reason: "Request Terminated"}
	c.closing.Legs = []call.Leg{incoming, c.silent(2, "", 1)}
	if c.closing.Status == call.Voicemail {
		c.event(15, call.ToVoicemail)
		c.event(wait, call.LeftVoicemail, "seconds", strconv.Itoa(wait-15))
	}
	c.event(wait, call.HungUp, "by", string(call.ByClient))
	return true
}

// client is who calls: often somebody who called before.
func (c *told) client() string {
	n := c.IntN(900_000)
	if c.IntN(3) == 0 {
		n = c.IntN(140)
	}
	return fmt.Sprintf("%s%07d", customers[n%len(customers)], 2_000_000+n)
}

// logCalls writes the calls of legs that were charged together, in one transaction.
func (l *life) logCalls(ctx context.Context, events []event) error {
	if l.Files == nil {
		return nil
	}
	var list []*told
	for _, e := range events {
		if e.leg == nil {
			continue
		}
		found, err := l.tellOf(ctx, e.leg)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	slices.SortStableFunc(list, func(a, b *told) int { return a.at.Compare(b.at) })
	if err := l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range list {
			if err := call.Log(ctx, tx, c.opening, c.closing); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return l.record(ctx, list)
}

// tellOf are the calls that a charged leg belongs to: none for the first leg of a callback, whose second one tells it.
func (l *life) tellOf(ctx context.Context, one *leg) ([]*told, error) {
	charged := map[string]charging.Leg{}
	leg, err := charging.GetLeg(ctx, l.DB, Project, one.id)
	if err != nil {
		return nil, err
	}
	charged[one.id] = leg
	c := tell(l.options.Seed, one, charged)
	switch one.kind {
	case "forward":
		c.forward()
		if m := tell(l.options.Seed+1, one, nil); m.missed() {
			return []*told{m, c}, nil
		}
	case "outbound":
		c.outbound()
	case "callback_client":
		manager, err := charging.GetLeg(ctx, l.DB, Project, strings.TrimSuffix(one.id, "-client")+"-manager")
		if err != nil {
			return nil, err
		}
		c.callback(manager)
	default:
		return nil, nil
	}
	return []*told{c}, nil
}

// annotate gives the log its categories, and the last calls a few notes and tags.
func (l *life) annotate(ctx context.Context) error {
	if l.Files == nil {
		return nil
	}
	at := l.options.Now
	p, err := access.NewGate(l.DB).ByInstallation(ctx, shopOrg, at)
	if err != nil {
		return err
	}
	w, err := call.Look(p, access.Edit)
	if err != nil {
		return err
	}
	last, err := w.List(ctx, l.DB, call.Filter{Results: []call.Result{call.ProperCall, call.RepeatedCall}}, call.NewestFirst, 0, 12)
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := call.SetSettings(ctx, tx, p, call.Settings{ProperSeconds: call.Standard.ProperSeconds, Categories: categories}, at); err != nil {
			return err
		}
		for i, c := range last {
			if i%2 == 0 {
				if _, err := call.AddNote(ctx, tx, p, c.ID, remarks[i/2%len(remarks)], c.EndedAt); err != nil {
					return err
				}
			}
			if i%4 == 1 {
				if err := call.SetTags(ctx, tx, p, c.ID, []string{"VIP", "wedding"}[i/4%2:], c.EndedAt); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
