package account

import (
	"context"
	"io"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Door lets people in. Its methods run their own transactions, for signing in needs two: a try is counted before the
// password is hashed, which takes too long for a transaction, and forgiven after. Safe for concurrent use.
type Door struct {
	DB       *store.DB
	Hasher   *Hasher
	Vault    *vault.Vault // opens the seeds of authenticator apps
	Passkeys *Passkeys    // nil where the installation has no address that passkeys can be bound to
	Random   io.Reader    // crypto/rand.Reader outside tests
}

// Entry is how far somebody got in: a session, or the step before it.
type Entry struct {
	User    User
	Session Session
	Token   string // of the session, for the cookie; empty while a code is missing
	Ticket  string // for SecondFactor, within 5 minutes, where a code is missing
}

// SignIn lets in whoever shows an e-mail address and its password, or gives a ticket where a code is asked for too. An
// unknown address, a wrong password and a user without one are answered alike and as late. by says from where; its User is
// not looked at, and device is what MarkDevice gave the browser, or empty. Errors: errs.Unauthenticated `account.bad_credentials`, errs.Unavailable `account.too_many_attempts`; and,
// to whoever knows the password, errs.Denied `account.blocked`, `account.unconfirmed`.
func (d *Door) SignIn(ctx context.Context, by audit.Actor, device, address, password string, at time.Time) (Entry, error) {
	parsed, err := parseEmail(address)
	if err != nil {
		parsed = email{key: fit(address)} // counted and hashed all the same
	}
	try, err := d.signInTry(ctx, parsed, by.Address, device)
	if err != nil {
		return Entry{}, err
	}
	user, stored, err := d.begin(ctx, try, at, func(ctx context.Context, q store.Querier) (UserID, error) {
		u, err := userByKey(ctx, q, parsed.key)
		return u.ID, err
	})
	if err != nil {
		return Entry{}, err
	}
	if ok, err := d.Hasher.matches(ctx, password, stored); err != nil || !ok {
		return Entry{}, orBadCredentials(err)
	}
	renewed, err := d.renewed(ctx, password, stored)
	if err != nil {
		return Entry{}, err
	}
	var entry Entry
	return entry, d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := checkStill(ctx, tx, user, stored); err != nil {
			return err
		}
		if renewed.text != "" {
			if _, err := tx.Exec(ctx, `UPDATE account_user SET password_hash = $2 WHERE user_id = $1`, string(user), renewed.text); err != nil {
				return err
			}
		}
		if err := try.succeeded(ctx, tx, at); err != nil {
			return err
		}
		entry, err = d.admit(ctx, tx, by, user, at)
		return err
	})
}

// admit opens a session for a user whose password was right, or asks for a code.
func (d *Door) admit(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, at time.Time) (Entry, error) {
	u, err := GetUser(ctx, tx, id)
	if err != nil {
		return Entry{}, err
	}
	if err := u.mayEnter(); err != nil {
		return Entry{}, err
	}
	if !u.TOTP {
		return d.open(ctx, tx, by, u, ByPassword, at)
	}
	ticket, err := mintToken(ctx, tx, d.Random, factorToken, id, "", at)
	return Entry{User: u, Ticket: ticket}, err
}

func (d *Door) open(ctx context.Context, tx *store.Tx, by audit.Actor, u User, method Method, at time.Time) (Entry, error) {
	secret, s, err := OpenSession(ctx, tx, by, d.Random, NewSession{User: u.ID, Method: method, Lifetime: Signed}, at)
	return Entry{User: u, Session: s, Token: secret}, err
}

func (u User) mayEnter() error {
	switch {
	case !u.BlockedAt.IsZero():
		return blocked()
	case u.ConfirmedAt.IsZero():
		return errs.New(errs.Denied, "account.unconfirmed", "the e-mail address is not confirmed yet").Try("open the link that was mailed, or sign up once more for a new one")
	}
	return nil
}

// begin counts a try and finds the user it is about, with their stored password: none where there is no such user.
func (d *Door) begin(ctx context.Context, try attempt, at time.Time, find func(context.Context, store.Querier) (UserID, error)) (id UserID, stored string, err error) {
	if err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return try.begin(ctx, tx, at) }); err != nil {
		return "", "", err
	}
	if id, err = find(ctx, d.DB); err == nil {
		stored, err = storedPassword(ctx, d.DB, id)
	}
	return id, stored, unlessMissing(err)
}

func (d *Door) renewed(ctx context.Context, password, stored string) (Hashed, error) {
	if !d.Hasher.outdated(stored) {
		return Hashed{}, nil
	}
	return d.Hasher.hash(ctx, password)
}

// checkStill refuses a password that was changed while it was compared.
func checkStill(ctx context.Context, tx *store.Tx, id UserID, stored string) error {
	now, err := storedPassword(ctx, tx, id)
	if err == nil && now != stored {
		err = badCredentials()
	}
	return err
}

func storedPassword(ctx context.Context, q store.Querier, id UserID) (stored string, err error) {
	return stored, q.QueryRow(ctx, `SELECT password_hash FROM account_user WHERE user_id = $1`, string(id)).Scan(&stored)
}

func badCredentials() error {
	return errs.New(errs.Unauthenticated, "account.bad_credentials", "the e-mail address or the password is wrong")
}

func orBadCredentials(err error) error {
	if err == nil {
		err = badCredentials()
	}
	return err
}
