package routing

import (
	"context"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// History tells of past calls with a number, for the rule of the last agent. The call log implements it.
type History interface {
	// PastCalls gives the calls of a project with an outside number that decide who is found, since an instant and before another, in any order.
	PastCalls(ctx context.Context, q store.Querier, project ident.ProjectID, with phone.Number, since, before time.Time) ([]dialplan.PastCall, error)
}

// Trial is a call that is tried out (Rule T-53).
type Trial struct {
	From    phone.Number            // who calls; empty where withheld
	Number  phone.Number            // the project's number that is called
	At      time.Time               //
	Scheme  SchemeID                // the scheme that Body is a draft of; empty for a new one, which then stands for the number's
	Body    *dialplan.RoutingScheme // nil for what is published
	Answers string                  // who answers: an employee's id or a number; empty for nobody
	Keys    map[string]string       // what is pressed, by the menu's step
}

// For is the plan as dialplan takes it, with the employees whom schemes may ring now.
func (p *Plan) For() dialplan.Plan {
	settings := p.Settings.Settings
	settings.CallerID = p.CallerID()
	scheme, closed, staff := p.Rings()
	return dialplan.Plan{
		Country: p.Project.Country, Own: p.Own, Scheme: scheme, Closed: closed, Hours: p.Hours, Settings: settings, Staff: staff,
	}
}

// Rings are the schemes as calls go by them, and whom they may ring now: without the PBX one destination each (Rule T-03).
func (p *Plan) Rings() (scheme dialplan.RoutingScheme, closed *dialplan.RoutingScheme, who dialplan.Staff) {
	scheme, closed, who = p.Scheme, p.Closed, p.Staff()
	if !p.Single {
		return scheme, closed, who
	}
	all := StaffOf(p.Roster, nobodyAway) // who is away does not make another ring
	schemes := []dialplan.RoutingScheme{scheme.Single(all)}
	if closed != nil {
		schemes = append(schemes, closed.Single(all))
		closed = &schemes[1]
	}
	return schemes[0], closed, who.Only(all, schemes...)
}

// Try tells what would happen to a call, with a draft in the place of its scheme or of the after-hours scheme, whichever it is
// for that number. It reads what is true now and runs the code that runs calls. errs.Invalid `routing.foreign_caller_id` for a number
// the project does not hold; mistakes of the draft as dialplan.ReadScheme tells them.
func (s *Service) Try(ctx context.Context, project ident.ProjectID, t Trial) (dialplan.Path, error) {
	if t.Body != nil {
		if err := checkBody(*t.Body); err != nil {
			return dialplan.Path{}, err
		}
	}
	var path dialplan.Path
	return path, s.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if t.Number != "" {
			if err := holds(ctx, q, project, t.Number, "number"); err != nil {
				return err
			}
		}
		p, err := s.readPlanOf(ctx, q, project, t.At)
		if err != nil {
			return err
		}
		p.Number = t.Number
		if err := p.readSchemes(ctx, q); err != nil {
			return err
		}
		if err := p.put(ctx, q, t); err != nil {
			return err
		}
		caller, err := s.callerOf(ctx, q, p, t)
		if err != nil {
			return err
		}
		path = dialplan.Trace(dialplan.Trial{Call: p.For().Inbound(caller, t.At, p.Zone), At: t.At, Answers: t.Answers, Keys: t.Keys, Message: true})
		return nil
	})
}

// put lays a draft where its scheme stands: that of the number, that for outside working hours, or both.
func (p *Plan) put(ctx context.Context, q store.Querier, t Trial) error {
	if t.Body == nil {
		return nil
	}
	p.Single = false // a draft is tried as it is written: that it needs the PBX, its problems say
	of, err := schemesOf(ctx, q, p.Number)
	if err != nil {
		return err
	}
	if of.Closed == "" {
		of.Closed = p.Settings.AfterHours
	}
	if t.Scheme != "" && of.Closed == t.Scheme && of.Scheme != t.Scheme {
		p.Closed = t.Body
		return nil
	}
	p.Scheme, p.Routed = *t.Body, true
	return nil
}

// callerOf is what is known of whoever calls.
func (s *Service) callerOf(ctx context.Context, q store.Querier, p *Plan, t Trial) (c dialplan.Caller, err error) {
	c = dialplan.Caller{From: string(t.From), Number: string(t.Number), Suspended: p.Suspended}
	if c.Number == "" && len(p.Own) > 0 {
		c.Number = p.Own[0]
	}
	if c.Blocked, err = IsBlocked(ctx, q, p.Project.ID, t.From); err != nil {
		return c, err
	}
	if s.AsksOwner != nil && t.From != "" && p.Settings.OwnerFirst {
		asks, err := s.AsksOwner(ctx, q, p.Project.ID)
		if err != nil {
			return c, err
		}
		if asks {
			c.Asked = dialplan.WouldAsk
		}
	}
	if s.History != nil && t.From != "" && p.Settings.LastAgent.On {
		c.Past, err = s.History.PastCalls(ctx, q, p.Project.ID, t.From, p.Settings.LastAgent.Oldest(t.At, p.Zone), t.At)
	}
	return c, err
}
