package account

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// SecondFactor lets in whoever has a ticket from SignIn and the code of their authenticator app, or a recovery code, which
// is used up. A code opens once: the same one again, or an older one, is refused. A wrong one leaves the ticket good. Errors:
// errs.Unauthenticated `account.bad_code`, errs.Invalid `account.bad_token` where the ticket is too old, errs.Unavailable
// `account.too_many_attempts`, errs.Denied `account.blocked`.
func (d *Door) SecondFactor(ctx context.Context, by audit.Actor, ticket, code string, at time.Time) (Entry, error) {
	t, _, err := readToken(ctx, d.DB, ticket, at, factorToken)
	if err != nil {
		return Entry{}, err
	}
	try := attempt{"second factor", string(t.user), by.Address}
	if err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return try.begin(ctx, tx, at) }); err != nil {
		return Entry{}, err
	}
	var entry Entry
	return entry, d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := useToken(ctx, tx, ticket, at, factorToken); err != nil {
			return err
		}
		u, err := GetUser(ctx, tx, t.user)
		if err != nil {
			return err
		}
		if err := u.mayEnter(); err != nil {
			return err
		}
		method, err := d.takeCode(ctx, tx, t.user, code, at)
		if err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx, at); err != nil {
			return err
		}
		entry, err = d.open(ctx, tx, by, u, method, at)
		return err
	})
}

// takeCode uses up a code: of the app, or for recovery.
func (d *Door) takeCode(ctx context.Context, tx *store.Tx, id UserID, code string, at time.Time) (Method, error) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != codeDigits {
		return ByRecovery, takeRecovery(ctx, tx, id, code)
	}
	return ByTOTP, d.takeTOTP(ctx, tx, id, code, at)
}

func badCode() error {
	return errs.New(errs.Unauthenticated, "account.bad_code", "the code is wrong, or was used").At("code").Try("wait for the next one; the clock of the phone must be right")
}
