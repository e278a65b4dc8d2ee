package pbx

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
)

// ClickToCall rings an employee's contacts and then a number, and gives the call's id at once. Errors: errs.NotFound
// `project.not_found`, `staff.no_employee`; errs.Invalid `phone.invalid`; errs.Unavailable `pbx.draining`. What becomes of the
// call is told by the log.
func (p *PBX) ClickToCall(ctx context.Context, project ident.ProjectID, employee, to string) (call.ID, error) {
	plan, err := p.Routing.ForProject(ctx, project, p.Now())
	if err != nil {
		return 0, err
	}
	if _, ok := plan.Roster.Employee(staff.EmployeeID(employee)); !ok {
		return 0, errs.New(errs.NotFound, "staff.no_employee", "the project has no employee %.40q", employee).At("employee")
	}
	number, err := phone.Parse(to, plan.Project.Country)
	if err != nil {
		return 0, err
	}
	return p.place(plan, dialplan.Arrived{Kind: dialplan.ClickToCall, Employee: employee, To: string(number)})
}

// Callback connects a client who asked for it with the employees of a number's scheme, who are called first, or after the
// client. Errors as ClickToCall, and errs.NotFound `routing.unknown_number`.
func (p *PBX) Callback(ctx context.Context, number phone.Number, to string, clientFirst bool) (call.ID, error) {
	plan, err := p.Routing.ForNumber(ctx, number, p.Now())
	if err != nil {
		return 0, err
	}
	client, err := phone.Parse(to, plan.Project.Country)
	if err != nil {
		return 0, err
	}
	scheme, closed, who := plan.Rings()
	return p.place(plan, dialplan.Arrived{
		Kind: dialplan.Callback, Number: string(number), To: string(client), ClientFirst: clientFirst, Scheme: scheme, Closed: closed,
		Opening: plan.Hours.At(p.Now(), plan.Zone), Staff: who,
	})
}

// backFromQueue calls a client who left a queue, with the employee who is free now. Nobody waits for it: an error is logged here.
func (p *PBX) backFromQueue(project ident.ProjectID, employee, to string) (id call.ID, err error) {
	plan, err := p.Routing.ForProject(p.ctx, project, p.Now())
	if err == nil {
		id, err = p.place(plan, dialplan.Arrived{Kind: dialplan.FromQueue, Employee: employee, To: to})
	}
	if err != nil {
		p.Log.Error("a caller is not called back from a queue", "project", project, "err", err)
	}
	return id, err
}

// place begins a call to both sides.
func (p *PBX) place(plan *routing.Plan, arrived dialplan.Arrived) (call.ID, error) {
	p.mu.Lock()
	draining := p.draining
	p.mu.Unlock()
	if draining {
		return 0, errDraining
	}
	arrived.Country, arrived.Own, arrived.Settings = plan.Project.Country, plan.Own, settings(plan)
	if arrived.Staff == nil {
		arrived.Staff = plan.Staff()
	}
	ref := call.Ref{Project: plan.Project.ID, ID: call.NewID(p.Now())}
	c := p.begin(plan, ref)
	c.post(func() { c.begins(arrived) })
	return ref.ID, nil
}

// Command gives a running call an order of somebody: dialplan.Transfer, Consult, CompleteTransfer, CancelConsult, Merge,
// Hold, Resume, Park, Take, Supervise, Stop. Errors: errs.NotFound `call.not_found` where the call does not run on this node; errs.Conflict
// `pbx.not_now` for an order that makes no sense at the moment and `pbx.nobody_there` where whom it names has nothing that rings
// (Rule T-125).
func (p *PBX) Command(ref call.Ref, order dialplan.Event) error {
	c := p.find(ref)
	answer := make(chan error, 1)
	if c == nil || !c.post(func() { answer <- c.command(order) }) {
		return errGone()
	}
	select {
	case err := <-answer:
		return err
	case <-c.journal.done:
	}
	select {
	case err := <-answer: // the order has ended it
		return err
	default:
		return errGone()
	}
}

func errGone() error {
	return errs.New(errs.NotFound, "call.not_found", "no such call runs here").At("call")
}

// command does what somebody orders, and tells where nothing came of it.
func (c *liveCall) command(order dialplan.Event) error {
	nobody := false
	for _, e := range c.step(order) {
		note, said := e.(dialplan.Note)
		if !said {
			return nil
		}
		nobody = nobody || note.Reason.Code == "transfer.nobody"
	}
	if nobody {
		return errs.New(errs.Conflict, "pbx.nobody_there", "nothing rings for whom the order names").At("body").Try("choose somebody with a telephone who is available")
	}
	return errs.New(errs.Conflict, "pbx.not_now", "that cannot be done with the call at the moment").At("call").Try("see what goes on in the call, and order what fits")
}

// LegOf is the leg by which an employee takes part in a call, for Command; 0 where they do not.
func (p *PBX) LegOf(ref call.Ref, employee string) dialplan.LegID {
	c := p.find(ref)
	if c == nil {
		return 0
	}
	answer := make(chan dialplan.LegID, 1)
	c.post(func() {
		for _, l := range c.state.Legs {
			if l.Employee == employee && l.State == dialplan.LegUp {
				answer <- l.ID
				return
			}
		}
		answer <- 0
	})
	select {
	case id := <-answer:
		return id
	case <-c.journal.done:
		return 0
	}
}
