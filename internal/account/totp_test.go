package account_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/vault"

	"github.com/pquerna/otp/totp"
)

type enrolment struct {
	seed     string
	recovery []string
}

func code(t testing.TB, seed string, at time.Time) string {
	t.Helper()
	text, err := totp.GenerateCode(seed, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// enrol sets an authenticator app up.
func (w town) enrol(id account.UserID, keep account.SessionID, at time.Time) (e enrolment) {
	w.Helper()
	here := w.here(id, at)
	w.must(func(ctx context.Context, tx *store.Tx) error {
		begun, err := w.door.BeginTOTP(ctx, tx, here, at)
		e.seed = begun.Secret
		if !strings.HasPrefix(begun.URL, "otpauth://totp/Bellwether:") {
			w.Errorf("the URL is %s", begun.URL)
		}
		return err
	})
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		e.recovery, err = w.door.FinishTOTP(ctx, tx, tester, id, keep, code(w, e.seed, at), at)
		return err
	})
	return e
}

func (w town) ticket(at time.Time) string {
	w.Helper()
	entry := w.session(at)
	if entry.Ticket == "" || entry.Token != "" {
		w.Fatalf("a password alone gets %+v", entry)
	}
	return entry.Ticket
}

// Rule A-05.
func TestAuthenticatorApp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		here, other := w.session(noon), w.session(noon)
		e := w.enrol(ann.ID, here.Session.ID, noon)
		if !w.isIn(here.Token, noon) || w.isIn(other.Token, noon) {
			t.Error("setting the app up ended this session, or did not end the other")
		}
		enter := func(ticket, code string, at time.Time) (account.Entry, error) {
			return w.door.SecondFactor(t.Context(), tester, ticket, code, at)
		}
		ticket := w.ticket(noon)
		_, err := enter(ticket, code(t, e.seed, noon), noon)
		wantCode(t, err, errs.Unauthenticated, "account.bad_code") // seen at set-up: a replay
		at := noon.Add(30 * time.Second)
		entry, err := enter(ticket, code(t, e.seed, at), at)
		if err != nil || !w.isIn(entry.Token, at) || entry.Session.Method != account.ByTOTP {
			t.Fatalf("the next code: %+v, %v", entry, err)
		}
		_, err = enter(ticket, code(t, e.seed, at.Add(time.Minute)), at.Add(time.Minute))
		wantCode(t, err, errs.Invalid, "account.bad_token") // the ticket was used

		ahead := at.Add(time.Minute)
		if _, err := enter(w.ticket(ahead), code(t, e.seed, ahead.Add(30*time.Second)), ahead); err != nil {
			t.Errorf("a phone that is 30 s ahead: %v", err)
		}
		for _, old := range []time.Duration{0, 30 * time.Second} { // older than the one taken, and that one again
			_, err := enter(w.ticket(ahead), code(t, e.seed, ahead.Add(old)), ahead)
			wantCode(t, err, errs.Unauthenticated, "account.bad_code")
		}
		far := ahead.Add(time.Hour)
		_, err = enter(w.ticket(far), code(t, e.seed, far.Add(-time.Minute)), far)
		wantCode(t, err, errs.Unauthenticated, "account.bad_code")
		_, err = enter(w.ticket(far), code(t, e.seed, far), far.Add(5*time.Minute))
		wantCode(t, err, errs.Invalid, "account.bad_token") // the ticket is too old
	})
}

func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	ann := w.user(annEmail)
	w.enrol(ann.ID, "", noon)
	guessed := 0
	for i := range 20 {
		_, err := w.door.SecondFactor(t.Context(), elsewhere(i), w.ticket(noon), "000000", noon)
		if errs.CodeOf(err) == "account.bad_code" {
			guessed++
		}
	}
	if guessed != 5 {
		t.Errorf("%d codes were tried at once, want 5", guessed)
	}
}

// Rule A-05.
func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		e := w.enrol(ann.ID, "", noon)
		if len(e.recovery) != 10 || len(e.recovery[0]) != 19 {
			t.Fatalf("recovery codes %q", e.recovery)
		}
		enter := func(code string) error {
			_, err := w.door.SecondFactor(t.Context(), tester, w.ticket(noon), code, noon)
			return err
		}
		if err := enter(strings.ToUpper(strings.ReplaceAll(e.recovery[3], "-", " "))); err != nil {
			t.Errorf("a recovery code as people type it: %v", err)
		}
		wantCode(t, enter(e.recovery[3]), errs.Unauthenticated, "account.bad_code")
		if left, err := account.RecoveryLeft(t.Context(), db, ann.ID); err != nil || left != 9 {
			t.Errorf("%d left, %v", left, err)
		}
		renewed, err := w.door.RenewRecovery(t.Context(), tester, ann.ID, e.recovery[4], noon)
		if err != nil || len(renewed) != 10 {
			t.Fatalf("%q, %v", renewed, err)
		}
		wantCode(t, enter(e.recovery[5]), errs.Unauthenticated, "account.bad_code")
		wantCode(t, w.door.TurnOffTOTP(t.Context(), tester, ann.ID, e.recovery[6], noon), errs.Unauthenticated, "account.bad_code")
		if err := w.door.TurnOffTOTP(t.Context(), tester, ann.ID, renewed[0], noon); err != nil {
			t.Fatal(err)
		}
		if entry := w.session(noon); entry.Token == "" {
			t.Error("a code is asked for after the app was taken off")
		}
	})
}

func TestSeedsAreResealed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		first, _ := vault.NewKey(rand.Reader, "k1")
		second, _ := vault.NewKey(rand.Reader, "k2")
		keys := func(text string) {
			var err error
			if w.door.Vault, err = vault.Parse(text); err != nil {
				t.Fatal(err)
			}
		}
		keys(first)
		e := w.enrol(ann.ID, "", noon)
		keys(second + first)
		for _, want := range []int{1, 0} {
			w.must(func(ctx context.Context, tx *store.Tx) error {
				n, err := account.ResealTOTP(ctx, tx, w.door, 10)
				if n != want {
					t.Errorf("%d seeds, want %d", n, want)
				}
				return err
			})
		}
		keys(second) // the old key is gone
		at := noon.Add(time.Minute)
		if _, err := w.door.SecondFactor(t.Context(), tester, w.ticket(at), code(t, e.seed, at), at); err != nil {
			t.Error(err)
		}
	})
}
