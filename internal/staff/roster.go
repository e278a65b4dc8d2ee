package staff

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Roster is a project's employees as they were read at one moment. It is shared: nobody changes it.
type Roster struct {
	Employees   []Employee          // by name
	Departments []access.Department // by name; their People are users of access

	byID        map[EmployeeID]int
	byExtension map[string]int
	byNumber    map[phone.Number]int
	byAccount   map[string]int
	within      map[access.DepartmentID][]int
}

// Roster gives a project's employees with their contacts in one read, believed for seconds. Unknown projects have none.
func (s *Service) Roster(ctx context.Context, project ident.ProjectID, at time.Time) (*Roster, error) {
	if r, ok := s.rosters.Get(project, at); ok {
		return r, nil
	}
	var r *Roster
	err := s.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		r, err = ReadRoster(ctx, q, project)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.rosters.Put(project, r, at)
	return r, nil
}

// ReadRoster reads a project's employees as they are now.
func ReadRoster(ctx context.Context, q store.Querier, project ident.ProjectID) (*Roster, error) {
	employees, err := Employees(ctx, q, project)
	if err != nil {
		return nil, err
	}
	departments, err := access.DepartmentsOf(ctx, q, project)
	if err != nil {
		return nil, err
	}
	r := &Roster{
		Employees: employees, Departments: departments, byID: map[EmployeeID]int{}, byExtension: map[string]int{}, byNumber: map[phone.Number]int{},
		byAccount: map[string]int{}, within: map[access.DepartmentID][]int{},
	}
	r.index()
	return r, nil
}

func (r *Roster) index() {
	of := map[account.UserID][]access.DepartmentID{}
	for _, d := range r.Departments {
		for _, user := range d.People {
			of[user] = append(of[user], d.ID)
		}
	}
	for i, e := range r.Employees {
		r.byID[e.ID] = i
		if e.Extension != "" {
			r.byExtension[e.Extension] = i
		}
		for _, a := range e.Accounts {
			r.byAccount[a.UserName] = i
		}
		in := of[e.User]
		if e.Department != "" && !slices.Contains(in, e.Department) {
			in = append(slices.Clone(in), e.Department)
		}
		for _, d := range in {
			r.within[d] = append(r.within[d], i)
		}
	}
	for _, primary := range []bool{true, false} { // a number that rings somebody is theirs rather than whose it only tells
		for i, e := range r.Employees {
			for _, c := range e.Contacts {
				if _, known := r.byNumber[phone.Number(c.Address)]; !known && c.Kind != BySIP && c.Primary == primary {
					r.byNumber[phone.Number(c.Address)] = i
				}
			}
		}
	}
}

// Employee finds an employee.
func (r *Roster) Employee(id EmployeeID) (Employee, bool) { return at(r, r.byID, id) }

// ByExtension finds who has an extension.
func (r *Roster) ByExtension(extension string) (Employee, bool) {
	return at(r, r.byExtension, extension)
}

// ByNumber recognises an employee who calls from, or was called at, one of their numbers (Rule T-41).
func (r *Roster) ByNumber(n phone.Number) (Employee, bool) { return at(r, r.byNumber, n) }

// ByAccount finds whose SIP account it is.
func (r *Roster) ByAccount(user string) (Employee, bool) { return at(r, r.byAccount, user) }

func at[K comparable](r *Roster, index map[K]int, key K) (Employee, bool) {
	if i, ok := index[key]; ok {
		return r.Employees[i], true
	}
	return Employee{}, false
}

// InDepartment gives who is in a department: those who are put there, and those whose member is (Rule T-40). By name.
func (r *Roster) InDepartment(id access.DepartmentID) (list []Employee) {
	for _, i := range r.within[id] {
		list = append(list, r.Employees[i])
	}
	return list
}

// Rings gives the contacts at which an employee is rung, in their order: the primary ones, without accounts that do not open
// (Rules T-41, T-43). Presence is the caller's to look at.
func (e Employee) Rings() (list []Contact) {
	for _, c := range e.Contacts {
		if c.Primary && (c.Kind != BySIP || e.opens(c.Address)) {
			list = append(list, c)
		}
	}
	return list
}

func (e Employee) opens(user string) bool {
	return !e.Shut && slices.ContainsFunc(e.Accounts, func(a SIPAccount) bool { return a.UserName == user && a.Enabled })
}
