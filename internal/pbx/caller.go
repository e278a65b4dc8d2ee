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
		now := p.Now()
		c.Past, err = call.Past{}.PastCalls(ctx, q, id, from, plan.Settings.LastAgent.Oldest(now, plan.Zone), now)
		return err
	})
	if p.Owner != nil && from != "" && plan.Settings.OwnerFirst {
		c.Asked = dialplan.ToBeAsked
	}
	return c, err
}
