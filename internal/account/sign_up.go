package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
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
	}
	owner := made.ID
	if taken {
		owner = nobody
	}
	body, err := n.pending()
	if err != nil {
		return SignedUp{}, err
	}
	secret, err := mintToken(ctx, tx, random, confirmToken, owner, body, at)
	if taken {
		secret = ""
	}
	return SignedUp{User: made, Token: secret, Taken: taken}, err
}

// pending is what a sign-up makes of its user once the address is confirmed. It is kept with the link that was mailed for it: else
// of several sign-ups with one address the last would have chosen the password, and that may be a stranger's.
type pending struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Password string `json:"password"` // hashed
}

func (n NewUser) pending() (string, error) {
	text, err := json.Marshal(pending{n.Name, n.Language, n.Password.text})
	return string(text), err
}

// ConfirmEmail takes the link that was mailed, and the password that was typed when it was asked for: it becomes the user's. Whoever
// presses the link of somebody else's sign-up with their address is refused so, and their own link still opens (Rule A-02). Errors:
// errs.Invalid `account.bad_token`, `account.other_sign_up`; errs.Unavailable `account.too_many_attempts`.
func (d *Door) ConfirmEmail(ctx context.Context, by audit.Actor, secret, password string, at time.Time) (User, error) {
	t, _, err := readToken(ctx, d.DB, secret, at, confirmToken)
	if err != nil {
		return User{}, err
	}
	try := attempt{"confirm", string(t.user), by.Address}
	if err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return try.begin(ctx, tx, at) }); err != nil {
		return User{}, err
	}
	var p pending
	if err := json.Unmarshal([]byte(t.body), &p); err != nil {
		return User{}, err
	}
	ok, err := d.Hasher.matches(ctx, password, p.Password)
	if err != nil {
		return User{}, err
	}
	if !ok {
		return User{}, errs.New(errs.Invalid, "account.other_sign_up", "the link was asked for with another password").At("password").
			Try("open the link of another mail, or set a new password")
	}
	var u User
	return u, d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := try.succeeded(ctx, tx, at); err != nil {
			return err
		}
		u, err = p.confirm(ctx, tx, by, secret, at)
		return err
	})
}

// confirm uses the link up, and all others of sign-ups with the address.
func (p pending) confirm(ctx context.Context, tx *store.Tx, by audit.Actor, secret string, at time.Time) (User, error) {
	t, _, err := useToken(ctx, tx, secret, at, confirmToken)
	if err != nil {
		return User{}, err
	}
	before, err := GetUser(ctx, tx, t.user)
	if err != nil || !before.ConfirmedAt.IsZero() {
		return User{}, badToken()
	}
	if err := voidTokens(ctx, tx, t.user, confirmToken); err != nil {
		return User{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE account_user SET name = $2, language = $3, password_hash = $4 WHERE user_id = $1`, string(t.user), p.Name, p.Language, p.Password)
	if err != nil {
		return User{}, err
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
