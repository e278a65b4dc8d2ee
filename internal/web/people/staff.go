package people

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// staff is everybody in an organisation, with what the pages show of them.
type staff struct {
	people      []employee
	departments []access.Department
	seats       []access.Seat
	roles       []access.Role // that can be given here, the built-in ones first
}

// employee is a member with who they are.
type employee struct {
	access.Member
	Person      account.User
	Departments []access.Department
	Seats       []access.Seat
}

// name is what a person is called: by their address where they have no name, by their id where they are gone.
func (e employee) name() string { return cmp.Or(e.Person.Name, e.Person.Email, string(e.User)) }

// active tells whether the employee may come in.
func (e employee) active() bool { return e.BlockedAt.IsZero() }

const membersAtOnce = 1000

// readStaff reads everybody in the organisation of a permit.
func readStaff(ctx context.Context, q store.Querier, p access.Permit) (*staff, error) {
	members, err := allMembers(ctx, q, p)
	if err != nil {
		return nil, err
	}
	ids := make([]account.UserID, len(members))
	for i, m := range members {
		ids[i] = m.User
	}
	users, err := account.Users(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	own, err := access.OwnRoles(ctx, q, p.Org)
	if err != nil {
		return nil, err
	}
	st := &staff{roles: append(access.BuiltinRoles(p.Org.Kind), own...)}
	if p.Org.Kind == ident.ProjectKind {
		if err := st.readProject(ctx, q, p); err != nil {
			return nil, err
		}
	}
	for _, m := range members {
		st.people = append(st.people, employee{Member: m, Person: users[m.User], Departments: st.departmentsOf(m.User), Seats: st.seatsOf(m.User)})
	}
	slices.SortStableFunc(st.people, byName)
	return st, nil
}

// byName is the order of people, as one looks for them.
func byName(a, b employee) int {
	return strings.Compare(strings.ToLower(a.name()), strings.ToLower(b.name()))
}

func allMembers(ctx context.Context, q store.Querier, p access.Permit) (all []access.Member, err error) {
	for after := account.UserID(""); ; {
		some, err := access.Members(ctx, q, p, after, membersAtOnce)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < membersAtOnce {
			return all, nil
		}
		after = some[len(some)-1].User
	}
}

// readProject reads what only projects have.
func (st *staff) readProject(ctx context.Context, q store.Querier, p access.Permit) (err error) {
	if st.departments, err = access.Departments(ctx, q, p); err != nil {
		return err
	}
	st.seats, err = access.Seats(ctx, q, p)
	return err
}

func (st *staff) departmentsOf(id account.UserID) (of []access.Department) {
	for _, d := range st.departments {
		if slices.Contains(d.People, id) {
			of = append(of, d)
		}
	}
	return of
}

func (st *staff) seatsOf(id account.UserID) (of []access.Seat) {
	for _, s := range st.seats {
		if s.User == id {
			of = append(of, s)
		}
	}
	return of
}

// find gives a member; errs.NotFound `access.no_member`.
func (st *staff) find(id string) (employee, error) {
	for _, e := range st.people {
		if string(e.User) == id {
			return e, nil
		}
	}
	return employee{}, errs.New(errs.NotFound, "access.no_member", "there is no member %.40q", id).At("user")
}

// nameOf is what the pages call a member, or somebody who was one.
func (st *staff) nameOf(id account.UserID) string {
	if e, err := st.find(string(id)); err == nil {
		return e.name()
	}
	return string(id)
}

// outsiderOr is nameOf in the reader's words where it is nobody of the organisation: the operator's people invite, too.
func (st *staff) outsiderOr(v *ui.View, id account.UserID) string {
	if name := st.nameOf(id); name != string(id) {
		return name
	}
	return v.T("people.outsider")
}

// heirs are those who can take over the work of somebody.
func (st *staff) heirs(of account.UserID) (list []ui.Choice) {
	for _, e := range st.people {
		if e.User != of && e.active() {
			list = append(list, ui.Choice{Value: string(e.User), Text: st.toldApart(e)})
		}
	}
	return list
}

// toldApart is what somebody is called in a list to choose from: with the address where another member has the same name.
func (st *staff) toldApart(e employee) string {
	for _, other := range st.people {
		if other.User != e.User && strings.EqualFold(other.name(), e.name()) && e.Person.Email != "" {
			return e.name() + " · " + e.Person.Email
		}
	}
	return e.name()
}

// counted is how many seats of a product are charged as they are given by name: those of blocked people are not.
func (st *staff) counted(product string) int64 { return countedOf(st.seats, product) }

func countedOf(seats []access.Seat, product string) (n int64) {
	for _, s := range seats {
		if s.Product == product && !s.Blocked {
			n++
		}
	}
	return n
}

// staff reads everybody in the visit's organisation.
func (s *section) staff(v *cabinet.Visit) (st *staff, err error) {
	return st, v.Read(func(ctx context.Context, q store.Querier) error {
		st, err = readStaff(ctx, q, v.Permit)
		return err
	})
}

// find looks for people by name and address, for the search.
func (s *section) find(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	st, err := s.staff(v)
	if err != nil {
		return nil, err
	}
	for _, e := range st.people {
		if e.fits(words) {
			links = append(links, ui.Link{Text: e.name(), Href: userPath(v, e.User), Icon: ui.IconUser})
		}
	}
	return links, nil
}

// fits tells whether somebody's name or address has the words in it.
func (e employee) fits(words string) bool {
	words = strings.ToLower(strings.TrimSpace(words))
	return strings.Contains(strings.ToLower(e.Person.Name), words) || strings.Contains(strings.ToLower(e.Person.Email), words)
}

func userPath(v *cabinet.Visit, id account.UserID) string {
	return v.Path(root + "/users/" + string(id))
}
