package account

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// UserID names a user in lists and logs. It begins with the time the user was made. It is no secret.
type UserID string

// User is a person, without what they sign in with. Instants are zero where a thing has not happened.
type User struct {
	ID          UserID    `json:"id"`
	Email       string    `json:"email"`
	Name        string    `json:"name"`
	Language    string    `json:"language"` // "ru", "uk" or "en"
	CreatedAt   time.Time `json:"created_at"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // when the address was shown to be theirs
	BlockedAt   time.Time `json:"blocked_at,omitzero"`   // blocked everywhere, by the operator
	SeenAt      time.Time `json:"-"`                     // about
	TOTP        bool      `json:"totp"`                  // an authenticator app is asked for at sign-in
}

// Languages are the languages of the product, the default first.
var Languages = []string{"ru", "uk", "en"}

// NewUser is what a user is made of.
type NewUser struct {
	Email    string
	Name     string
	Language string
	Password Hashed
}

const userColumns = `user_id, email, name, language, created_at, confirmed_at, blocked_at, seen_at, totp_since`

// CreateUser makes a user whose address was shown to be theirs where confirmed is set. Errors: errs.Invalid
// `account.bad_email`, `account.bad_name`, `account.bad_language`; errs.Conflict `account.email_taken`, which a stranger
// must not be told: see SignUp.
func CreateUser(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, n NewUser, confirmed bool, at time.Time) (User, error) {
	address, err := n.check()
	if err != nil {
		return User{}, err
	}
	if _, err := userByKey(ctx, tx, address.key); !errors.Is(err, sql.ErrNoRows) {
		if err == nil {
			err = errs.New(errs.Conflict, "account.email_taken", "there is a user with this e-mail address").At("email")
		}
		return User{}, err
	}
	id, err := NewID(random, at)
	if err != nil {
		return User{}, err
	}
	var confirmedAt time.Time
	if confirmed {
		confirmedAt = at
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_user (`+userColumns+`, email_key, password_hash, totp_sealed, totp_step)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $8, '', 0)`,
		id, address.shown, n.Name, n.Language, micros(at), micros(confirmedAt), address.key, n.Password.text)
	if err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, by, at, "create", User{}, UserID(id))
}

func (n NewUser) check() (email, error) {
	address, err := parseEmail(n.Email)
	if err != nil {
		return email{}, err
	}
	if n.Password.text == "" {
		return email{}, weak("short")
	}
	return address, checkPerson(n.Name, n.Language)
}

func checkPerson(name, language string) error {
	if !validName(name) {
		return errs.New(errs.Invalid, "account.bad_name", "a user needs a name of 1 to %d characters, none of them invisible", longestName).At("name")
	}
	return CheckLanguage(language)
}

// CheckLanguage refuses a language that we do not speak: errs.Invalid `account.bad_language`.
func CheckLanguage(language string) error {
	if slices.Contains(Languages, language) {
		return nil
	}
	return errs.New(errs.Invalid, "account.bad_language", "%.20q is not a language we speak", language).At("language").
		Try("write one of " + strings.Join(Languages, ", "))
}

// EditUser changes a user's name and language. Errors: errs.Invalid `account.bad_name`, `account.bad_language`;
// errs.NotFound `account.no_user`.
func EditUser(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, name, language string, at time.Time) (User, error) {
	if err := checkPerson(name, language); err != nil {
		return User{}, err
	}
	before, err := GetUser(ctx, tx, id)
	if err != nil {
		return User{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_user SET name = $2, language = $3 WHERE user_id = $1`, string(id), name, language); err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, by, at, "edit", before, id)
}

// GetUser reads a user; errs.NotFound `account.no_user`.
func GetUser(ctx context.Context, q store.Querier, id UserID) (User, error) {
	if !WellFormed(string(id)) {
		return User{}, noUser(id)
	}
	u, err := scanUser(q.QueryRow(ctx, `SELECT `+userColumns+` FROM account_user WHERE user_id = $1`, string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, noUser(id)
	}
	return u, err
}

// FindUser reads the user with an e-mail address; errs.NotFound `account.no_user`. Its answer is not for strangers.
func FindUser(ctx context.Context, q store.Querier, address string) (User, error) {
	parsed, err := parseEmail(address)
	if err != nil {
		return User{}, err
	}
	u, err := userByKey(ctx, q, parsed.key)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, noUser("")
	}
	return u, err
}

// Users reads those users that exist among ids.
func Users(ctx context.Context, q store.Querier, ids []UserID) (map[UserID]User, error) {
	users := make(map[UserID]User, len(ids))
	return users, store.EachKey(ctx, q, `SELECT `+userColumns+` FROM account_user WHERE user_id IN (keys)`, ids, func(rows *sql.Rows) error {
		u, err := scanUser(rows)
		users[u.ID] = u
		return err
	})
}

func userByKey(ctx context.Context, q store.Querier, key string) (User, error) {
	return scanUser(q.QueryRow(ctx, `SELECT `+userColumns+` FROM account_user WHERE email_key = $1`, key))
}

func noUser(id UserID) error {
	return errs.New(errs.NotFound, "account.no_user", "there is no user %.40q", string(id)).At("user")
}

func scanUser(row interface{ Scan(...any) error }) (User, error) {
	var u User
	var created, confirmed, blocked, seen, totp int64
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Language, &created, &confirmed, &blocked, &seen, &totp)
	u.CreatedAt, u.ConfirmedAt, u.BlockedAt, u.SeenAt, u.TOTP = instant(created), instant(confirmed), instant(blocked), instant(seen), totp != 0
	return u, err
}

// recorded reads a user as they are after a change and writes the change down.
func recorded(ctx context.Context, tx *store.Tx, by audit.Actor, at time.Time, action string, before User, id UserID) (User, error) {
	after, err := GetUser(ctx, tx, id)
	if err != nil {
		return User{}, err
	}
	change := audit.Change{Object: "user", ObjectID: string(id), Action: action, Before: before, After: after}
	if before.ID == "" {
		change.Before = nil
	}
	return after, audit.Write(ctx, tx, by, at, change)
}

// own is a change of a user's own matters that leaves nothing to show.
func own(id UserID, action string, after any) audit.Change {
	return audit.Change{Org: ident.Org{}, Object: "user", ObjectID: string(id), Action: action, After: after}
}

// as is an actor who turned out to be a user: by a token, or by a password.
func as(by audit.Actor, id UserID) audit.Actor {
	by.User = string(id)
	return by
}
