package account_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// guarded are the changes of how somebody signs in that a session alone must not make.
func (w town) guarded(s account.Session, passkey string, at time.Time) map[string]error {
	tries := map[string]func(context.Context, *store.Tx) error{
		"add a passkey": func(ctx context.Context, tx *store.Tx) error {
			_, err := w.door.BeginPasskey(ctx, tx, s, at)
			return err
		},
		"delete a passkey": func(ctx context.Context, tx *store.Tx) error {
			_, err := account.DeletePasskey(ctx, tx, tester, s, passkey, at)
			return err
		},
		"set an app up": func(ctx context.Context, tx *store.Tx) error {
			_, err := w.door.BeginTOTP(ctx, tx, s, at)
			return err
		},
	}
	got := map[string]error{}
	for name, try := range tries {
		got[name] = w.do(try)
	}
	return got
}

// Rule A-05: ten minutes after signing in a session alone changes nothing of how somebody signs in; the password opens it for ten more.
func TestProof(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann, bob := w.user(annEmail), w.user("bob@example.com")
		s := w.session(noon).Session
		late, later := noon.Add(10*time.Minute), noon.Add(20*time.Minute)
		all := func(at time.Time, code string) {
			t.Helper()
			for what, err := range w.guarded(s, "AAAA", at) {
				switch {
				case code != "":
					wantCode(t, err, errs.Denied, code)
				case what == "delete a passkey":
					wantCode(t, err, errs.NotFound, "account.no_passkey") // it came that far
				case err != nil:
					t.Errorf("%s at %v: %v", what, at, err)
				}
			}
		}
		all(late.Add(-time.Second), "")
		all(late, "account.proof_needed")
		wantCode(t, w.door.Prove(t.Context(), tester, s, "two blind mice", late), errs.Unauthenticated, "account.bad_credentials")
		all(late, "account.proof_needed")
		if err := w.door.Prove(t.Context(), tester, s, annWord, late); err != nil {
			t.Fatal(err)
		}
		all(later.Add(-time.Second), "")
		all(later, "account.proof_needed")
		stolen := s
		stolen.User = bob.ID // no session of his
		wantCode(t, account.Proof(t.Context(), db, stolen, late), errs.Denied, "account.proof_needed")
		wantCode(t, w.door.Prove(t.Context(), tester, stolen, annWord, late), errs.Unauthenticated, "account.bad_session")
		var view account.Session
		w.must(func(ctx context.Context, tx *store.Tx) (err error) {
			_, view, err = account.OpenSession(ctx, tx, tester, rand.Reader, account.NewSession{User: bob.ID, ViewingAs: ann.ID, Method: account.ByOperator, Lifetime: account.Viewing}, noon)
			return err
		})
		wantCode(t, account.Proof(t.Context(), db, view, noon), errs.Denied, "account.proof_needed")
	})
}

// Rule A-05: where an authenticator app is set up, a code proves who it is, and the password alone does not.
func TestProofByCode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		s := w.here(ann.ID, noon)
		e := w.enrol(ann.ID, s.ID, noon)
		late := noon.Add(time.Hour)
		wantCode(t, w.door.Prove(t.Context(), tester, s, annWord, late), errs.Unauthenticated, "account.bad_code")
		wantCode(t, account.Proof(t.Context(), db, s, late), errs.Denied, "account.proof_needed")
		for i, secret := range []string{code(t, e.seed, late), e.recovery[0]} {
			at := late.Add(time.Duration(i) * time.Hour)
			if err := w.door.Prove(t.Context(), tester, s, secret, at); err != nil {
				t.Fatal(err)
			}
			if err := account.Proof(t.Context(), db, s, at); err != nil {
				t.Error(err)
			}
		}
	})
}

// Rule A-05: whoever sets a password by a mailed link may do so because a stranger is in: the stranger's passkey goes.
func TestResetRemovesPasskeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann, bob := w.user(annEmail), w.user("bob@example.com")
		phone, his := newAuthenticator(t), newAuthenticator(t)
		for who, a := range map[account.UserID]*authenticator{ann.ID: phone, bob.ID: his} {
			if _, err := w.register(a, who, "phone", noon); err != nil {
				t.Fatal(err)
			}
		}
		token := w.requestReset(elsewhere(1), annEmail, noon).Token
		hashed := w.hash("four blind mice", annEmail)
		var removed []string
		w.must(func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = account.ResetPassword(ctx, tx, tester, token, hashed, noon)
			return err
		})
		if diff := cmp.Diff([]string{"phone"}, removed); diff != "" {
			t.Error(diff)
		}
		_, err := w.show(phone, noon)
		wantCode(t, err, errs.Unauthenticated, "account.bad_passkey")
		if _, err := w.show(his, noon); err != nil {
			t.Errorf("somebody else's passkey: %v", err)
		}
	})
}
