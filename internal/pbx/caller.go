package pbx

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// callerOf looks up what is known of whoever calls: blocked, known, whose.
func (p *PBX) callerOf(plan *routing.Plan, from, number phone.Number) (c dialplan.Caller, err error) {
	c = dialplan.Caller{From: string(from), Number: string(number), Suspended: plan.Suspended}
	id := plan.Project.ID
	err = p.DB.Snapshot(p.ctx, func(ctx context.Context, q store.Querier) (err error) {
		if c.Blocked, err = routing.IsBlocked(ctx, q, id, from); err != nil || from == "" || !plan.Settings.LastAgent.On {
			return err
		}
		c.Past, err = p.past(ctx, q, plan, from)
		return err
	})
	if err == nil && p.Owner != nil && from != "" && plan.Settings.OwnerFirst {
		c.Owner = p.Owner(p.ctx, id, string(from))
	}
	return c, err
}

// past is the one past call that the rule of the last agent would find: the log looks it up by the rule itself.
func (p *PBX) past(ctx context.Context, q store.Querier, plan *routing.Plan, from phone.Number) ([]dialplan.PastCall, error) {
	rule, now := plan.Settings.LastAgent, p.Now()
	who, ok, err := call.FindLastAgent(ctx, q, plan.Project.ID, string(from), call.AgentRule{
		Since: rule.Oldest(now, plan.Zone), Incoming: rule.Answered, Known: rule.OnlyReturning,
	})
	if err != nil || !ok {
		return nil, err
	}
	found := []dialplan.PastCall{{At: rule.Oldest(now, plan.Zone), Outgoing: true, Answered: true, Employee: who.ID}}
	if rule.OnlyReturning {
		found = append(found, dialplan.PastCall{At: rule.Oldest(now, plan.Zone)})
	}
	return found, nil
}
