package pbx

import (
	"context"
	"crypto/rand"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

const (
	obeyEvery = 250 * time.Millisecond
	askEvery  = 100 * time.Millisecond
	// answerWithin is how long another node may take to look at an order, and again to obey it.
	answerWithin = 3 * time.Second
)

// Order has something done to a call, on whatever node it runs (Rule T-120). Errors: errs.NotFound `call.not_found`; errs.Conflict
// `pbx.nobody_talks`, `pbx.not_now`, `pbx.nobody_there`; errs.Unavailable `call.other_node` where the call's node does not answer.
func (p *PBX) Order(ctx context.Context, ref call.Ref, o call.Command) error {
	if p.find(ref) != nil {
		_, err := p.obey(ctx, ref, o)
		return err
	}
	node, err := call.NodeOf(ctx, p.DB, ref)
	if err != nil {
		return err
	}
	_, err = p.ask(ctx, node, ref, o)
	return err
}

// Place is ClickToCall on the node where the employee's telephone is: here where they have one here or a number, or none is registered
// anywhere. Errors as ClickToCall, and errs.Unavailable `call.other_node`.
func (p *PBX) Place(ctx context.Context, project ident.ProjectID, employee, to string) (call.ID, error) {
	node, err := p.nodeOf(ctx, project, employee)
	if err != nil {
		return 0, err
	}
	if node == p.Node {
		return p.ClickToCall(ctx, project, employee, to)
	}
	return p.ask(ctx, node, call.Ref{Project: project}, call.Command{Kind: call.Place, Employee: employee, Phone: to})
}

// nodeOf names the node that can ring an employee.
func (p *PBX) nodeOf(ctx context.Context, project ident.ProjectID, employee string) (string, error) {
	plan, err := p.Routing.ForProject(ctx, project, p.Now())
	if err != nil {
		return "", err
	}
	e, known := plan.Roster.Employee(staff.EmployeeID(employee))
	if !known || p.reachable(plan.Staff(), employee) {
		return p.Node, nil
	}
	var accounts []string
	for _, c := range e.Rings() {
		if c.Kind == staff.BySIP {
			accounts = append(accounts, c.Address)
		}
	}
	node, found, err := staff.BoundTo(ctx, p.DB, accounts, p.Now())
	if err != nil || !found {
		return p.Node, err
	}
	return node, nil
}

// obey does what an order says to a call of this node, or begins one.
func (p *PBX) obey(ctx context.Context, ref call.Ref, o call.Command) (call.ID, error) {
	switch o.Kind {
	case call.Place:
		return p.ClickToCall(ctx, ref.Project, o.Employee, o.Phone)
	case call.CallBack:
		return p.backFromQueue(ref.Project, o.Employee, o.Phone)
	case call.HangUp:
		return 0, p.Command(ref, dialplan.Stop{})
	case call.Listen:
		return 0, p.Command(ref, dialplan.Supervise{Employee: o.Employee, As: dialplan.AsListener})
	case call.Whisper:
		return 0, p.Command(ref, dialplan.Supervise{Employee: o.Employee, As: dialplan.AsWhisperer})
	case call.Barge:
		return 0, p.Command(ref, dialplan.Supervise{Employee: o.Employee, As: dialplan.AsSpeaker})
	case call.Fetch:
		return 0, p.Command(ref, dialplan.Take{Employee: o.Employee})
	case call.TransferTo, call.Consult, call.Complete, call.Return, call.Merge, call.Hold, call.Resume, call.Park:
		return 0, p.obeyTalker(ref, o)
	}
	return 0, errs.New(errs.Internal, "pbx.unknown_order", "%q is no order", o.Kind) // of a node of another version
}

// obeyTalker does what an employee wants done to the call they talk in (Rule T-18).
func (p *PBX) obeyTalker(ref call.Ref, o call.Command) error {
	by := p.LegOf(ref, o.Employee)
	if by == 0 {
		return errs.New(errs.Conflict, "pbx.nobody_talks", "no employee talks in this call").At("call").Try("transfer it once it is answered")
	}
	return p.Command(ref, map[call.CommandKind]dialplan.Event{
		call.TransferTo: dialplan.Transfer{By: by, To: o.To}, call.Consult: dialplan.Consult{By: by, To: o.To},
		call.Complete: dialplan.CompleteTransfer{By: by}, call.Return: dialplan.CancelConsult{By: by}, call.Merge: dialplan.Merge{By: by},
		call.Hold: dialplan.Hold{By: by}, call.Resume: dialplan.Resume{By: by}, call.Park: dialplan.Park{By: by},
	}[o.Kind])
}

// ask has another node obey an order, and waits for what comes of it.
func (p *PBX) ask(ctx context.Context, node string, ref call.Ref, o call.Command) (made call.ID, err error) {
	if node == p.Node { // it has ended, or begun in the run of this node before
		return 0, errGone()
	}
	var id call.CommandID
	if err := p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = call.Ask(ctx, tx, rand.Reader, node, ref, o, p.Now())
		return err
	}); err != nil {
		return 0, err
	}
	outcome, answered, err := p.reply(ctx, id)
	if err != nil || answered {
		return outcome.Call, firstError(err, outcome.Problem)
	}
	var withdrawn bool
	if err := p.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) (err error) {
		withdrawn, err = call.Withdraw(ctx, tx, id)
		return err
	}); err != nil {
		return 0, err
	}
	if !withdrawn { // its node is at it
		if outcome, answered, err = p.reply(ctx, id); err != nil || answered {
			return outcome.Call, firstError(err, outcome.Problem)
		}
	}
	return 0, errs.New(errs.Unavailable, "call.other_node", "the call runs on the node %s, which does not answer", node).At("call").Try("try again in a moment").With("node", node)
}

func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// reply waits for what comes of an order.
func (p *PBX) reply(ctx context.Context, id call.CommandID) (o call.Outcome, answered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return o, false, nil
		case <-ticker.C:
		}
		if o, answered, err = call.ReplyTo(context.WithoutCancel(ctx), p.DB, id); err != nil || answered {
			return o, answered, err
		}
	}
}

// obeyForever does what other nodes ask of this one.
func (p *PBX) obeyForever() {
	p.every(obeyEvery, func(ctx context.Context) error {
		asked, err := call.Waiting(ctx, p.DB, p.Node, p.Now())
		if err != nil {
			return err
		}
		for _, a := range asked {
			if err := p.obeyAsked(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *PBX) obeyAsked(ctx context.Context, a call.Asked) error {
	var taken bool
	if err := p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		taken, err = call.Take(ctx, tx, a.ID)
		return err
	}); err != nil || !taken {
		return err
	}
	made, problem := p.obey(ctx, a.Ref, a.Command)
	if problem != nil && errs.KindOf(problem) == errs.Internal {
		p.Log.Error("an order of another node failed", "call", a.Ref.ID, "order", a.Kind, "err", problem)
	}
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return call.Reply(ctx, tx, a.ID, call.Outcome{Call: made, Problem: problem})
	})
}
