package app

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/courier"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/pbx"
	"bellwether/internal/staff"
	"bellwether/internal/webhook"
)

// ownerOf asks a project's CRM which employee a calling client belongs to, for the PBX (Rule W-12). Whatever goes wrong, the call goes on.
func (a *App) ownerOf(ctx context.Context, c pbx.Asked, origin call.Origin) (employee string, came dialplan.Asked) {
	id := c.Call.Project
	crm, key, ok, err := a.Webhooks.Asks(ctx, id)
	if err != nil {
		a.complain("finding out whom to ask whose a client is", err)
	}
	if !ok || err != nil {
		return "", dialplan.NotAsked
	}
	said, found := a.ask(ctx, crm, key, courier.Question{Project: id, Client: string(c.From), Number: string(c.Number), Origin: webhook.OriginOf(origin)})
	switch {
	case !said.OK() && said.Took >= crm.Wait:
		return "", dialplan.AskedLate
	case !said.OK():
		return "", dialplan.AskedInVain
	case said.Employee == "":
		return "", dialplan.AskedNobody
	case found == "":
		return "", dialplan.AskedUnknown
	}
	return string(found), dialplan.NotAsked
}

// ask asks a CRM and finds the employee it names.
func (a *App) ask(ctx context.Context, crm webhook.CRM, key []byte, q courier.Question) (courier.Said, staff.EmployeeID) {
	q.ID, q.Kind = "ask_"+rand.Text(), "owner"
	said := a.hookClient.Ask(ctx, crm.URL, key, q, crm.Wait, a.clock())
	if said.Employee == "" {
		return said, ""
	}
	found, err := a.employeeBy(ctx, q.Project, said.Employee, a.clock())
	if err != nil && ctx.Err() == nil {
		a.complain("looking for an employee whom a CRM names", err)
	}
	return said, found
}

// employeeBy finds an employee by id, extension, or the address of the member they are.
func (a *App) employeeBy(ctx context.Context, id ident.ProjectID, name string, at time.Time) (staff.EmployeeID, error) {
	roster, err := a.Staff.Roster(ctx, id, at)
	if err != nil {
		return "", err
	}
	var members []account.UserID
	for _, e := range roster.Employees {
		if string(e.ID) == name || e.Extension != "" && e.Extension == name {
			return e.ID, nil
		}
		if e.User != "" {
			members = append(members, e.User)
		}
	}
	if !strings.Contains(name, "@") || len(members) == 0 {
		return "", nil
	}
	users, err := account.Users(ctx, a.DB, members)
	if err != nil {
		return "", err
	}
	for _, e := range roster.Employees {
		if u, known := users[e.User]; known && strings.EqualFold(u.Email, name) {
			return e.ID, nil
		}
	}
	return "", nil
}

// TryCRM asks now, as a call would, for whoever may set it up. It gives what was said and whom that means.
func (a *App) TryCRM(ctx context.Context, p access.Permit, client string) (said courier.Said, employee staff.EmployeeID, err error) {
	if _, err := webhook.GetCRM(ctx, a.DB, p); err != nil {
		return said, "", err
	}
	crm, key, ok, err := a.Webhooks.Asks(ctx, p.Org.Project())
	if err != nil {
		return said, "", err
	}
	if !ok {
		return said, "", webhook.NobodyAsked()
	}
	said, employee = a.ask(ctx, crm, key, courier.Question{Project: p.Org.Project(), Client: client})
	return said, employee, nil
}
