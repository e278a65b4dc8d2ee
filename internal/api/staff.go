package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// Contact is where an employee is reached.
type Contact struct {
	Kind    staff.ContactKind `json:"kind" enum:"sip,mobile,other"`
	Address string            `json:"address" maxLength:"40" doc:"The user name of a SIP account of theirs, or an E.164 number" example:"+380671234567"`
	Primary bool              `json:"primary,omitempty" doc:"It is rung; otherwise it only tells who calls"`
}

// SIPAccount is what a telephone signs in with.
type SIPAccount struct {
	UserName   string    `json:"user_name"`
	Label      string    `json:"label,omitempty"`
	Most       int       `json:"most_contacts" doc:"Devices registered at once"`
	Enabled    bool      `json:"enabled"`
	MadeAt     time.Time `json:"made_at"`
	PasswordAt time.Time `json:"password_at" doc:"Since when its password is what it is"`
}

// OpenedAccount is an account whose password was just made.
type OpenedAccount struct {
	SIPAccount
	Realm    string `json:"realm"`
	Password string `json:"password,omitempty" doc:"Shown this once: it is not kept, and a repetition of the request does not show it"`
}

// withoutSecret is what is kept for a repetition of the request.
func (o OpenedAccount) withoutSecret() any {
	o.Password = ""
	return o
}

// Employee is somebody who takes or makes a project's calls.
type Employee struct {
	ID         staff.EmployeeID `json:"id"`
	Name       string           `json:"name"`
	Department string           `json:"department,omitempty" doc:"The id of a department"`
	Extension  string           `json:"extension,omitempty"`
	User       string           `json:"user,omitempty" doc:"The member of the project they are"`
	Shut       bool             `json:"shut,omitempty" doc:"That member is blocked or gone: the SIP accounts open nothing (Rule T-43)"`
	Presence   staff.Presence   `json:"presence" enum:"available,away,do_not_disturb"`
	Contacts   []Contact        `json:"contacts"`
	Accounts   []SIPAccount     `json:"accounts"`
}

// EmployeeDraft is an employee as they are written down.
type EmployeeDraft struct {
	Name       string    `json:"name" minLength:"1" maxLength:"100"`
	Department string    `json:"department,omitempty" maxLength:"64"`
	Extension  string    `json:"extension,omitempty" maxLength:"10" doc:"2 to 5 digits, unlike any other of the project" example:"201"`
	User       string    `json:"user,omitempty" maxLength:"64"`
	Contacts   []Contact `json:"contacts,omitempty" maxItems:"20" doc:"In the order in which they are rung"`
}

// Employees are those of a project.
type Employees struct {
	Employees []Employee `json:"employees"`
}

// OneEmployee is an employee of a project, by its path.
type OneEmployee struct {
	Of
	Employee string `path:"employee" maxLength:"64"`
}

// OneAccount is a SIP account of a project, by its path.
type OneAccount struct {
	Of
	Account string `path:"account" maxLength:"64" doc:"Its user name"`
}

func staffRoutes(a *API) {
	const tag, one = chapterTelephony, "/v1/projects/{project}/employees/{employee}"
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/employees", id: "list-employees", tag: tag, need: needTelephony, summary: "List the employees, with contacts and SIP accounts"},
		func(ctx context.Context, in *struct{ Of }) (out Employees, err error) {
			list, err := staff.Employees(ctx, a.parts.DB, in.id())
			out.Employees = make([]Employee, len(list))
			for i, e := range list {
				out.Employees[i] = viewEmployee(e)
			}
			return out, err
		})
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/employees", id: "add-employee", ownRecord: true, tag: tag, need: needTelephonyWrite, status: http.StatusCreated, summary: "Add an employee",
		text: "Refused with `staff.extension_taken`, `staff.emergency_extension`, `staff.bad_contact` (Rules T-40, T-41).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body EmployeeDraft
	},
	) (Employee, error) {
		return a.asStaff(ctx, in.Of, func(p access.Permit) (staff.Employee, error) {
			return a.parts.Staff.Add(ctx, tx, p, in.Body.draft(), a.now())
		})
	})
	write(a, route{method: http.MethodPut, path: one, id: "edit-employee", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "Change an employee", text: "SIP accounts stay; one that is not among the contacts is not rung."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneEmployee
			Body EmployeeDraft
		},
		) (Employee, error) {
			return a.asStaff(ctx, in.Of, func(p access.Permit) (staff.Employee, error) {
				return a.parts.Staff.Edit(ctx, tx, p, staff.EmployeeID(in.Employee), in.Body.draft(), a.now())
			})
		})
	write(a, route{method: http.MethodDelete, path: one, id: "remove-employee", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "Remove an employee with their SIP accounts"},
		func(ctx context.Context, tx *store.Tx, in *OneEmployee) (Employees, error) {
			p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
			if err != nil {
				return Employees{}, err
			}
			_, err = a.parts.Staff.Remove(ctx, tx, p, staff.EmployeeID(in.Employee), a.now())
			return Employees{Employees: []Employee{}}, err
		})
	write(a, route{method: http.MethodPut, path: one + "/presence", id: "set-presence", state: presence, tag: tag, need: needTelephonyWrite, summary: "Say whether an employee is there", text: "Rule T-44."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneEmployee
			Body struct {
				Presence staff.Presence `json:"presence" enum:"available,away,do_not_disturb"`
			}
		},
		) (Employee, error) {
			return a.asStaff(ctx, in.Of, func(p access.Permit) (staff.Employee, error) {
				if err := a.parts.Staff.SetPresence(ctx, tx, p, staff.EmployeeID(in.Employee), in.Body.Presence, a.now()); err != nil {
					return staff.Employee{}, err
				}
				return staff.Get(ctx, tx, in.id(), staff.EmployeeID(in.Employee))
			})
		})
	accountRoutes(a)
}

func accountRoutes(a *API) {
	const tag, one = chapterTelephony, "/v1/projects/{project}/sip-accounts/{account}"
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/employees/{employee}/sip-accounts", id: "open-sip-account", ownRecord: true, tag: tag, need: needTelephonyWrite, status: http.StatusCreated,
		summary: "Make a SIP account for an employee", text: "User name and password are made by chance; the password is in this answer and nowhere else (Rule T-42).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		OneEmployee
		Body struct {
			Label string `json:"label,omitempty" maxLength:"100" doc:"What it is for"`
			Most  int    `json:"most_contacts,omitempty" minimum:"0" maximum:"10" doc:"Devices registered at once; 3 where left out"`
		}
	},
	) (OpenedAccount, error) {
		p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
		if err != nil {
			return OpenedAccount{}, err
		}
		made, err := a.parts.Staff.OpenAccount(ctx, tx, p, staff.EmployeeID(in.Employee), in.Body.Label, in.Body.Most, a.now())
		return OpenedAccount{viewAccount(made.SIPAccount), staff.Realm, made.Password}, err
	})
	write(a, route{method: http.MethodPost, path: one + "/password", id: "new-sip-password", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "Make a new password", text: "The old one opens nothing from now on, and what is registered with it is dropped (Rule T-42)."},
		func(ctx context.Context, tx *store.Tx, in *OneAccount) (OpenedAccount, error) {
			p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
			if err != nil {
				return OpenedAccount{}, err
			}
			made, err := a.parts.Staff.NewPassword(ctx, tx, p, in.Account, a.now())
			return OpenedAccount{viewAccount(made.SIPAccount), staff.Realm, made.Password}, err
		})
	write(a, route{method: http.MethodPut, path: one, id: "edit-sip-account", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "Name, bound, open or close a SIP account"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneAccount
			Body struct {
				Label   string `json:"label,omitempty" maxLength:"100"`
				Most    int    `json:"most_contacts" minimum:"1" maximum:"10"`
				Enabled bool   `json:"enabled"`
			}
		},
		) (SIPAccount, error) {
			p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
			if err != nil {
				return SIPAccount{}, err
			}
			saved, err := a.parts.Staff.EditAccount(ctx, tx, p, in.Account, in.Body.Label, in.Body.Most, in.Body.Enabled, a.now())
			return viewAccount(saved), err
		})
	write(a, route{method: http.MethodDelete, path: one, id: "remove-sip-account", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "End a SIP account"},
		func(ctx context.Context, tx *store.Tx, in *OneAccount) (Removed, error) {
			p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
			if err != nil {
				return Removed{}, err
			}
			return Removed{in.Account}, a.parts.Staff.RemoveAccount(ctx, tx, p, in.Account, a.now())
		})
}

// Removed names what is gone.
type Removed struct {
	Removed string `json:"removed"`
}

// asStaff does something to an employee with the caller's permit.
func (a *API) asStaff(ctx context.Context, of Of, do func(access.Permit) (staff.Employee, error)) (Employee, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(of.id()))
	if err != nil {
		return Employee{}, err
	}
	e, err := do(p)
	return viewEmployee(e), err
}

func (d EmployeeDraft) draft() staff.Draft {
	draft := staff.Draft{Name: d.Name, Department: access.DepartmentID(d.Department), Extension: d.Extension, User: account.UserID(d.User)}
	for _, c := range d.Contacts {
		draft.Contacts = append(draft.Contacts, staff.Contact(c))
	}
	return draft
}

func viewEmployee(e staff.Employee) Employee {
	view := Employee{
		ID: e.ID, Name: e.Name, Department: string(e.Department), Extension: e.Extension, User: string(e.User), Shut: e.Shut, Presence: e.Presence,
		Contacts: make([]Contact, len(e.Contacts)), Accounts: make([]SIPAccount, len(e.Accounts)),
	}
	for i, c := range e.Contacts {
		view.Contacts[i] = Contact(c)
	}
	for i, s := range e.Accounts {
		view.Accounts[i] = viewAccount(s)
	}
	return view
}

func viewAccount(s staff.SIPAccount) SIPAccount { return SIPAccount(s) }
