package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/recall"
	"bellwether/internal/store"
)

// mostRemembered bounds what is remembered; only valid keys and sessions are.
const mostRemembered = 10_000

// Keyring authenticates secrets, reading each key at most every 3 seconds, and notes which keys are in use. Safe for
// concurrent use.
type Keyring struct {
	q     store.Querier
	known *recall.Memory[digest, Key]
	uses  *recall.Notes[KeyID]
}

// Use is that a key was used at about an instant.
type Use struct {
	Key KeyID
	At  time.Time
}

// NewKeyring makes a keyring that reads keys through q.
func NewKeyring(q store.Querier) *Keyring {
	return &Keyring{q: q, known: recall.NewMemory[digest, Key](mostRemembered), uses: recall.NewNotes[KeyID]()}
}

// Authenticate is the function of that name with a memory of 3 seconds. Expiry is exact all the same.
func (r *Keyring) Authenticate(ctx context.Context, secret string, at time.Time) (Key, error) {
	hash := digestOf(secret)
	key, ok := r.known.Get(hash, at)
	if !ok || !key.Live(at) {
		var err error
		if key, err = Authenticate(ctx, r.q, secret, at); err != nil {
			r.known.Forget(hash)
			return Key{}, err
		}
		r.known.Put(hash, key, at)
	}
	r.uses.Note(key.ID, at, key.LastUsedAt)
	return key, nil
}

// TakeUses gives the uses noted since it was last called, in the order of keys, for SaveUses. What is taken and not
// saved is lost, which costs a minute of precision.
func (r *Keyring) TakeUses(at time.Time) []Use {
	var uses []Use
	for _, n := range r.uses.Take(at) {
		uses = append(uses, Use{Key: n.Key, At: n.At})
	}
	slices.SortFunc(uses, func(a, b Use) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return uses
}

// SaveUses writes uses down, all in the caller's transaction; a later use that is known already stands.
func SaveUses(ctx context.Context, tx *store.Tx, uses []Use) error {
	for _, u := range uses {
		_, err := tx.Exec(ctx, `UPDATE account_key SET last_used_at = $2 WHERE key_id = $1 AND last_used_at < $2`, string(u.Key), micros(u.At))
		if err != nil {
			return err
		}
	}
	return nil
}
