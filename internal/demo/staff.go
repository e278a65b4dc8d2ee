package demo

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// The shop's departments.
const (
	sales      = "Sales"
	delivery   = "Delivery"
	accounting = "Accounting"
)

// colleague is one of the shop's people at a telephone.
type colleague struct {
	email      string // the member they are
	department string
	extension  string
	address    string // what is charged for a leg to them; empty for one whom no call of the story reaches
	mobile     string // rung with their telephones; empty for none
	known      string // a number by which they are recognised and never rung; empty for none
	phone      string // the label of their SIP account; empty for none
	presence   staff.Presence
}

// colleagues are everybody with an extension, in the order of theirs.
var colleagues = []colleague{
	{owner, "", "200", "", ownerMobile, "+380442227700", "", staff.Available},
	{"maksym@kvitka.example", sales, "201", managers[0], managers[0], "", softphones, staff.Available},
	{"iryna@kvitka.example", sales, "202", managers[1], managers[1], "+380973334455", softphones, staff.Available},
	{"taras@kvitka.example", delivery, "203", managers[2], managers[2], "", "", staff.Available},
	{"olena@kvitka.example", sales, "204", managers[3], "", "+380631112204", "desk telephone", staff.Available},
	{accountant, accounting, "205", "", "", "", "desk telephone", staff.Away},
	{trainee, delivery, "206", "", "", "", "", staff.DoNotDisturb},
}

const ownerMobile = "+380671112200"

// cast is who of the shop is who, once it has telephones.
type cast struct {
	departments map[string]access.DepartmentID // by name
	employees   map[string]staff.Employee      // by the member's address
	byContact   map[string]call.Person         // by the address that is charged
	byExtension []call.Person                  // in the order of colleagues
}

// engage gives the shop its departments, and everybody with an extension their telephones.
func (l *life) engage(ctx context.Context, tx *store.Tx, at time.Time) (err error) {
	c := cast{map[string]access.DepartmentID{}, map[string]staff.Employee{}, map[string]call.Person{}, nil}
	for _, name := range []string{sales, delivery, accounting} {
		made, err := access.MakeDepartment(ctx, tx, l.acting, rand.Reader, name, at)
		if err != nil {
			return err
		}
		c.departments[name] = made.ID
		if err := access.SetPeople(ctx, tx, l.acting, made.ID, l.usersOf(name), at); err != nil {
			return err
		}
	}
	for _, one := range colleagues {
		e, err := l.employ(ctx, tx, one, c.departments[one.department], at)
		if err != nil {
			return err
		}
		who := call.Person{ID: string(e.ID), Name: e.Name, Department: string(e.Department), DepartmentName: one.department, User: e.User}
		c.employees[one.email] = e
		c.byExtension = append(c.byExtension, who)
		if one.address != "" {
			c.byContact[one.address] = who
		}
	}
	l.cast = c
	return nil
}

func (l *life) usersOf(department string) (users []account.UserID) {
	for _, c := range colleagues {
		if c.department == department {
			users = append(users, l.users[c.email])
		}
	}
	return users
}

// employ makes one employee. Nobody is told the password of their SIP account: the page of the account gives a new one.
func (l *life) employ(ctx context.Context, tx *store.Tx, c colleague, department access.DepartmentID, at time.Time) (staff.Employee, error) {
	i := slices.IndexFunc(members, func(m member) bool { return m.email == c.email })
	draft := staff.Draft{Name: members[i].name, Department: department, Extension: c.extension, User: l.users[c.email]}
	if c.mobile != "" {
		draft.Contacts = append(draft.Contacts, staff.Contact{Kind: staff.ByMobile, Address: c.mobile, Primary: true})
	}
	if c.known != "" {
		draft.Contacts = append(draft.Contacts, staff.Contact{Kind: staff.ByOther, Address: c.known})
	}
	e, err := l.Staff.Add(ctx, tx, l.acting, draft, at)
	if err != nil || c.phone == "" {
		return e, err
	}
	_, err = l.Staff.OpenAccount(ctx, tx, l.acting, e.ID, c.phone, 0, at)
	return e, err
}

// present says what everybody says of themselves now.
func (l *life) present(ctx context.Context) error {
	if !l.telephony() {
		return nil
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, c := range colleagues {
			at := l.options.Now.Add(-time.Duration(17+40*i) * time.Minute)
			if err := l.Staff.SetPresence(ctx, tx, l.acting, l.cast.employees[c.email].ID, c.presence, at); err != nil {
				return err
			}
		}
		return nil
	})
}
