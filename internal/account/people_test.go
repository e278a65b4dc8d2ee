package account_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

const (
	annEmail = "Ann@Example.com"
	annWord  = "three blind mice"
)

// town is a store with people and a door.
type town struct {
	*testing.T
	db   *store.DB
	door *account.Door
}

func newTown(t *testing.T, db *store.DB) town {
	t.Helper()
	return town{t, db, newDoor(t, db, account.ForTests)}
}

func newDoor(t *testing.T, db *store.DB, cost account.Cost) *account.Door {
	t.Helper()
	hasher, err := account.NewHasher(cost)
	if err != nil {
		t.Fatal(err)
	}
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	passkeys, err := account.NewPasskeys("example.com", "https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	return &account.Door{DB: db, Hasher: hasher, Vault: sealed, Passkeys: passkeys, Random: rand.Reader}
}

// do runs a function in a transaction and gives its error.
func (w town) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return w.db.Write(w.Context(), fn)
}

func (w town) must(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.do(fn); err != nil {
		w.Fatal(err)
	}
}

func (w town) hash(password, email string) account.Hashed {
	w.Helper()
	hashed, err := w.door.Hasher.Hash(context.Background(), password, email)
	if err != nil {
		w.Fatal(err)
	}
	return hashed
}

func (w town) user(email string) (u account.User) {
	w.Helper()
	n := account.NewUser{Email: email, Name: "Ann", Language: "uk", Password: w.hash(annWord, email)}
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		u, err = account.CreateUser(ctx, tx, tester, rand.Reader, n, true, noon)
		return err
	})
	return u
}

func (w town) signIn(email, password string, at time.Time) (account.Entry, error) {
	return w.door.SignIn(w.Context(), audit.Actor{Address: "192.0.2.7", Agent: "Firefox", Request: "r1"}, "", email, password, at)
}

// session signs Ann in and gives the token.
func (w town) session(at time.Time) account.Entry {
	w.Helper()
	entry, err := w.signIn(annEmail, annWord, at)
	if err != nil {
		w.Fatal(err)
	}
	return entry
}

// here is a session that has just begun.
func (w town) here(id account.UserID, at time.Time) (s account.Session) {
	w.Helper()
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		_, s, err = account.OpenSession(ctx, tx, tester, rand.Reader, account.NewSession{User: id, Method: account.ByPassword, Lifetime: account.Signed}, at)
		return err
	})
	return s
}

// isIn reports whether a token is good, asked of the store.
func (w town) isIn(token string, at time.Time) bool {
	_, _, err := account.AuthenticateSession(w.Context(), w.db, token, at)
	return err == nil
}
