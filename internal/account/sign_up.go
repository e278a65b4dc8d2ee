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

// SignedUp is what became of a sign-up. The stranger is told the same in both cases; the mail differs.
type SignedUp struct {
	User  User
	Token string // to confirm the address by mail; empty where it was confirmed
	Taken bool   // somebody has the address: the mail says so, and how to reset the password
}

// BeginSignUp counts a try to sign up, in a transaction of its own before the password is hashed. n needs no password yet. Errors:
// errs.Invalid `account.bad_email`, `account.bad_name`, `account.bad_language`; errs.Unavailable `account.too_many_attempts`.
func BeginSignUp(ctx context.Context, tx *store.Tx, by audit.Actor, n NewUser, at time.Time) error {
	address, err := parseEmail(n.Email)
	if err != nil {
		return err
	}
	if err := checkPerson(n.Name, n.Language); err != nil {
		return err
	}
	return attempt{"mail", address.key, by.Address}.begin(ctx, tx, at)
}

// SignUp makes a user of a stranger, whose address must be confirmed before they can sign in. The try was counted by
// BeginSignUp. Errors: those of CreateUser but account.email_taken.
func SignUp(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, n NewUser, at time.Time) (SignedUp, error) {
	address, err := n.check()
	if err != nil {
		return SignedUp{}, err
	}
	made, err := userByKey(ctx, tx, address.key)
	taken := err == nil && !made.ConfirmedAt.IsZero()
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if by.User == "" && by.Part == "" {
			by.Part = "sign-up"
		}
		if made, err = CreateUser(ctx, tx, by, random, n, false, at); err != nil {
			return SignedUp{}, err
		}
	case err != nil:
		return SignedUp{}, err
	case !taken:
		if made, err = signUpAgain(ctx, tx, made.ID, n); err != nil {
			return SignedUp{}, err
		}
	}
	owner := made.ID
	if taken {
		owner = nobody
	}
	secret, err := mintToken(ctx, tx, random, confirmToken, owner, "", at)
	if taken {
		secret = ""
	}
	return SignedUp{User: made, Token: secret, Taken: taken}, err
}

// signUpAgain makes the latest sign-up of an unconfirmed address count, for its link alone is good: else whoever signed up
// first with somebody else's address would have chosen the password that the owner of the address confirms.
func signUpAgain(ctx context.Context, tx *store.Tx, id UserID, n NewUser) (User, error) {
	_, err := tx.Exec(ctx, `UPDATE account_user SET name = $2, language = $3, password_hash = $4 WHERE user_id = $1`,
		string(id), n.Name, n.Language, n.Password.text)
	if err != nil {
		return User{}, err
	}
	return GetUser(ctx, tx, id)
}

// ConfirmEmail takes the token that was mailed. errs.Invalid `account.bad_token`.
func ConfirmEmail(ctx context.Context, tx *store.Tx, by audit.Actor, secret string, at time.Time) (User, error) {
	t, _, err := useToken(ctx, tx, secret, at, confirmToken)
	if err != nil {
		return User{}, err
	}
	before, err := GetUser(ctx, tx, t.user)
	if err != nil {
		return User{}, badToken()
	}
	if err := confirm(ctx, tx, t.user, at); err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, as(by, t.user), at, "confirm", before, t.user)
}

func confirm(ctx context.Context, tx *store.Tx, id UserID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE account_user SET confirmed_at = $2 WHERE user_id = $1 AND confirmed_at = 0`, string(id), micros(at))
	return err
}
