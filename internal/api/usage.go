package api

import (
	"context"
	"net/http"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Usage is what a project used on a usage day.
type Usage struct {
	Day       civil.Date  `json:"day"`
	Calls     money.Micro `json:"calls" doc:"What the call legs cost"`
	CallCount int64       `json:"call_count"`
	SMS       money.Micro `json:"sms"`
	SMSCount  int64       `json:"sms_count"`
	Sessions  int64       `json:"sessions"`
}

// UsageDays are the usage days on which something was used.
type UsageDays struct {
	Days []Usage `json:"days" doc:"Oldest first"`
}

func usageRoutes(a *API) {
	const tag = chapterUsage
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/sessions", id: "count-sessions", tag: tag, need: needWrite, status: http.StatusCreated, ownRecord: true,
		summary: "Count visits", text: "They are added to today's usage day (Rule B-33). A report counts once under its id, however late it is repeated.",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body struct {
			ID    string `json:"id" minLength:"1" maxLength:"100" doc:"Names the report; the same id with the same count is one effect"`
			Count int64  `json:"count" minimum:"1" maximum:"1000000000"`
		}
	},
	) (out Usage, err error) {
		out.Day, err = a.parts.Billing.ReportSessions(ctx, tx, in.id(), billing.SessionReport{ID: in.Body.ID, Count: in.Body.Count}, a.now())
		if err != nil {
			return out, err
		}
		used, err := billing.UsageBetween(ctx, tx, in.id(), out.Day, out.Day)
		if err == nil && len(used) == 1 {
			out = viewUsage(used[0])
		}
		return out, err
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/usage", id: "list-usage", tag: tag, need: needRead,
		summary: "Calls, messages and sessions by usage day", text: "Days without any are left out.",
	}, a.listUsage)
}

func viewUsage(u billing.Usage) Usage {
	return Usage{Day: u.Day, Calls: u.Calls, CallCount: u.CallCount, SMS: u.SMS, SMSCount: u.SMSCount, Sessions: u.Sessions}
}

func (a *API) listUsage(ctx context.Context, in *struct {
	Of
	Days
},
) (out UsageDays, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		from, to, err := in.bounds(p.Calendar.DayAt(a.now()))
		if err != nil {
			return err
		}
		used, err := billing.UsageBetween(ctx, q, in.id(), from, to)
		out.Days = make([]Usage, len(used))
		for i, u := range used {
			out.Days[i] = viewUsage(u)
		}
		return err
	})
}
