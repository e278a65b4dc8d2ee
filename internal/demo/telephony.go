package demo

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// The numbers of the simulated network, and the client who calls from it.
const (
	EchoNumber   = "+380443337790" // says back what it hears
	CallMeNumber = "+380443337791" // is busy, and lets a client call the shop
	clientNumber = "+380672223344"
)

// MainNumber is the number that the shop's clients call.
const MainNumber = mainNumber

// Phone is a SIP account of the shop with its password.
type Phone struct {
	Name      string
	Extension string
	User      string
	Password  string
}

// permit lets the demo do what the operator may.
func permit(ctx context.Context, db *store.DB, org ident.Org, at time.Time) (access.Permit, error) {
	by := access.ByKey(account.Key{ID: "demo", Scope: account.Operator}, audit.Program("demo"))
	return access.NewGate(db).Enter(ctx, by, org, at)
}

// OpenPhones gives the shop two employees with telephones, and its main number a scheme that rings both. Where they are there
// already, they get new passwords: the old ones are not kept.
func OpenPhones(ctx context.Context, a *app.App, at time.Time) (phones []Phone, err error) {
	p, err := permit(ctx, a.DB, shopOrg, at)
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		phones = nil
		there, err := staff.Employees(ctx, tx, Project)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			phones, err = renew(ctx, tx, a, p, there, at)
			return err
		}
		var ring dialplan.Ring
		for i, contact := range managers[:2] {
			e, err := a.Staff.Add(ctx, tx, p, staff.Draft{Name: people[contact].Name, Extension: []string{"201", "202"}[i]}, at)
			if err != nil {
				return err
			}
			opened, err := a.Staff.OpenAccount(ctx, tx, p, e.ID, "softphone", 0, at)
			if err != nil {
				return err
			}
			phones = append(phones, Phone{e.Name, e.Extension, opened.UserName, opened.Password})
			ring.Targets = append(ring.Targets, dialplan.Target{Employee: string(e.ID)})
		}
		ring.Order, ring.Seconds = dialplan.Together, 30
		return route(ctx, tx, a, p, ring, at)
	})
	a.Staff.Changed(Project)
	a.Routing.Changed(Project, mainNumber)
	return phones, err
}

// renew makes new passwords for the accounts that are there.
func renew(ctx context.Context, tx *store.Tx, a *app.App, p access.Permit, there []staff.Employee, at time.Time) (phones []Phone, err error) {
	for _, e := range there {
		for _, account := range e.Accounts {
			opened, err := a.Staff.NewPassword(ctx, tx, p, account.UserName, at)
			if err != nil {
				return nil, err
			}
			phones = append(phones, Phone{e.Name, e.Extension, opened.UserName, opened.Password})
		}
	}
	return phones, nil
}

// route gives the main number a scheme, and has calls recorded.
func route(ctx context.Context, tx *store.Tx, a *app.App, p access.Permit, ring dialplan.Ring, at time.Time) error {
	steps := []dialplan.RouteStep{{ID: "shop", Ring: &ring}}
	made, err := a.Routing.Make(ctx, tx, p, "Shop telephones", dialplan.RoutingScheme{Format: dialplan.Format, Steps: steps}, at)
	if err != nil {
		return err
	}
	if made, err = a.Routing.Publish(ctx, tx, p, made.ID, at); err != nil {
		return err
	}
	if err := a.Routing.SetScheme(ctx, tx, p, phone.Number(mainNumber), made.ID, "", at); err != nil {
		return err
	}
	settings, err := routing.GetSettings(ctx, tx, Project)
	if err != nil {
		return err
	}
	settings.Recording.Mode = dialplan.RecordAnnounce
	return a.Routing.SetSettings(ctx, tx, p, settings, at)
}
