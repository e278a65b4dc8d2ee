package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2021, 5, 12, 12, 0, 0, 0, time.UTC)

// tester is who does things in tests.
var tester = audit.Actor{Part: "test", Address: "192.0.2.1"}

// house is a store with the projects "shop" and "bank".
type house struct {
	*testing.T
	db *store.DB
}

func newHouse(t *testing.T, db *store.DB) house {
	h := house{t, db}
	for _, id := range []ident.ProjectID{"shop", "bank"} {
		h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := project.Create(ctx, tx, project.Opening{ID: id, Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}, noon)
			return err
		})
	}
	return h
}

func (h house) write(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.db.Write(h.Context(), fn); err != nil {
		h.Fatal(err)
	}
}

func (h house) create(key account.Key) (secret string, made account.Key) {
	h.Helper()
	secret, made, err := h.tryCreate(rand.Reader, key, noon)
	if err != nil {
		h.Fatal(err)
	}
	return secret, made
}

func (h house) tryCreate(random io.Reader, key account.Key, at time.Time) (secret string, made account.Key, err error) {
	err = h.db.Write(h.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		secret, made, err = account.Create(ctx, tx, tester, random, key, at)
		return err
	})
	return secret, made, err
}

func (h house) revoke(id ident.ProjectID, key account.KeyID, at time.Time) (revoked account.Key, err error) {
	err = h.db.Write(h.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		revoked, err = account.Revoke(ctx, tx, tester, id, key, at)
		return err
	})
	return revoked, err
}

func wantCode(t testing.TB, err error, kind errs.Kind, code string) {
	t.Helper()
	if errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("got %v (%v, %s), want %v, %s", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
	}
}

func TestKeyOpensUntilItEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, made := h.create(account.Key{Name: "PBX", Scope: account.ProjectCharge, Project: "shop", ExpiresAt: noon.Add(time.Hour)})
		if parts := strings.Split(secret, "_"); len(parts) != 3 || parts[0] != "bw" || parts[1] != string(made.ID) || len(parts[2]) != 52 || secret != strings.ToLower(secret) {
			t.Errorf("the secret %q is not bw_<id>_<52 letters>", secret)
		}
		key, err := account.Authenticate(t.Context(), db, secret, noon)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, key); diff != "" {
			t.Errorf("the key changed in the store (-made +read):\n%s", diff)
		}
		if _, err := account.Authenticate(t.Context(), db, secret, noon.Add(time.Hour-time.Microsecond)); err != nil {
			t.Errorf("just before it expires: %v", err)
		}
		if _, err = account.Authenticate(t.Context(), db, secret, noon.Add(time.Hour)); err == nil {
			t.Error("an expired key opens")
		}

		revoked, err := h.revoke("shop", made.ID, noon.Add(time.Minute))
		if err != nil || !revoked.RevokedAt.Equal(noon.Add(time.Minute)) {
			t.Errorf("revoked at %v, %v", revoked.RevokedAt, err)
		}
		if again, err := h.revoke("shop", made.ID, noon.Add(2*time.Minute)); err != nil || !again.RevokedAt.Equal(revoked.RevokedAt) {
			t.Errorf("revoking twice moved it to %v, %v", again.RevokedAt, err)
		}
		if _, err := account.Authenticate(t.Context(), db, secret, noon.Add(2*time.Minute)); err == nil {
			t.Error("a revoked key opens")
		}
	})
}

// Every way of not having a key gets one answer, so that it teaches nothing.
func TestBadKeysAreAlike(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, _ := h.create(account.Key{Name: "good", Scope: account.ProjectRead, Project: "shop"})
		expired, _ := h.create(account.Key{Name: "expired", Scope: account.ProjectRead, Project: "shop", ExpiresAt: noon.Add(time.Second)})
		revoked, key := h.create(account.Key{Name: "revoked", Scope: account.ProjectRead, Project: "shop"})
		if _, err := h.revoke("shop", key.ID, noon); err != nil {
			t.Fatal(err)
		}
		other := flip(secret, len(secret)-1)
		unknown := flip(secret, 10)
		ring := account.NewKeyring(db)
		at := noon.Add(time.Minute)
		var first error
		for _, bad := range []string{
			"", "bw", "bw__", "secret", strings.TrimPrefix(secret, "bw_"), secret + "0", secret[:len(secret)-1], secret + "_", "xx" + secret[2:],
			strings.ToUpper(secret), " " + secret, secret + "\n", "bw_" + strings.Repeat("\x00", 16) + secret[19:], "bw_" + strings.Repeat("\xff", 16) + secret[19:],
			"bw_" + strings.Repeat("'", 16) + secret[19:], strings.Repeat("bw_", 100_000), expired, revoked, other, unknown,
		} {
			for _, authenticate := range []func(context.Context, string, time.Time) (account.Key, error){
				ring.Authenticate,
				func(ctx context.Context, secret string, at time.Time) (account.Key, error) {
					return account.Authenticate(ctx, db, secret, at)
				},
			} {
				got, err := authenticate(t.Context(), bad, at)
				wantCode(t, err, errs.Unauthenticated, "account.bad_key")
				if got != (account.Key{}) {
					t.Errorf("%.80q gave the key %+v", bad, got)
				}
				if first == nil {
					first = err
				}
				if diff := cmp.Diff(first, err); diff != "" {
					t.Errorf("%.80q is answered differently:\n%s", bad, diff)
				}
			}
		}
		if _, err := account.Authenticate(t.Context(), db, secret, at); err != nil {
			t.Errorf("the good key: %v", err)
		}
	})
}

// flip changes one letter of a secret.
func flip(secret string, i int) string {
	letter := "0"
	if secret[i] == '0' {
		letter = "1"
	}
	return secret[:i] + letter + secret[i+1:]
}

func TestTheSecretIsNotStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, made := h.create(account.Key{Name: "PBX", Scope: account.Operator})
		var hash string
		if err := db.QueryRow(t.Context(), `SELECT secret_hash FROM account_key WHERE key_id = $1`, string(made.ID)).Scan(&hash); err != nil {
			t.Fatal(err)
		}
		chance := strings.Split(secret, "_")[2]
		if len(hash) != 64 || strings.Contains(hash, chance) {
			t.Errorf("stored %q for the secret %q", hash, secret)
		}
		second, _ := h.create(account.Key{Name: "PBX", Scope: account.Operator})
		if second == secret {
			t.Error("two keys have one secret")
		}
	})
}

func TestWhatKeysAreNotMade(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		for _, c := range []struct {
			key  account.Key
			kind errs.Kind
			code string
		}{
			{account.Key{Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: " \t", Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: "a\x00b", Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: "safe\u202egnp", Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: "\xff", Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: strings.Repeat("ї", 101), Scope: account.Operator}, errs.Invalid, "account.bad_name"},
			{account.Key{Name: "a", Scope: "root"}, errs.Invalid, "account.bad_scope"},
			{account.Key{Name: "a"}, errs.Invalid, "account.bad_scope"},
			{account.Key{Name: "a", Scope: account.Operator, Project: "shop"}, errs.Invalid, "account.scope_has_no_project"},
			{account.Key{Name: "a", Scope: account.ProjectRead}, errs.Invalid, "account.scope_needs_project"},
			{account.Key{Name: "a", Scope: account.ProjectRead, Project: "shop", ExpiresAt: noon}, errs.Invalid, "account.expired_at_birth"},
			{account.Key{Name: "a", Scope: account.ProjectRead, Project: "nowhere"}, errs.NotFound, "project.not_found"},
		} {
			secret, _, err := h.tryCreate(rand.Reader, c.key, noon)
			wantCode(t, err, c.kind, c.code)
			if secret != "" {
				t.Errorf("%+v has a secret", c.key)
			}
		}
		if _, _, err := h.tryCreate(strings.NewReader("too little"), account.Key{Name: "a", Scope: account.Operator}, noon); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("without randomness: %v", err)
		}
		keys, err := account.List(t.Context(), db, "", "", 10)
		if err != nil || len(keys) != 0 {
			t.Errorf("refused keys are listed: %v, %v", keys, err)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		var want []account.Key
		for i, name := range []string{"перший", "другий", "третій"} {
			_, made, err := h.tryCreate(rand.Reader, account.Key{Name: name, Scope: account.ProjectWrite, Project: "shop"}, noon.Add(time.Duration(i)*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, made)
		}
		_, bank := h.create(account.Key{Name: "bank", Scope: account.ProjectRead, Project: "bank"})
		_, operator := h.create(account.Key{Name: "operator", Scope: account.Operator})
		list := func(id ident.ProjectID, after account.KeyID, limit int) []account.Key {
			keys, err := account.List(t.Context(), db, id, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			return keys
		}
		got := append(list("shop", "", 2), list("shop", want[1].ID, 2)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("two pages, oldest first (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([][]account.Key{{bank}, {operator}}, [][]account.Key{list("bank", "", 10), list("", "", 10)}); diff != "" {
			t.Errorf("the bank's keys and the operators' (-want +got):\n%s", diff)
		}

		_, err := account.List(t.Context(), db, "shop", "\x00", 10)
		wantCode(t, err, errs.Invalid, "account.bad_cursor")
		for _, key := range []account.KeyID{"", "\x00", bank.ID, operator.ID} {
			_, err := account.Get(t.Context(), db, "shop", key)
			wantCode(t, err, errs.NotFound, "account.no_key")
			_, err = h.revoke("shop", key, noon)
			wantCode(t, err, errs.NotFound, "account.no_key")
		}
		if key, err := account.Get(t.Context(), db, "bank", bank.ID); err != nil || !key.RevokedAt.IsZero() {
			t.Errorf("another project revoked the bank's key: %+v, %v", key, err)
		}
	})
}
