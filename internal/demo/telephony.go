package demo

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// The numbers of the simulated network, and the client who calls from it.
const (
	EchoNumber   = "+380443337790" // says back what it hears
	CallMeNumber = "+380443337791" // is busy, and lets a client call the shop
	clientNumber = "+380672223344"
)

// MainNumber is the number that the shop's clients call: a menu in working hours, a message outside them.
const MainNumber = mainNumber

// RungNumber is the number that the client of the simulated network calls: it rings the shop's telephones at all hours.
func RungNumber() string { return urgentNumber }

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

// softphones is the label of the SIP accounts that OpenPhones gives out.
const softphones = "softphone"

// OpenPhones gives the SIP accounts of the shop's softphones new passwords, which are told nowhere else. The accounts are those of the
// two employees with a softphone, by extension.
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
		slices.SortFunc(there, func(a, b staff.Employee) int { return strings.Compare(a.Extension, b.Extension) })
		for _, e := range there {
			for _, account := range e.Accounts {
				if account.Label != softphones {
					continue
				}
				opened, err := a.Staff.NewPassword(ctx, tx, p, account.UserName, at)
				if err != nil {
					return err
				}
				phones = append(phones, Phone{e.Name, e.Extension, opened.UserName, opened.Password})
			}
		}
		return nil
	})
	a.Staff.Changed(Project)
	return phones, err
}
