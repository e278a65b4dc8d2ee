package account

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// tokenKind is what a token opens. One kind does not open another's door.
type tokenKind string

const (
	confirmToken  tokenKind = "confirm"         // shows that an address is the user's
	resetToken    tokenKind = "reset"           // sets a new password
	oldEmailToken tokenKind = "email_old"       // the old address agrees to the new one
	newEmailToken tokenKind = "email_new"       // the new address is the user's
	factorToken   tokenKind = "second_factor"   // the password was right
	passkeyMaking tokenKind = "passkey_making"  // the ceremony of registering one
	passkeyShown  tokenKind = "passkey_sign_in" // the ceremony of signing in with one
)

// tokenLife is for how long tokens of a kind open: an hour for what goes by mail, five minutes for steps on one page.
func (k tokenKind) life() time.Duration {
	switch k {
	case factorToken, passkeyMaking, passkeyShown:
		return 5 * time.Minute
	}
	return time.Hour
}

// voids reports whether a new token of the kind voids the user's ones before. It does not where a stranger may ask for one: they would
// void the owner's.
func (k tokenKind) voids() bool { return k != factorToken && k != passkeyShown && k != confirmToken }

// token is what the store knows of one.
type token struct {
	id   string
	user UserID
	body string
}

// nobody stands for the user whom an unknown address belongs to: for them the same statements run, so that they take as
// long, and there is at most one token of theirs.
const nobody UserID = "0000000000000000"

// mintToken makes a token for a user and voids the one before.
func mintToken(ctx context.Context, tx *store.Tx, random io.Reader, kind tokenKind, user UserID, body string, at time.Time) (secret string, err error) {
	id, secret, err := mint(random, tokenPrefix, at)
	if err != nil {
		return "", err
	}
	if kind.voids() {
		if err := voidTokens(ctx, tx, user, kind); err != nil {
			return "", err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_token (token_id, kind, user_id, secret_hash, body, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, string(kind), string(user), digestOf(secret).String(), body, micros(at.Add(kind.life())))
	return secret, err
}

func voidTokens(ctx context.Context, tx *store.Tx, user UserID, kinds ...tokenKind) error {
	for _, kind := range kinds {
		if _, err := tx.Exec(ctx, `DELETE FROM account_token WHERE user_id = $1 AND kind = $2`, string(user), string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// readToken finds a token that opens. Whatever is wrong with it, the answer is errs.Invalid `account.bad_token`.
func readToken(ctx context.Context, q store.Querier, secret string, at time.Time, kinds ...tokenKind) (token, tokenKind, error) {
	id, ok := idOf(tokenPrefix, secret)
	if !ok {
		return token{}, "", badToken()
	}
	t := token{id: id}
	var kind tokenKind
	var hash string
	var expires int64
	err := q.QueryRow(ctx, `SELECT kind, user_id, secret_hash, body, expires_at FROM account_token WHERE token_id = $1`, id).
		Scan(&kind, &t.user, &hash, &t.body, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return token{}, "", badToken()
	}
	if err != nil {
		return token{}, "", err
	}
	known := false
	for _, k := range kinds {
		known = known || k == kind
	}
	if !digestOf(secret).is(hash) || !known || !at.Before(instant(expires)) {
		return token{}, "", badToken()
	}
	return t, kind, nil
}

// useToken finds a token that opens and makes sure that it does not a second time.
func useToken(ctx context.Context, tx *store.Tx, secret string, at time.Time, kinds ...tokenKind) (token, tokenKind, error) {
	t, kind, err := readToken(ctx, tx, secret, at, kinds...)
	if err != nil {
		return token{}, "", err
	}
	_, err = tx.Exec(ctx, `DELETE FROM account_token WHERE token_id = $1`, t.id)
	return t, kind, err
}

func badToken() error {
	return errs.New(errs.Invalid, "account.bad_token", "the link is not valid: it was used, is too old, or a newer one was sent").
		Try("ask for a new one")
}
