package account

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A sign-in whose password was changed while it was compared, outside the transaction, is refused in it.
func TestAPasswordThatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	hasher, err := NewHasher(ForTests)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := hasher.Hash(context.Background(), "three blind mice", "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		u, err := CreateUser(ctx, tx, audit.Program("test"), rand.Reader, NewUser{"ann@example.com", "Ann", "ru", hashed}, true, at)
		if err != nil {
			return err
		}
		if err := checkStill(ctx, tx, u.ID, hashed.text); err != nil {
			t.Errorf("unchanged: %v", err)
		}
		if err := checkStill(ctx, tx, u.ID, "another"); errs.CodeOf(err) != "account.bad_credentials" {
			t.Errorf("changed: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
