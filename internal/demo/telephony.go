package demo

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/sip"
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

// phonesFile keeps what OpenPhones has told, in the data directory: a telephone that was set up once goes on.
const phonesFile = "demo-softphones.json"

// OpenPhones gives the SIP accounts of the shop's softphones passwords, which are told nowhere else: those that it gave them before, as
// long as they open. The accounts are those of the two employees with a softphone, by extension.
func OpenPhones(ctx context.Context, a *app.App, at time.Time) (phones []Phone, err error) {
	p, err := permit(ctx, a.DB, shopOrg, at)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(a.Config.DataDir, phonesFile)
	kept := keptPasswords(file)
	a.Staff.Changed(Project)
	for user, password := range kept {
		if known, err := a.Staff.Account(ctx, user, at); err != nil || !opens(known, password) {
			delete(kept, user)
		}
	}
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		phones, err = openPhones(ctx, tx, a.Staff, p, kept, at)
		return err
	})
	a.Staff.Changed(Project)
	if err != nil {
		return nil, err
	}
	return phones, keepPasswords(file, phones)
}

// openPhones gives each softphone of the shop a new password where none is kept.
func openPhones(ctx context.Context, tx *store.Tx, s *staff.Service, p access.Permit, kept map[string]string, at time.Time) (phones []Phone, err error) {
	there, err := staff.Employees(ctx, tx, Project)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(there, func(a, b staff.Employee) int { return strings.Compare(a.Extension, b.Extension) })
	for _, e := range there {
		for _, account := range e.Accounts {
			if account.Label != softphones {
				continue
			}
			password := kept[account.UserName]
			if password == "" {
				opened, err := s.NewPassword(ctx, tx, p, account.UserName, at)
				if err != nil {
					return nil, err
				}
				password = opened.Password
			}
			phones = append(phones, Phone{e.Name, e.Extension, account.UserName, password})
		}
	}
	return phones, nil
}

func opens(a staff.Account, password string) bool {
	weak, strong := sip.HA1(a.UserName, staff.Realm, password)
	return weak == a.MD5 && strong == a.SHA256
}

// keptPasswords are the passwords by user name that were told before; none where the file is not there, or not ours.
func keptPasswords(file string) (kept map[string]string) {
	if raw, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(raw, &kept) // what cannot be read is told anew
	}
	return kept
}

func keepPasswords(file string, phones []Phone) error {
	told := map[string]string{}
	for _, p := range phones {
		told[p.User] = p.Password
	}
	raw, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o600)
}
