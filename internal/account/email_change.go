package account

import (
	"context"
	"io"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// EmailChange is a change of address under way: a mail goes to both, and both must say yes within the hour.
type EmailChange struct {
	Old, New           string // addresses
	OldToken, NewToken string
}

// RequestEmailChange begins a change of a user's address and voids one begun before. Whether another user has the new
// address is not told before whoever asks has shown that they read its mail. Errors: errs.Invalid `account.bad_email`,
// `account.same_email`; errs.NotFound `account.no_user`; errs.Unavailable `account.too_many_attempts`.
func RequestEmailChange(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, id UserID, address string, at time.Time) (EmailChange, error) {
	parsed, err := parseEmail(address)
	if err != nil {
		return EmailChange{}, err
	}
	u, err := GetUser(ctx, tx, id)
	if err != nil {
		return EmailChange{}, err
	}
	if u.Email == parsed.shown {
		return EmailChange{}, errs.New(errs.Invalid, "account.same_email", "this is the address already").At("email")
	}
	if err := (attempt{"mail", parsed.key, by.Address}).begin(ctx, tx, at); err != nil {
		return EmailChange{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_email_change (user_id, email, email_key, old_said, new_said) VALUES ($1, $2, $3, 0, 0)
		ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, email_key = excluded.email_key, old_said = 0, new_said = 0`,
		string(id), parsed.shown, parsed.key)
	if err != nil {
		return EmailChange{}, err
	}
	change := EmailChange{Old: u.Email, New: parsed.shown}
	if change.OldToken, err = mintToken(ctx, tx, random, oldEmailToken, id, "", at); err != nil {
		return EmailChange{}, err
	}
	if change.NewToken, err = mintToken(ctx, tx, random, newEmailToken, id, "", at); err != nil {
		return EmailChange{}, err
	}
	return change, audit.Write(ctx, tx, by, at, own(id, "request email", map[string]string{"email": parsed.shown}))
}

// ConfirmEmailChange takes one of the two tokens; done says that it was the second one and the address is changed. Errors:
// errs.Invalid `account.bad_token`; errs.Conflict `account.email_taken` where another user has the new address.
func ConfirmEmailChange(ctx context.Context, tx *store.Tx, by audit.Actor, secret string, at time.Time) (u User, done bool, err error) {
	t, kind, err := useToken(ctx, tx, secret, at, oldEmailToken, newEmailToken)
	if err != nil {
		return User{}, false, err
	}
	column := map[tokenKind]string{oldEmailToken: "old_said", newEmailToken: "new_said"}[kind]
	if _, err := tx.Exec(ctx, `UPDATE account_email_change SET `+column+` = 1 WHERE user_id = $1`, string(t.user)); err != nil {
		return User{}, false, err
	}
	var shown, key string
	var oldSaid, newSaid bool
	err = tx.QueryRow(ctx, `SELECT email, email_key, old_said, new_said FROM account_email_change WHERE user_id = $1`, string(t.user)).
		Scan(&shown, &key, &oldSaid, &newSaid)
	if err != nil {
		return User{}, false, err
	}
	if !oldSaid || !newSaid {
		u, err = GetUser(ctx, tx, t.user)
		return u, false, err
	}
	u, err = moveEmail(ctx, tx, as(by, t.user), t.user, email{shown, key}, at)
	return u, err == nil, err
}

func moveEmail(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, to email, at time.Time) (User, error) {
	before, err := GetUser(ctx, tx, id)
	if err != nil {
		return User{}, err
	}
	if other, err := userByKey(ctx, tx, to.key); err == nil && other.ID != id {
		return User{}, errs.New(errs.Conflict, "account.email_taken", "there is a user with this e-mail address").At("email")
	}
	if _, err := tx.Exec(ctx, `UPDATE account_user SET email = $2, email_key = $3 WHERE user_id = $1`, string(id), to.shown, to.key); err != nil {
		return User{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM account_email_change WHERE user_id = $1`, string(id)); err != nil {
		return User{}, err
	}
	// A link to the old mailbox must not open the account any more.
	if err := voidTokens(ctx, tx, id, resetToken, confirmToken); err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, by, at, "change email", before, id)
}
