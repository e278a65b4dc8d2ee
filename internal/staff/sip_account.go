package staff

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// SIPAccount is what a telephone of an employee's signs in with. Its password is not kept.
type SIPAccount struct {
	UserName   string    `json:"user_name"`
	Label      string    `json:"label,omitempty"` // "desk phone"
	Most       int       `json:"most_contacts"`   // devices registered at once
	Enabled    bool      `json:"enabled"`
	MadeAt     time.Time `json:"made_at"`
	PasswordAt time.Time `json:"password_at"` // since when its password is what it is
}

// Opened is an account whose password was just made: the only time it can be read.
type Opened struct {
	SIPAccount
	Password string
}

const (
	usualDevices  = 3
	mostDevices   = 10
	mostAccounts  = 10 // of an employee
	objectAccount = "sip_account"
)

// OpenAccount makes a SIP account for an employee, with a user name and a password by chance, as a primary contact behind
// their others (Rule T-42). most is how many devices may be registered at once; 0 for 3. Errors: errs.Denied `access.denied`;
// errs.NotFound `staff.no_employee`; errs.Invalid `staff.bad_name`, `staff.bad_limit`; errs.Conflict `staff.too_many_accounts`.
func (s *Service) OpenAccount(ctx context.Context, tx *store.Tx, p access.Permit, id EmployeeID, label string, most int, at time.Time) (Opened, error) {
	e, _, err := s.edited(ctx, tx, p, id)
	if err != nil {
		return Opened{}, err
	}
	if most == 0 {
		most = usualDevices
	}
	if err := checkAccount(label, most); err != nil {
		return Opened{}, err
	}
	if len(e.Accounts) >= mostAccounts || len(e.Contacts) >= mostContacts {
		return Opened{}, errs.New(errs.Conflict, "staff.too_many_accounts", "an employee has at most %d SIP accounts", mostAccounts).Try("remove one first")
	}
	secret, err := s.newSecret("")
	if err != nil {
		return Opened{}, err
	}
	a := SIPAccount{UserName: secret.user, Label: label, Most: most, Enabled: true, MadeAt: at, PasswordAt: at}
	_, err = tx.Exec(ctx, `INSERT INTO staff_sip_account (user_name, project_id, employee_id, label, ha1_md5, ha1_sha256, most_contacts, enabled, made_at, password_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)`, a.UserName, p.Org.ID, string(id), label, secret.md5, secret.sha256, most, at.UnixMicro())
	if err != nil {
		return Opened{}, err
	}
	e.Contacts = append(e.Contacts, Contact{Kind: BySIP, Address: a.UserName, Primary: true})
	if err := writeContacts(ctx, tx, p.Org.Project(), e); err != nil {
		return Opened{}, err
	}
	return Opened{a, secret.password}, s.noteAccount(ctx, tx, p, "create", nil, a, at)
}

// NewPassword gives an account another password; the old one opens nothing from then on, and whoever registered with it is to
// be dropped (Closed). Errors: errs.Denied `access.denied`, errs.NotFound `staff.no_account`.
func (s *Service) NewPassword(ctx context.Context, tx *store.Tx, p access.Permit, user string, at time.Time) (Opened, error) {
	_, before, err := s.accountOf(ctx, tx, p, user)
	if err != nil {
		return Opened{}, err
	}
	secret, err := s.newSecret(user)
	if err != nil {
		return Opened{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE staff_sip_account SET ha1_md5 = $2, ha1_sha256 = $3, password_at = $4 WHERE user_name = $1`, user, secret.md5, secret.sha256, at.UnixMicro())
	if err != nil {
		return Opened{}, err
	}
	after := before
	after.PasswordAt = at
	if err := tellClosed(ctx, tx, p.Org.Project(), []string{user}); err != nil {
		return Opened{}, err
	}
	return Opened{after, secret.password}, s.noteAccount(ctx, tx, p, "new password", before, after, at)
}

// EditAccount names an account, bounds its devices and opens or closes it. One that was closed is to be dropped (Closed).
// Errors: errs.Denied `access.denied`, errs.NotFound `staff.no_account`, errs.Invalid `staff.bad_name`, `staff.bad_limit`.
func (s *Service) EditAccount(ctx context.Context, tx *store.Tx, p access.Permit, user, label string, most int, enabled bool, at time.Time) (SIPAccount, error) {
	_, before, err := s.accountOf(ctx, tx, p, user)
	if err != nil {
		return SIPAccount{}, err
	}
	if err := checkAccount(label, most); err != nil {
		return SIPAccount{}, err
	}
	after := before
	after.Label, after.Most, after.Enabled = label, most, enabled
	_, err = tx.Exec(ctx, `UPDATE staff_sip_account SET label = $2, most_contacts = $3, enabled = $4 WHERE user_name = $1`, user, label, most, enabled)
	if err != nil {
		return SIPAccount{}, err
	}
	if !enabled {
		if err := tellClosed(ctx, tx, p.Org.Project(), []string{user}); err != nil {
			return SIPAccount{}, err
		}
	}
	return after, s.noteAccount(ctx, tx, p, "edit", before, after, at)
}

// RemoveAccount ends an account and the contact that it is (Closed). Errors: errs.Denied `access.denied`, errs.NotFound
// `staff.no_account`.
func (s *Service) RemoveAccount(ctx context.Context, tx *store.Tx, p access.Permit, user string, at time.Time) error {
	e, before, err := s.accountOf(ctx, tx, p, user)
	if err != nil {
		return err
	}
	if _, err := p.May(access.Delete, access.Telephony); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM staff_sip_account WHERE user_name = $1`, user); err != nil {
		return err
	}
	e.Contacts = slices.DeleteFunc(e.Contacts, func(c Contact) bool { return c.Address == user })
	if err := writeContacts(ctx, tx, p.Org.Project(), e); err != nil {
		return err
	}
	if err := tellClosed(ctx, tx, p.Org.Project(), []string{user}); err != nil {
		return err
	}
	return s.noteAccount(ctx, tx, p, "delete", before, nil, at)
}

func checkAccount(label string, most int) error {
	if label != "" {
		if err := checkName(label); err != nil {
			return err
		}
	}
	if most < 1 || most > mostDevices {
		return errs.New(errs.Invalid, "staff.bad_limit", "an account registers 1 to %d devices at once", mostDevices).At("most_contacts")
	}
	return nil
}

// accountOf finds an account of the project for a change, with its employee.
func (s *Service) accountOf(ctx context.Context, tx *store.Tx, p access.Permit, user string) (Employee, SIPAccount, error) {
	if err := mayEdit(p); err != nil {
		return Employee{}, SIPAccount{}, err
	}
	all, err := Employees(ctx, tx, p.Org.Project())
	for _, e := range all {
		for _, a := range e.Accounts {
			if a.UserName == user {
				return e, a, err
			}
		}
	}
	if err == nil {
		err = noAccount(user)
	}
	return Employee{}, SIPAccount{}, err
}

func noAccount(user string) error {
	return errs.New(errs.NotFound, "staff.no_account", "there is no SIP account %.40q", user).At(objectAccount)
}

func readAccounts(ctx context.Context, q store.Querier, project ident.ProjectID, at map[EmployeeID]*Employee) error {
	return store.EachRow(ctx, q, `SELECT employee_id, user_name, label, most_contacts, enabled, made_at, password_at FROM staff_sip_account
		WHERE project_id = $1 ORDER BY employee_id, made_at, user_name`, []any{string(project)}, func(rows *sql.Rows) error {
		var id EmployeeID
		var a SIPAccount
		var made, password int64
		err := rows.Scan(&id, &a.UserName, &a.Label, &a.Most, &a.Enabled, &made, &password)
		a.MadeAt, a.PasswordAt = time.UnixMicro(made).UTC(), time.UnixMicro(password).UTC()
		if e := at[id]; e != nil {
			e.Accounts = append(e.Accounts, a)
		}
		return err
	})
}

func (s *Service) noteAccount(ctx context.Context, tx *store.Tx, p access.Permit, action string, before, after any, at time.Time) error {
	user := ""
	for _, a := range []any{before, after} {
		if a, ok := a.(SIPAccount); ok {
			user = a.UserName
		}
	}
	if err := emit(ctx, tx, p.Org.Project(), topicChanged, map[string]any{objectAccount: user}); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: objectAccount, ObjectID: user, Action: action, Before: before, After: after})
}
