package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

// elsewhere is a stranger at another address each time, so that the slowing of one does not meet the other.
func elsewhere(i int) audit.Actor { return audit.Actor{Address: fmt.Sprintf("198.51.100.%d", i%250)} }

func (w town) requestReset(by audit.Actor, email string, at time.Time) (r account.Reset) {
	w.Helper()
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = account.RequestReset(ctx, tx, by, rand.Reader, email, at)
		return err
	})
	return r
}

func (w town) reset(token, password string, at time.Time) error {
	hashed := w.hash(password, annEmail)
	return w.do(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.ResetPassword(ctx, tx, tester, token, hashed, at)
		return err
	})
}

// Rule A-02.
func TestReset(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		signedIn := w.session(noon)
		nobody := w.requestReset(elsewhere(1), "nobody@example.com", noon)
		if nobody.Token != "" || nobody.User.ID != "" {
			t.Errorf("an unknown address gets %+v", nobody)
		}
		first := w.requestReset(elsewhere(1), "ANN@example.com", noon)
		second := w.requestReset(elsewhere(1), annEmail, noon.Add(time.Minute))
		if second.User.ID != ann.ID || second.User.Email != annEmail {
			t.Errorf("mailed to %+v", second.User)
		}
		if got, err := account.ResetOf(t.Context(), db, second.Token, noon.Add(time.Minute)); err != nil || got.ID != ann.ID {
			t.Errorf("the page is of %v, %v", got.ID, err)
		}
		const next = "four blind mice"
		wantCode(t, w.reset(first.Token, next, noon.Add(2*time.Minute)), errs.Invalid, "account.bad_token") // voided
		late := noon.Add(61 * time.Minute)
		wantCode(t, w.reset(second.Token, next, late), errs.Invalid, "account.bad_token") // an hour old
		if err := w.reset(second.Token, next, late.Add(-time.Microsecond)); err != nil {
			t.Fatalf("just before it expires: %v", err)
		}
		wantCode(t, w.reset(second.Token, next, noon.Add(2*time.Minute)), errs.Invalid, "account.bad_token") // used
		if w.isIn(signedIn.Token, noon) {
			t.Error("a session outlived the reset")
		}
		if _, err := w.signIn(annEmail, next, noon); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

// Of all tokens ever made exactly the newest of its kind opens, once, whatever is asked for in whatever order. Rule A-02.
func TestATokenWorksOnce(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	w := newTown(t, db)
	users, hashed := 0, w.hash("four blind mice", annEmail)
	rapid.Check(t, func(r *rapid.T) {
		users++
		address := fmt.Sprintf("user%d@example.com", users)
		w.user(address)
		var made []string
		newest := -1 // of made; -1 once it was used
		for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
			if len(made) == 0 || rapid.Bool().Draw(r, "ask") {
				token := w.requestReset(elsewhere(users), address, noon.Add(time.Duration(users)*48*time.Hour+time.Duration(step)*6*time.Minute)).Token
				made, newest = append(made, token), len(made)
				continue
			}
			i := rapid.IntRange(0, len(made)-1).Draw(r, "which")
			err := w.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := account.ResetPassword(ctx, tx, tester, made[i], hashed, noon.Add(time.Duration(users)*48*time.Hour))
				return err
			})
			if (err == nil) != (i == newest) {
				r.Fatalf("token %d of %d, the newest unused being %d: %v", i, len(made), newest, err)
			}
			if err == nil {
				newest = -1
			}
		}
	})
}

// Whoever signs up with somebody else's address gets nothing by it, neither before nor after its owner does. Rules.
func TestSignUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		signUp := func(by audit.Actor, password string) (s account.SignedUp, err error) {
			n := account.NewUser{Email: annEmail, Name: "Ann", Language: "ru", Password: w.hash(password, annEmail)}
			return s, w.do(func(ctx context.Context, tx *store.Tx) error {
				s, err = account.SignUp(ctx, tx, by, rand.Reader, n, noon)
				return err
			})
		}
		confirm := func(token, password string) error {
			_, err := w.door.ConfirmEmail(t.Context(), elsewhere(1), token, password, noon)
			return err
		}
		const thiefsWord = "somebody else's address"
		first, err := signUp(elsewhere(1), thiefsWord)
		if err != nil || first.Taken || first.Token == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		if _, err := w.signIn(annEmail, thiefsWord, noon); errs.CodeOf(err) != "account.unconfirmed" {
			t.Errorf("before the address is confirmed: %v", err)
		}
		if _, err := w.signIn(annEmail, "a wrong password", noon); errs.CodeOf(err) != "account.bad_credentials" {
			t.Errorf("a stranger learns that it is not confirmed: %v", err)
		}
		again, err := signUp(elsewhere(2), annWord) // the owner of the address
		if err != nil || again.Taken || again.User.ID != first.User.ID {
			t.Errorf("%+v, %v", again, err)
		}
		last, err := signUp(elsewhere(1), thiefsWord) // the thief once more: theirs is the newest mail
		if err != nil || last.Taken {
			t.Errorf("%+v, %v", last, err)
		}
		for _, thiefs := range []string{first.Token, last.Token} {
			wantCode(t, confirm(thiefs, annWord), errs.Invalid, "account.other_sign_up")
		}
		if _, err := w.signIn(annEmail, annWord, noon); err == nil {
			t.Error("signed in without having confirmed")
		}
		wantCode(t, w.reset(again.Token, annWord, noon), errs.Invalid, "account.bad_token") // of another kind
		if err := confirm(again.Token, annWord); err != nil {
			t.Fatal(err)
		}
		wantCode(t, confirm(again.Token, annWord), errs.Invalid, "account.bad_token")
		for _, thiefs := range []string{first.Token, last.Token} {
			wantCode(t, confirm(thiefs, thiefsWord), errs.Invalid, "account.bad_token")
		}
		w.session(noon)
		if _, err := w.signIn(annEmail, thiefsWord, noon); errs.CodeOf(err) != "account.bad_credentials" {
			t.Errorf("whoever signed up first with Ann's address: %v", err)
		}
		taken, err := signUp(elsewhere(3), thiefsWord)
		if err != nil || !taken.Taken || taken.Token != "" {
			t.Errorf("a taken address: %+v, %v", taken, err)
		}
	})
}

// Rule A-02.
func TestEmailChangeNeedsBoth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		bob := w.user("bob@example.com")
		request := func(to string) (c account.EmailChange) {
			w.must(func(ctx context.Context, tx *store.Tx) (err error) {
				c, err = account.RequestEmailChange(ctx, tx, tester, rand.Reader, ann.ID, to, noon)
				return err
			})
			return c
		}
		confirm := func(token string) (u account.User, done bool, err error) {
			return u, done, w.do(func(ctx context.Context, tx *store.Tx) error {
				u, done, err = account.ConfirmEmailChange(ctx, tx, tester, token, noon)
				return err
			})
		}
		void := request("old@example.com")
		c := request("anna@example.com")
		if c.Old != annEmail || c.New != "anna@example.com" {
			t.Errorf("%+v", c)
		}
		if _, _, err := confirm(void.NewToken); errs.CodeOf(err) != "account.bad_token" {
			t.Errorf("a link of an earlier change: %v", err)
		}
		if u, done, err := confirm(c.NewToken); err != nil || done || u.Email != annEmail {
			t.Errorf("after one said yes: %v, %v, %v", u.Email, done, err)
		}
		reset := w.requestReset(elsewhere(9), annEmail, noon)
		if u, done, err := confirm(c.OldToken); err != nil || !done || u.Email != "anna@example.com" {
			t.Errorf("after both said yes: %v, %v, %v", u.Email, done, err)
		}
		wantCode(t, w.reset(reset.Token, annWord, noon), errs.Invalid, "account.bad_token") // it went to the old mailbox
		taken := request("BOB@example.com")
		if _, _, err := confirm(taken.OldToken); err != nil {
			t.Error(err)
		}
		if _, _, err := confirm(taken.NewToken); errs.CodeOf(err) != "account.email_taken" {
			t.Errorf("%s's address: %v", bob.ID, err)
		}
	})
}

// A stranger's tries to sign up are counted before anything is hashed, and those with a passkey too: by address, and one that succeeds
// is taken back. Rule A-04.
func TestStrangersAreSlowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		signUp := func(email string) error {
			return w.do(func(ctx context.Context, tx *store.Tx) error {
				return account.BeginSignUp(ctx, tx, elsewhere(1), account.NewUser{Email: email, Name: "Ann", Language: "ru"}, noon)
			})
		}
		passkey := func(from int) error {
			return w.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := w.door.BeginPasskeySignIn(ctx, tx, elsewhere(from), noon)
				return err
			})
		}
		wantCode(t, signUp("ann"), errs.Invalid, "account.bad_email")
		for i := range 31 {
			if err := errors.Join(signUp(fmt.Sprintf("a%d@example.com", i)), passkey(1)); err != nil {
				t.Fatal(i, err)
			}
		}
		wantCode(t, signUp("other@example.com"), errs.Unavailable, "account.too_many_attempts")
		wantCode(t, passkey(1), errs.Unavailable, "account.too_many_attempts")
		if err := passkey(2); err != nil {
			t.Errorf("from another address: %v", err)
		}
	})
}

// Whoever is gone waits for no turn to have a password hashed.
func TestNobodyWaitsInVain(t *testing.T) {
	t.Parallel()
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	ctx, gone := context.WithCancel(t.Context())
	gone()
	_, err = hasher.Hash(ctx, annWord, annEmail)
	wantCode(t, err, errs.Unavailable, "account.busy")
}
