package staff

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// EmployeeID names an employee of a project.
type EmployeeID string

// Employee is somebody who takes or makes a project's calls.
type Employee struct {
	ID         EmployeeID          `json:"id"`
	Name       string              `json:"name"`
	Department access.DepartmentID `json:"department,omitempty"` // their own, besides those of the member they are
	Extension  string              `json:"extension,omitempty"`  // 2 to 5 digits; empty for none
	User       account.UserID      `json:"user,omitempty"`       // the member they are; empty for nobody
	Shut       bool                `json:"shut,omitempty"`       // that member is blocked or gone (Rule T-43)
	Presence   Presence            `json:"presence"`
	PresenceAt time.Time           `json:"-"` // since when
	Contacts   []Contact           `json:"contacts,omitempty"`
	Accounts   []SIPAccount        `json:"accounts,omitempty"`
}

// Draft is an employee as they are written down.
type Draft struct {
	Name       string
	Department access.DepartmentID
	Extension  string
	User       account.UserID
	Contacts   []Contact
}

const (
	longestName      = 100 // characters
	shortest         = 2   // digits of an extension
	longest          = 5
	mostEmployees    = 2000 // of a project
	fieldName        = "name"
	fieldExtension   = "extension"
	fieldDepartment  = "department"
	fieldUser        = "user"
	objectEmployee   = "employee"
	topicChanged     = "staff.changed"
	topicShut        = "staff.account_closed"
	employeeNotFound = "staff.no_employee"
)

// Add makes an employee (Rule T-40). Errors: errs.Denied `access.denied`; errs.Invalid `staff.bad_name`, `staff.bad_extension`,
// `staff.emergency_extension`, `staff.bad_contact`; errs.NotFound `access.no_member`, `staff.no_department`; errs.Conflict
// `staff.extension_taken`, `staff.user_taken`, `staff.too_many`.
func (s *Service) Add(ctx context.Context, tx *store.Tx, p access.Permit, d Draft, at time.Time) (Employee, error) {
	if err := mayEdit(p); err != nil {
		return Employee{}, err
	}
	all, err := Employees(ctx, tx, p.Org.Project())
	if err != nil {
		return Employee{}, err
	}
	if len(all) >= mostEmployees {
		return Employee{}, errs.New(errs.Conflict, "staff.too_many", "a project has at most %d employees", mostEmployees)
	}
	id, err := account.NewID(s.Random, at)
	if err != nil {
		return Employee{}, err
	}
	e := Employee{ID: EmployeeID(id), Presence: Available, PresenceAt: at}
	if err := s.fill(ctx, tx, p, &e, d, all); err != nil {
		return Employee{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO staff_employee (project_id, employee_id, name, department_id, extension, user_id, shut, presence, presence_at, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
		p.Org.ID, id, e.Name, string(e.Department), e.Extension, string(e.User), e.Shut, string(e.Presence), at.UnixMicro())
	if err != nil {
		return Employee{}, err
	}
	if err := writeContacts(ctx, tx, p.Org.Project(), e); err != nil {
		return Employee{}, err
	}
	return e, s.note(ctx, tx, p, "create", nil, e, at)
}

// Edit makes an employee what the draft says; their SIP accounts stay. Errors as Add, and errs.NotFound `staff.no_employee`.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, p access.Permit, id EmployeeID, d Draft, at time.Time) (Employee, error) {
	before, all, err := s.edited(ctx, tx, p, id)
	if err != nil {
		return Employee{}, err
	}
	e := before
	if err := s.fill(ctx, tx, p, &e, d, all); err != nil {
		return Employee{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE staff_employee SET name = $3, department_id = $4, extension = $5, user_id = $6, shut = $7 WHERE project_id = $1 AND employee_id = $2`,
		p.Org.ID, string(id), e.Name, string(e.Department), e.Extension, string(e.User), e.Shut)
	if err != nil {
		return Employee{}, err
	}
	if err := writeContacts(ctx, tx, p.Org.Project(), e); err != nil {
		return Employee{}, err
	}
	return e, s.note(ctx, tx, p, "edit", before, e, at)
}

// Remove takes an employee out with their SIP accounts, whose user names it gives for Closed. Errors: errs.Denied
// `access.denied`, errs.NotFound `staff.no_employee`.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, p access.Permit, id EmployeeID, at time.Time) (closed []string, err error) {
	before, _, err := s.edited(ctx, tx, p, id)
	if err != nil {
		return nil, err
	}
	if _, err := p.May(access.Delete, access.Telephony); err != nil {
		return nil, err
	}
	for _, table := range []string{"staff_sip_account", "staff_contact", "staff_employee"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1 AND employee_id = $2`, p.Org.ID, string(id)); err != nil {
			return nil, err
		}
	}
	for _, a := range before.Accounts {
		closed = append(closed, a.UserName)
	}
	if err := tellClosed(ctx, tx, p.Org.Project(), closed); err != nil {
		return nil, err
	}
	return closed, s.note(ctx, tx, p, "delete", before, nil, at)
}

// Get reads an employee; errs.NotFound `staff.no_employee`.
func Get(ctx context.Context, q store.Querier, project ident.ProjectID, id EmployeeID) (Employee, error) {
	all, err := Employees(ctx, q, project)
	if err != nil {
		return Employee{}, err
	}
	return find(all, id)
}

// Employees reads a project's employees, by name, with their contacts and SIP accounts.
func Employees(ctx context.Context, q store.Querier, project ident.ProjectID) (list []Employee, err error) {
	err = store.EachRow(ctx, q, `SELECT employee_id, name, department_id, extension, user_id, shut, presence, presence_at
		FROM staff_employee WHERE project_id = $1 ORDER BY name, employee_id`, []any{string(project)}, func(rows *sql.Rows) error {
		var e Employee
		var since int64
		err := rows.Scan(&e.ID, &e.Name, &e.Department, &e.Extension, &e.User, &e.Shut, &e.Presence, &since)
		e.PresenceAt = time.UnixMicro(since).UTC()
		list = append(list, e)
		return err
	})
	if err != nil || len(list) == 0 {
		return list, err
	}
	at := make(map[EmployeeID]*Employee, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	if err := readContacts(ctx, q, project, at); err != nil {
		return nil, err
	}
	return list, readAccounts(ctx, q, project, at)
}

// edited is an employee for a change, with all others.
func (s *Service) edited(ctx context.Context, tx *store.Tx, p access.Permit, id EmployeeID) (Employee, []Employee, error) {
	if err := mayEdit(p); err != nil {
		return Employee{}, nil, err
	}
	all, err := Employees(ctx, tx, p.Org.Project())
	if err != nil {
		return Employee{}, nil, err
	}
	e, err := find(all, id)
	return e, all, err
}

func find(all []Employee, id EmployeeID) (Employee, error) {
	if i := slices.IndexFunc(all, func(e Employee) bool { return e.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Employee{}, errs.New(errs.NotFound, employeeNotFound, "there is no employee %.40q", string(id)).At(objectEmployee)
}

// mayEdit refuses whoever may not change telephony, and organisations that are no projects.
func mayEdit(p access.Permit) error {
	if _, err := p.May(access.Edit, access.Telephony); err != nil {
		return err
	}
	if p.Org.Kind != ident.ProjectKind {
		return errs.New(errs.Denied, "access.denied", "employees belong to projects").Try("open a project's page")
	}
	return nil
}

// fill checks a draft and writes it over e, beside all others of the project.
func (s *Service) fill(ctx context.Context, tx *store.Tx, p access.Permit, e *Employee, d Draft, all []Employee) (err error) {
	home, err := project.Get(ctx, tx, p.Org.Project())
	if err != nil {
		return err
	}
	e.Name, e.Department, e.Extension, e.User = strings.TrimSpace(d.Name), d.Department, strings.TrimSpace(d.Extension), d.User
	if err := checkName(e.Name); err != nil {
		return err
	}
	if err := checkExtension(*e, home.Country, all); err != nil {
		return err
	}
	if err := checkDepartment(ctx, tx, p.Org.Project(), e.Department); err != nil {
		return err
	}
	if e.Shut, err = checkUser(ctx, tx, p, *e, all); err != nil {
		return err
	}
	e.Contacts, err = checkContacts(d.Contacts, e.Accounts, home.Country)
	return err
}

func checkName(name string) error {
	if _, hidden := ident.Hidden(name); name == "" || hidden || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName {
		return errs.New(errs.Invalid, "staff.bad_name", "a name is 1 to %d characters that can be seen", longestName).At(fieldName)
	}
	return nil
}

// checkExtension: 2 to 5 digits that nobody else of the project has and that no emergency service answers (Rule T-40).
func checkExtension(e Employee, country string, all []Employee) error {
	if e.Extension == "" {
		return nil
	}
	if len(e.Extension) < shortest || len(e.Extension) > longest || strings.Trim(e.Extension, "0123456789") != "" {
		return errs.New(errs.Invalid, "staff.bad_extension", "%.20q is not an extension", e.Extension).At(fieldExtension).Try("write 2 to 5 digits, such as 101")
	}
	if _, is := phone.Emergency(e.Extension, country); is {
		return errs.New(errs.Invalid, "staff.emergency_extension", "%s reaches the emergency services", e.Extension).At(fieldExtension).Try("choose another extension")
	}
	for _, other := range all {
		if other.ID != e.ID && other.Extension == e.Extension {
			return errs.New(errs.Conflict, "staff.extension_taken", "%s has the extension %s", other.Name, e.Extension).At(fieldExtension).
				Try("choose another extension").With("name", other.Name)
		}
	}
	return nil
}

func checkDepartment(ctx context.Context, q store.Querier, project ident.ProjectID, id access.DepartmentID) error {
	if id == "" {
		return nil
	}
	all, err := access.DepartmentsOf(ctx, q, project)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(d access.Department) bool { return d.ID == id }) {
		return errs.New(errs.NotFound, "staff.no_department", "there is no department %.40q", string(id)).At(fieldDepartment)
	}
	return nil
}

// checkUser finds the member an employee is linked to and says whether they are shut out.
func checkUser(ctx context.Context, q store.Querier, p access.Permit, e Employee, all []Employee) (shut bool, err error) {
	if e.User == "" {
		return false, nil
	}
	for _, other := range all {
		if other.ID != e.ID && other.User == e.User {
			return false, errs.New(errs.Conflict, "staff.user_taken", "that member is the employee %s", other.Name).At(fieldUser).With("name", other.Name)
		}
	}
	return isShut(ctx, q, p.Org.Project(), e.User)
}

// isShut reports whether a member is blocked or is none (any more).
func isShut(ctx context.Context, q store.Querier, project ident.ProjectID, id account.UserID) (bool, error) {
	m, err := access.GetMember(ctx, q, ident.ProjectOrg(project), id)
	if errs.KindOf(err) == errs.NotFound {
		return true, nil
	}
	return !m.BlockedAt.IsZero(), err
}

// note writes the trail and tells who keeps something of the project's employees.
func (s *Service) note(ctx context.Context, tx *store.Tx, p access.Permit, action string, before, after any, at time.Time) error {
	id := EmployeeID("")
	for _, e := range []any{before, after} {
		if e, ok := e.(Employee); ok {
			id = e.ID
		}
	}
	if err := emit(ctx, tx, p.Org.Project(), topicChanged, map[string]any{objectEmployee: id}); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: objectEmployee, ObjectID: string(id), Action: action, Before: before, After: after})
}
