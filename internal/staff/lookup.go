package staff

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Account is what the SIP side needs of an account.
type Account struct {
	UserName string
	Project  ident.ProjectID
	Employee EmployeeID
	Most     int    // devices registered at once
	MD5      string // HA1 in hex, of the user name, Realm and the password
	SHA256   string // the same by SHA-256 (RFC 8760)
	Version  int64  // another one with each new password
	found    bool
}

// Account finds an account that opens, by its user name (Rules T-42, T-43). Whatever is wrong with one, the answer is
// errs.NotFound `staff.no_account`: a caller treats it as a wrong password. What was read is believed for seconds.
func (s *Service) Account(ctx context.Context, user string, at time.Time) (Account, error) {
	if !wellFormed(user) {
		return Account{}, noAccount(user)
	}
	a, known := s.accounts.Get(user, at)
	if !known {
		var err error
		if a, err = s.readAccount(ctx, user); err != nil {
			return Account{}, err
		}
		s.accounts.Put(user, a, at)
	}
	if !a.found {
		return Account{}, noAccount(user)
	}
	return a, nil
}

// readAccount reads an account; one that does not open is not found. Whether its member is blocked is asked of access itself:
// the news of it may still be under way.
func (s *Service) readAccount(ctx context.Context, user string) (a Account, err error) {
	var member account.UserID
	var enabled bool
	var m, h string
	err = s.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		a = Account{UserName: user}
		err := q.QueryRow(ctx, `SELECT a.project_id, a.employee_id, a.most_contacts, a.enabled, a.ha1_md5, a.ha1_sha256, a.password_at, e.user_id FROM staff_sip_account AS a
			JOIN staff_employee AS e ON e.project_id = a.project_id AND e.employee_id = a.employee_id WHERE a.user_name = $1`, user).
			Scan(&a.Project, &a.Employee, &a.Most, &enabled, &m, &h, &a.Version, &member)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil || !enabled {
			return err
		}
		if a.found = true; member != "" {
			shut, err := isShut(ctx, q, a.Project, member)
			a.found = !shut
			return err
		}
		return nil
	})
	if err != nil || !a.found {
		return Account{}, err
	}
	for algorithm, to := range map[string]*string{"md5": &a.MD5, "sha256": &a.SHA256} {
		plain, err := s.Vault.Open(owner(user, algorithm), map[string]string{"md5": m, "sha256": h}[algorithm])
		if err != nil {
			return Account{}, err
		}
		*to = string(plain)
	}
	return a, nil
}
