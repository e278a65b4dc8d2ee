package account

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/store"
)

// Reset is what became of a request for a new password. The stranger is told the same whether there is such a user or not.
type Reset struct {
	User  User
	Token string // to be mailed to User.Email; empty where there is no such user
}

// RequestReset makes a token to set a new password with, and voids the one before. For an unknown address it does as much
// and gives nothing. Errors: errs.Invalid `account.bad_email`, errs.Unavailable `account.too_many_attempts`, both alike
// for known and unknown addresses.
func RequestReset(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, address string, at time.Time) (Reset, error) {
	parsed, err := parseEmail(address)
	if err != nil {
		return Reset{}, err
	}
	if err := (attempt{"mail", parsed.key, by.Address}).begin(ctx, tx, at); err != nil {
		return Reset{}, err
	}
	u, err := userByKey(ctx, tx, parsed.key)
	unknown := errors.Is(err, sql.ErrNoRows)
	switch {
	case unknown:
		u.ID = nobody
	case err != nil:
		return Reset{}, err
	}
	secret, err := mintToken(ctx, tx, random, resetToken, u.ID, "", at)
	if err != nil {
		return Reset{}, err
	}
	if by.User == "" && by.Part == "" {
		by.Part = "forgot"
	}
	// An unknown address leaves an entry too: whoever tries addresses is seen, and takes as long for each (Rule A-03).
	if err := audit.Write(ctx, tx, by, at, own(u.ID, "request reset", map[string]string{"email": parsed.shown})); err != nil || unknown {
		return Reset{}, err
	}
	return Reset{User: u, Token: secret}, nil
}

// ResetOf gives the user whom a reset token belongs to, without using it: to show the page, and to hash the new password
// before the transaction. errs.Invalid `account.bad_token`.
func ResetOf(ctx context.Context, q store.Querier, secret string, at time.Time) (User, error) {
	t, _, err := readToken(ctx, q, secret, at, resetToken)
	if err != nil {
		return User{}, err
	}
	u, err := GetUser(ctx, q, t.user)
	if err != nil {
		return User{}, badToken()
	}
	return u, nil
}

// ResetPassword sets a new password by the token that was mailed, ends all the user's sessions, removes their passkeys and gives the names of
// those, and confirms the address, for the mail was read. Whoever resets may do so because a stranger is in: a passkey of theirs must not stay
// (Rule A-05). An authenticator app stays. errs.Invalid `account.bad_token`.
func ResetPassword(ctx context.Context, tx *store.Tx, by audit.Actor, secret string, password Hashed, at time.Time) (removed []string, err error) {
	t, _, err := useToken(ctx, tx, secret, at, resetToken)
	if err != nil {
		return nil, err
	}
	if t.user == nobody {
		return nil, badToken()
	}
	if err := confirm(ctx, tx, t.user, at); err != nil {
		return nil, err
	}
	if err := setPassword(ctx, tx, t.user, password); err != nil {
		return nil, err
	}
	if err := endSessions(ctx, tx, t.user, ""); err != nil {
		return nil, err
	}
	if removed, err = dropPasskeys(ctx, tx, t.user); err != nil {
		return nil, err
	}
	return removed, audit.Write(ctx, tx, as(by, t.user), at, own(t.user, "reset password", map[string][]string{"passkeys": removed}))
}

// setPassword stores a password and voids what was under way with the old one.
func setPassword(ctx context.Context, tx *store.Tx, id UserID, password Hashed) error {
	if password.text == "" {
		return weak("short")
	}
	if _, err := tx.Exec(ctx, `UPDATE account_user SET password_hash = $2 WHERE user_id = $1`, string(id), password.text); err != nil {
		return err
	}
	return voidTokens(ctx, tx, id, resetToken, confirmToken, factorToken, oldEmailToken, newEmailToken)
}
