package app

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/calls"
)

// errNoCalls is the answer while the node takes no calls.
var errNoCalls = errs.New(errs.Unavailable, "pbx.draining", "this node takes no calls now").Try("try again in a moment")

func (t *switchboard) pbx() (*pbx.PBX, error) {
	if p := t.running.Load(); p != nil {
		return p, nil
	}
	return nil, errNoCalls
}

// ClickToCall rings an employee and then a number (api.Switchboard).
func (t *switchboard) ClickToCall(ctx context.Context, project ident.ProjectID, employee, to string) (call.ID, error) {
	p, err := t.pbx()
	if err != nil {
		return 0, err
	}
	return p.Place(ctx, project, employee, to)
}

// Order has something done to a call that goes on, on whatever node it runs (api.Switchboard).
func (t *switchboard) Order(ctx context.Context, ref call.Ref, order call.Command) error {
	p, err := t.pbx()
	if err != nil {
		return err
	}
	return p.Order(ctx, ref, order)
}

// Callback connects a client with the employees of the scheme of a project's number (api.Switchboard, calls.Exchange). errs.NotFound
// `routing.unknown_number` for a number of another project, `pbx.not_routed` for one without a scheme.
func (t *switchboard) Callback(ctx context.Context, project ident.ProjectID, number phone.Number, to string, clientFirst bool) (call.ID, error) {
	p, err := t.pbx()
	if err != nil {
		return 0, err
	}
	plan, err := t.app.Routing.ForNumber(ctx, number, t.app.clock())
	switch {
	case err != nil:
		return 0, err
	case plan.Project.ID != project:
		return 0, routing.UnknownNumber(number)
	case !plan.Routed:
		return 0, errs.New(errs.NotFound, "pbx.not_routed", "the number %s has no scheme", number).At("number").Try("give it one that rings somebody")
	}
	return p.Callback(ctx, number, to, clientFirst)
}

// Obey has something done to a call that goes on; an order that rings somebody and names nobody rings the member who asks
// (calls.Exchange).
func (t *switchboard) Obey(ctx context.Context, by access.Permit, id call.ID, order call.Command) error {
	switch order.Kind {
	case call.Fetch, call.Listen, call.Whisper, call.Barge:
		if order.Employee == "" {
			_, me, err := t.employee(ctx, by)
			if err != nil {
				return err
			}
			order.Employee = string(me.ID)
		}
	}
	return t.Order(ctx, call.Ref{Project: by.Org.Project(), ID: id}, order)
}

// CallBack rings the member who asks and then the client of a call (calls.Exchange).
func (t *switchboard) CallBack(ctx context.Context, by access.Permit, id call.ID) error {
	project, me, err := t.employee(ctx, by)
	if err != nil {
		return err
	}
	window, err := call.Look(by, access.Edit)
	if err != nil {
		return err
	}
	var c call.Call
	if err := t.app.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		c, err = window.Get(ctx, q, id)
		return err
	}); err != nil {
		return err
	}
	_, err = t.ClickToCall(ctx, project, string(me.ID), c.Client)
	return err
}

// employee is the employee that whoever asks is.
func (t *switchboard) employee(ctx context.Context, by access.Permit) (ident.ProjectID, staff.Employee, error) {
	project := by.Org.Project()
	roster, err := t.app.Staff.Roster(ctx, project, t.app.clock())
	if err != nil {
		return project, staff.Employee{}, err
	}
	for _, e := range roster.Employees {
		if by.Self != "" && e.User == by.Self {
			return project, e, nil
		}
	}
	return project, staff.Employee{}, errs.New(errs.Conflict, "pbx.no_telephone", "you are no employee of this project, so no telephone of yours can ring").
		Try("add yourself under Telephony, Employees, with a SIP account or a number")
}

// Agents are the employees who could be rung, and since when each is as they are (calls.Exchange). Who talks is known from the log,
// whichever node runs the call; whose telephone is registered, from this one.
func (t *switchboard) Agents(ctx context.Context, project ident.ProjectID) ([]calls.Agent, error) {
	roster, err := t.app.Staff.Roster(ctx, project, t.app.clock())
	if err != nil {
		return nil, err
	}
	busy := map[string]calls.Agent{}
	var talked map[string]time.Time
	err = t.app.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		if talked, err = call.LastTalks(ctx, q, project, t.app.clock().Add(-24*time.Hour)); err != nil {
			return err
		}
		going, err := call.Going(ctx, q, project)
		for _, l := range going {
			state := calls.AgentRinging
			if l.Phase.Spoken() {
				state = calls.AgentTalking
			}
			for _, who := range l.People {
				busy[who.ID] = calls.Agent{State: state, Since: l.At}
			}
		}
		return err
	})
	var agents []calls.Agent
	for _, e := range roster.Employees {
		if len(e.Rings()) == 0 {
			continue
		}
		a := t.agent(roster, e, busy)
		if last := talked[a.ID]; a.State == calls.AgentFree && last.After(a.Since) {
			a.Since = last
		}
		agents = append(agents, a)
	}
	return agents, err
}

func (t *switchboard) agent(roster *staff.Roster, e staff.Employee, busy map[string]calls.Agent) calls.Agent {
	a, talks := busy[string(e.ID)]
	switch {
	case talks:
	case e.Presence != staff.Available || !t.reachable(e):
		a = calls.Agent{State: calls.AgentAway, Since: e.PresenceAt}
	default:
		a = calls.Agent{State: calls.AgentFree, Since: e.PresenceAt}
	}
	a.Person = call.Person{ID: string(e.ID), Name: e.Name, User: account.UserID(e.User), Department: string(e.Department)}
	for _, d := range roster.Departments {
		if d.ID == e.Department {
			a.DepartmentName = d.Name
		}
	}
	return a
}

// reachable reports whether an employee has a number, or a telephone that is registered here.
func (t *switchboard) reachable(e staff.Employee) bool {
	for _, c := range e.Rings() {
		if c.Kind != staff.BySIP || t.running.Load() != nil && len(t.stack.Contacts(c.Address)) > 0 {
			return true
		}
	}
	return false
}
