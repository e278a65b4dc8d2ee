package account_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Guessing gets slower and slower, for the account from whatever address, also after a restart, but never for long. Rule A-04.
func TestGuessingIsSlowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.user(annEmail)
		for _, address := range []string{annEmail, "nobody@example.com"} { // known or not
			at, waited := noon, time.Duration(0)
			for i := range 20 {
				try := func(password string) error {
					_, err := w.door.SignIn(t.Context(), elsewhere(i), "", address, password, at)
					return err
				}
				wantCode(t, try("a wrong password"), errs.Unauthenticated, "account.bad_credentials")
				err := try("a wrong password")
				if i < 2 {
					wantCode(t, err, errs.Unauthenticated, "account.bad_credentials")
					continue
				}
				wantCode(t, err, errs.Unavailable, "account.too_many_attempts")
				wantCode(t, try(annWord), errs.Unavailable, "account.too_many_attempts") // right, but too early
				seconds, _ := err.(*errs.Error).Params["seconds"].(int64)
				wait := time.Duration(seconds) * time.Second
				if wait < waited || wait > 5*time.Minute {
					t.Fatalf("after %v it is %v", waited, wait)
				}
				waited, at = wait, at.Add(wait)
				w.door = newDoor(t, db, account.ForTests) // a restart
			}
			if waited != 5*time.Minute {
				t.Errorf("in the end the wait is %v", waited)
			}
		}
		if _, err := w.signIn(annEmail, annWord, noon.Add(25*time.Hour)); err != nil {
			t.Errorf("a day later: %v", err)
		}
		// A success forgives the account.
		for range 3 {
			_, err := w.signIn(annEmail, "a wrong password", noon.Add(25*time.Hour))
			wantCode(t, err, errs.Unauthenticated, "account.bad_credentials")
		}
	})
}

// One address that tries one password on many accounts is slowed too, and an account of its own does not help it. Rule A-04.
func TestSprayingIsSlowed(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	w.user(annEmail)
	let := 0
	for i := range 60 {
		by := audit.Actor{Address: fmt.Sprintf("2001:db8::%x", i)} // one network of 64 bits
		_, err := w.door.SignIn(t.Context(), by, "", fmt.Sprintf("victim%d@example.com", i), "Summer2026!!", noon)
		if errs.CodeOf(err) == "account.bad_credentials" {
			let++
		}
		if i%5 == 0 {
			_, _ = w.door.SignIn(t.Context(), by, "", annEmail, annWord, noon)
		}
	}
	if let > 31 {
		t.Errorf("%d tries at once", let)
	}
}

// A thousand tries at once are counted before they are answered.
func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	w.user(annEmail)
	var hashed atomic.Int64
	var callers sync.WaitGroup
	for i := range 64 {
		callers.Go(func() {
			_, err := w.door.SignIn(t.Context(), elsewhere(i), "", annEmail, "a wrong password", noon)
			if errs.CodeOf(err) == "account.bad_credentials" {
				hashed.Add(1)
			}
		})
	}
	callers.Wait()
	if n := hashed.Load(); n != 5 {
		t.Errorf("%d guesses got through, want 5", n)
	}
}

// Strangers who try somebody's password all the time, from ever other addresses, keep no browser out in which its owner signed in
// before; another's mark is of no use. Rule A-04.
func TestStrangersKeepNoKnownDeviceWaiting(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	ann, bob := w.user(annEmail), w.user("bob@example.com")
	marks := map[string]string{}
	for name, u := range map[string]account.User{"hers": ann, "another's": bob} {
		mark, err := w.door.MarkDevice(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		marks[name] = mark
	}
	in := map[string]int{}
	for s := range 1200 {
		at := noon.Add(time.Duration(s) * time.Second)
		_, _ = w.door.SignIn(t.Context(), elsewhere(s), "", annEmail, "a wrong password", at)
		if s%60 != 30 {
			continue
		}
		for name, mark := range marks {
			if _, err := w.door.SignIn(t.Context(), elsewhere(7), mark, annEmail, annWord, at); err == nil {
				in[name]++
			}
		}
	}
	if in["hers"] != 20 || in["another's"] != 0 {
		t.Errorf("of 20 tries with the right password these got in: %v", in)
	}
	guesses := 0
	for i := range 20 { // a mark is no way to guess faster
		if _, err := w.door.SignIn(t.Context(), elsewhere(i), marks["hers"], annEmail, "a wrong password", noon.Add(time.Hour)); errs.CodeOf(err) == "account.bad_credentials" {
			guesses++
		}
	}
	if guesses != 5 {
		t.Errorf("%d guesses at a known device at once, want 5", guesses)
	}
}

func TestABlockedUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		h := newHouse(t, db)
		ann := w.user(annEmail)
		in := w.session(noon)
		secret, _ := h.create(account.Key{Name: "hers", Scope: account.ProjectRead, Project: "shop", MadeBy: ann.ID})
		reset := w.requestReset(elsewhere(1), annEmail, noon)
		sessions, keys := account.NewSessions(db), account.NewKeyring(db)
		open := func(at time.Time) (bySession, byKey error) {
			_, _, bySession = sessions.Authenticate(t.Context(), in.Token, at)
			_, byKey = keys.Authenticate(t.Context(), secret, at)
			return bySession, byKey
		}
		if a, b := open(noon); a != nil || b != nil {
			t.Fatal(a, b)
		}
		w.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.Block(ctx, tx, tester, ann.ID, noon)
			return err
		})
		bySession, byKey := open(noon.Add(5 * time.Second))
		wantCode(t, bySession, errs.Unauthenticated, "account.bad_session")
		wantCode(t, byKey, errs.Unauthenticated, "account.bad_key")
		_, err := w.signIn(annEmail, annWord, noon)
		wantCode(t, err, errs.Denied, "account.blocked")
		_, err = w.signIn(annEmail, "a wrong password", noon)
		wantCode(t, err, errs.Unauthenticated, "account.bad_credentials")
		wantCode(t, w.reset(reset.Token, annWord, noon), errs.Invalid, "account.bad_token")

		w.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.Unblock(ctx, tx, tester, ann.ID, noon)
			return err
		})
		if _, byKey := open(noon.Add(5 * time.Second)); byKey != nil {
			t.Errorf("the key of an unblocked user: %v", byKey)
		}
		w.session(noon) // login and password stayed
	})
}

// Nothing that was shown once can be read from the store again.
func TestNoSecretIsStored(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	h := newHouse(t, w.db)
	ann := w.user(annEmail)
	secrets := []string{annWord, "four blind mice"}
	in := w.session(noon)
	key, _ := h.create(account.Key{Name: "hers", Scope: account.ProjectRead, Project: "shop", MadeBy: ann.ID})
	reset := w.requestReset(elsewhere(1), annEmail, noon)
	if err := w.door.ChangePassword(t.Context(), tester, ann.ID, in.Session.ID, annWord, "four blind mice", noon); err != nil {
		t.Fatal(err)
	}
	enrolled := w.enrol(ann.ID, in.Session.ID, noon)
	secrets = append(secrets, enrolled.seed, enrolled.recovery[0], strings.ReplaceAll(enrolled.recovery[0], "-", ""))
	for _, secret := range []string{in.Token, key, reset.Token} {
		secrets = append(secrets, strings.Split(secret, "_")[2])
	}
	for _, table := range []string{"account_user", "account_key", "account_session", "account_token", "account_recovery", "account_attempt", "audit_entry"} {
		rows, err := w.db.Query(t.Context(), `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for _, secret := range secrets {
				if strings.Contains(fmt.Sprint(row...), secret) {
					t.Errorf("%s holds %q", table, secret)
				}
			}
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	entries, err := audit.List(t.Context(), w.db, audit.Filter{User: string(ann.ID)}, 0, 100)
	if err != nil || len(entries) < 1 {
		t.Errorf("the trail has %d entries, %v", len(entries), err)
	}
}
