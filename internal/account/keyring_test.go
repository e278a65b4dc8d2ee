package account_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// counted counts the queries that reach the store.
type counted struct {
	store.Querier
	n atomic.Int64
}

func (c *counted) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	c.n.Add(1)
	return c.Querier.QueryRow(ctx, text, args...)
}

// A revoked key is refused within 5 seconds, and a key in steady use is not read at every request.
func TestKeyringForgetsInTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, key := h.create(account.Key{Name: "PBX", Scope: account.ProjectCharge, Project: "shop", ExpiresAt: noon.Add(time.Hour)})
		q := &counted{Querier: db}
		ring := account.NewKeyring(q)
		open := func(at time.Time) error {
			_, err := ring.Authenticate(t.Context(), secret, at)
			return err
		}
		for i := range 100 {
			if err := open(noon.Add(time.Duration(i) * 100 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		if n := q.n.Load(); n != 4 {
			t.Errorf("100 requests in 10 seconds read the key %d times, want 4", n)
		}

		last := noon.Add(9900 * time.Millisecond)
		if _, err := h.revoke("shop", key.ID, last); err != nil {
			t.Fatal(err)
		}
		if err := open(last.Add(5 * time.Second)); errs.CodeOf(err) != "account.bad_key" {
			t.Errorf("5 seconds after revoking: %v", err)
		}
		if err := open(last); errs.CodeOf(err) != "account.bad_key" {
			t.Errorf("once refused, a key is refused: %v", err)
		}
	})
}

func TestKeyringKnowsTheTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, _ := h.create(account.Key{Name: "PBX", Scope: account.ProjectCharge, Project: "shop", ExpiresAt: noon.Add(time.Second)})
		q := &counted{Querier: db}
		ring := account.NewKeyring(q)
		if _, err := ring.Authenticate(t.Context(), secret, noon); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Authenticate(t.Context(), secret, noon.Add(time.Second)); err == nil {
			t.Error("a key that is remembered opens after it expired")
		}
		if _, err := ring.Authenticate(t.Context(), secret, noon); err != nil {
			t.Fatal(err)
		}
		before := q.n.Load()
		if _, err := ring.Authenticate(t.Context(), secret, noon.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if q.n.Load() == before {
			t.Error("after the clock went back an hour, a key is trusted for an hour and 3 seconds")
		}
	})
}

// Last use is written at most once a minute a key, all keys together.
func TestUses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		pbx, first := h.create(account.Key{Name: "PBX", Scope: account.ProjectCharge, Project: "shop"})
		site, second := h.create(account.Key{Name: "site", Scope: account.ProjectRead, Project: "shop"})
		ring := account.NewKeyring(db)
		saved := func() []account.Use {
			uses := ring.TakeUses(noon)
			h.write(func(ctx context.Context, tx *store.Tx) error { return account.SaveUses(ctx, tx, uses) })
			return uses
		}
		open := func(secret string, after time.Duration) {
			t.Helper()
			if _, err := ring.Authenticate(t.Context(), secret, noon.Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		for second := range 50 {
			open(pbx, time.Duration(second)*time.Second)
		}
		if diff := cmp.Diff([]account.Use{{Key: first.ID, At: noon}}, saved()); diff != "" {
			t.Errorf("uses (-want +got):\n%s", diff)
		}
		open(pbx, 55*time.Second)
		open(site, 55*time.Second)
		if diff := cmp.Diff([]account.Use{{Key: second.ID, At: noon.Add(55 * time.Second)}}, saved()); diff != "" {
			t.Errorf("uses within the minute (-want +got):\n%s", diff)
		}
		open(pbx, 60*time.Second)
		saved()
		// Another node that saves an older use later does not turn the clock back.
		h.write(func(ctx context.Context, tx *store.Tx) error {
			return account.SaveUses(ctx, tx, []account.Use{{Key: first.ID, At: noon}})
		})
		keys, err := account.List(t.Context(), db, "shop", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		got := map[account.KeyID]time.Time{}
		for _, key := range keys {
			got[key.ID] = key.LastUsedAt
		}
		if diff := cmp.Diff(map[account.KeyID]time.Time{first.ID: noon.Add(time.Minute), second.ID: noon.Add(55 * time.Second)}, got); diff != "" {
			t.Errorf("last uses (-want +got):\n%s", diff)
		}
		if uses := ring.TakeUses(noon.Add(time.Hour)); len(uses) != 0 {
			t.Errorf("uses taken twice: %v", uses)
		}
	})
}

// A store that does not answer is not a bad key.
func TestKeyringTellsAFaultFromABadKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		secret, _ := h.create(account.Key{Name: "PBX", Scope: account.Operator})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := account.NewKeyring(db).Authenticate(ctx, secret, noon)
		if err == nil || errs.KindOf(err) == errs.Unauthenticated || !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled query: %v", err)
		}
	})
}

func TestKeyringIsSafeForManyCallers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	secret, _ := h.create(account.Key{Name: "PBX", Scope: account.Operator})
	ring := account.NewKeyring(h.db)
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for n := range 50 {
				at := noon.Add(time.Duration(i*n) * time.Second)
				if _, err := ring.Authenticate(t.Context(), secret, at); err != nil {
					t.Error(err)
				}
				ring.TakeUses(at)
			}
		})
	}
	callers.Wait()
}
