package demo

import (
	"context"
	"crypto/rand"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// member is one of the shop's people in the cabinet. Nobody knows their passwords, and no mail reaches their addresses.
type member struct {
	email, name string
	role        access.RoleID
	away        time.Duration // since when they were not in the cabinet
}

const (
	owner      = "halyna@kvitka.example"
	accountant = "oksana@kvitka.example"
	trainee    = "bohdan@kvitka.example"
)

// members are everybody; whoever loads the story becomes the owner of its project besides.
var members = []member{
	{owner, "Halyna Kvitka", access.Administrator, 2 * time.Hour},
	{"maksym@kvitka.example", "Maksym Bondar", access.Manager, 20 * time.Minute},
	{"iryna@kvitka.example", "Iryna Kovalenko", access.Manager, 35 * time.Minute},
	{"taras@kvitka.example", "Taras Melnyk", access.Manager, 26 * time.Hour},
	{"olena@kvitka.example", "Olena Shevchuk", access.Manager, 10 * time.Minute},
	{accountant, "Oksana Marchenko", access.Manager, 19 * 24 * time.Hour}, // on leave: her seat is paid for, and nobody sits on it
	{trainee, "Bohdan Lysenko", access.Manager, 15 * 24 * time.Hour},
}

// seated are those who take a seat of the PBX on the first day.
var seated = []string{"maksym@kvitka.example", "iryna@kvitka.example", "taras@kvitka.example", "olena@kvitka.example", accountant}

// seatProduct is the product that people have seats of.
const seatProduct = "virtual_pbx"

// hire makes the shop's people members. Those whom an earlier story left as users, for they belonged to something else, are taken again.
func (l *life) hire(ctx context.Context, at time.Time) (err error) {
	if l.permit, err = access.NewGate(l.DB).ByInstallation(ctx, shopOrg, at); err != nil {
		return err
	}
	hasher, err := account.NewHasher(account.ForTests) // of a password of 26 random letters, which needs no dearer hash
	if err != nil {
		return err
	}
	password, err := hasher.Hash(ctx, rand.Text(), owner)
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		l.users = map[string]account.UserID{}
		for _, m := range members {
			u, err := account.FindUser(ctx, tx, m.email)
			if errs.KindOf(err) == errs.NotFound {
				u, err = account.CreateUser(ctx, tx, audit.Program(who), rand.Reader, account.NewUser{Email: m.email, Name: m.name, Language: "uk", Password: password}, true, at)
			}
			if err != nil {
				return err
			}
			if _, err := access.AddMember(ctx, tx, l.permit, u.ID, m.role, at); err != nil {
				return err
			}
			l.users[m.email] = u.ID
		}
		return nil
	})
}

// reseat lets people take seats of the PBX, or leave theirs.
func (l *life) reseat(ctx context.Context, tx *store.Tx, e event) error {
	for _, email := range e.sit {
		if err := access.TakeSeat(ctx, tx, l.permit, l.Billing, l.users[email], seatProduct, e.at); err != nil {
			return err
		}
	}
	for _, email := range e.stand {
		if err := access.LeaveSeat(ctx, tx, l.permit, l.Billing, l.users[email], seatProduct, e.at); err != nil {
			return err
		}
	}
	return nil
}

// see notes when people were last in the cabinet.
func (l *life) see(ctx context.Context) error {
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var seen []access.Sighting
		for _, m := range members {
			seen = append(seen, access.Sighting{Org: shopOrg, User: l.users[m.email], At: l.options.Now.Add(-m.away)})
		}
		return access.SaveSightings(ctx, tx, seen)
	})
}
