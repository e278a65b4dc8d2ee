package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/store"
)

// CheckPassword makes sure that it is the signed-in user who asks for something grave. Tries are slowed as sign-ins are.
// Errors: errs.Unauthenticated `account.bad_credentials`, errs.Unavailable `account.too_many_attempts`.
func (d *Door) CheckPassword(ctx context.Context, by audit.Actor, id UserID, password string, at time.Time) error {
	_, err := d.check(ctx, by, id, password, at)
	return err
}

func (d *Door) check(ctx context.Context, by audit.Actor, id UserID, password string, at time.Time) (stored string, err error) {
	try := attempt{"password", string(id), by.Address}
	_, stored, err = d.begin(ctx, try, at, func(context.Context, store.Querier) (UserID, error) { return id, nil })
	if err != nil {
		return "", err
	}
	if ok, err := d.Hasher.matches(ctx, password, stored); err != nil || !ok {
		return "", orBadCredentials(err)
	}
	return stored, d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return try.succeeded(ctx, tx, at) })
}

// ChangePassword sets a new password for a signed-in user who knows the old one, and ends their other sessions. Errors:
// those of CheckPassword and errs.Invalid `account.weak_password`.
func (d *Door) ChangePassword(ctx context.Context, by audit.Actor, id UserID, keep SessionID, old, password string, at time.Time) error {
	u, err := GetUser(ctx, d.DB, id)
	if err != nil {
		return err
	}
	stored, err := d.check(ctx, by, id, old, at)
	if err != nil {
		return err
	}
	hashed, err := d.Hasher.Hash(ctx, password, u.Email)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := checkStill(ctx, tx, id, stored); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, id, hashed); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id, keep); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by, at, own(id, "change password", nil))
	})
}

func unlessMissing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
