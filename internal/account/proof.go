package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// ProofHolds is for how long a session counts as that of the user themselves after a password, a code or a passkey was shown in it: at
// sign-in, or to Prove (Rule A-05). Whoever finds a browser open, or steals its cookie, comes later as a rule.
const ProofHolds = 10 * time.Minute

// Prove shows anew whose session it is, for what only the user themselves may do: by a code where an authenticator app is set up, for a
// password alone does not let in either, else by the password. Tries are slowed as those at sign-in are. Errors: errs.Unauthenticated
// `account.bad_credentials`, `account.bad_code`, `account.bad_session`; errs.Unavailable `account.too_many_attempts`.
func (d *Door) Prove(ctx context.Context, by audit.Actor, s Session, secret string, at time.Time) error {
	u, err := GetUser(ctx, d.DB, s.User)
	if err != nil {
		return err
	}
	proved := func(ctx context.Context, tx *store.Tx) error { return s.proved(ctx, tx, by, at) }
	if u.TOTP {
		return d.withCode(ctx, by, u.ID, secret, at, proved)
	}
	stored, err := d.check(ctx, by, u.ID, secret, at)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := checkStill(ctx, tx, u.ID, stored); err != nil {
			return err
		}
		return proved(ctx, tx)
	})
}

// proved notes that whoever uses a session has shown who they are.
func (s Session) proved(ctx context.Context, tx *store.Tx, by audit.Actor, at time.Time) error {
	result, err := tx.Exec(ctx, `UPDATE account_session SET proved_at = $3 WHERE session_id = $1 AND user_id = $2 AND viewing_as = ''`, string(s.ID), string(s.User), micros(at))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, badSession())
	}
	return audit.Write(ctx, tx, by, at, own(s.User, "prove", map[string]SessionID{"session": s.ID}))
}

// Proof tells whether a session shows by now who uses it: errs.Denied `account.proof_needed` where that was too long ago, or never, as in the
// session of an operator who views as somebody else.
func Proof(ctx context.Context, q store.Querier, s Session, at time.Time) error {
	var last int64
	err := q.QueryRow(ctx, `SELECT proved_at FROM account_session WHERE session_id = $1 AND user_id = $2`, string(s.ID), string(s.User)).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if since := at.Sub(instant(last)); last == 0 || since >= ProofHolds {
		return errs.New(errs.Denied, "account.proof_needed", "how somebody signs in is changed by themselves only").Try("prove first that it is you")
	}
	return nil
}
