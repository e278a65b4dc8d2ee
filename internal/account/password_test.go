package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule A-01.
func TestWeakPasswords(t *testing.T) {
	t.Parallel()
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ password, reason string }{
		{"three blind mice", ""},
		{"пароль із шести", ""},
		{"          x", ""},
		{strings.Repeat("aй", 80), ""},
		{"", "short"},
		{"123456789", "short"},
		{"йцукенгшщ", "short"},
		{"1234567890", "common"},
		{"QwertyUIOP", "common"},
		{"йцукенгшщз", "common"},
		{"aaaaaaaaaaaa", "common"},
		{"ann.longname@example.com", "email"},
		{"ANN.LONGNAME@example.com", "email"},
		{"ann.longname", "email"},
		{strings.Repeat("ab", 129), "long"},
		{"three blind \xff mice", "long"},
	} {
		_, err := hasher.Hash(context.Background(), c.password, "Ann.Longname@example.com")
		reason := ""
		if e, ok := err.(*errs.Error); ok {
			reason, _ = e.Params["reason"].(string)
		}
		if reason != c.reason || c.reason != "" && errs.CodeOf(err) != "account.weak_password" {
			t.Errorf("%.40q: %q, %v, want %q", c.password, reason, err, c.reason)
		}
	}
}

// A password is hashed anew at the first sign-in after hashing was made dearer. Rule A-01.
func TestCostsRiseAtSignIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.user(annEmail)
		stored := func() (text string) {
			if err := db.QueryRow(t.Context(), `SELECT password_hash FROM account_user`).Scan(&text); err != nil {
				t.Fatal(err)
			}
			return text
		}
		cheap := stored()
		w.session(noon)
		if stored() != cheap {
			t.Error("hashed anew at the same cost")
		}
		w.door = newDoor(t, db, account.Cost{MemoryKiB: 16, Iterations: 1, Lanes: 1})
		w.session(noon)
		dear := stored()
		if !strings.Contains(dear, "m=16,") {
			t.Errorf("after the cost rose it is %s", dear)
		}
		w.session(noon)
		if stored() != dear || strings.Contains(dear, "mice") {
			t.Errorf("%s became %s", dear, stored())
		}
	})
}

// An unknown address and a wrong password get one answer, as late. Rule A-03.
func TestUnknownAddressesAreNotFoundOut(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	w.user(annEmail)
	w.door = newDoor(t, w.db, account.Cost{MemoryKiB: 32 << 10, Iterations: 2, Lanes: 1})
	quickest := map[string]time.Duration{}
	var first error
	for round := range 3 {
		for _, address := range []string{annEmail, "nobody@example.com"} {
			begun := time.Now()
			_, err := w.signIn(address, "a wrong password", noon.Add(time.Duration(round)*time.Hour))
			took := time.Since(begun)
			if known, ok := quickest[address]; !ok || took < known {
				quickest[address] = took
			}
			if first == nil {
				first = err
			}
			if err == nil || err.Error() != first.Error() || errs.CodeOf(err) != "account.bad_credentials" {
				t.Errorf("%s: %v, and first %v", address, err, first)
			}
		}
	}
	if _, err := w.signIn("not an address", "a wrong password", noon); errs.CodeOf(err) != "account.bad_credentials" {
		t.Errorf("what is no address: %v", err)
	}
	// Ann's hash is a cheap one: were nobody's not computed, or computed at Ann's cost, they would differ the other way.
	if quickest["nobody@example.com"] < quickest[annEmail] {
		t.Errorf("nobody's password took %v, Ann's cheap one %v", quickest["nobody@example.com"], quickest[annEmail])
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		here, other := w.session(noon), w.session(noon)
		const next = "four blind mice"
		change := func(old, password string) error {
			return w.door.ChangePassword(t.Context(), tester, ann.ID, here.Session.ID, old, password, noon)
		}
		wantCode(t, change("wrong", next), errs.Unauthenticated, "account.bad_credentials")
		wantCode(t, change(annWord, "short"), errs.Invalid, "account.weak_password")
		if err := change(annWord, next); err != nil {
			t.Fatal(err)
		}
		if !w.isIn(here.Token, noon) || w.isIn(other.Token, noon) {
			t.Error("the session that changed it ended, or another did not")
		}
		if _, err := w.signIn(annEmail, annWord, noon); errs.CodeOf(err) != "account.bad_credentials" {
			t.Errorf("the old password: %v", err)
		}
		if _, err := w.signIn(annEmail, next, noon); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}
