package account

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"bellwether/internal/store"
)

const (
	// remembered is for how long a key is taken on trust after it was read: with the reading itself, well within the
	// 5 seconds in which revoking must work.
	remembered = 3 * time.Second
	// mostRemembered bounds the memory; only valid keys get into it.
	mostRemembered = 10_000
	// usedEvery is how often, at most, the use of a key is written down.
	usedEvery = time.Minute
)

// Keyring authenticates secrets, reading each key at most every 3 seconds, and notes which keys are in use. Safe for
// concurrent use.
type Keyring struct {
	q     store.Querier
	mu    sync.Mutex
	known map[digest]reading
	uses  map[KeyID]use
}

type reading struct {
	key Key
	at  time.Time
}

type use struct {
	at    time.Time
	taken bool
}

// Use is that a key was used at about an instant.
type Use struct {
	Key KeyID
	At  time.Time
}

// NewKeyring makes a keyring that reads keys through q.
func NewKeyring(q store.Querier) *Keyring {
	return &Keyring{q: q, known: map[digest]reading{}, uses: map[KeyID]use{}}
}

// Authenticate is the function of that name with a memory of 3 seconds. Expiry is exact all the same.
func (r *Keyring) Authenticate(ctx context.Context, secret string, at time.Time) (Key, error) {
	hash := digestOf(secret)
	if key, ok := r.recall(hash, at); ok {
		return key, nil
	}
	key, err := Authenticate(ctx, r.q, secret, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		delete(r.known, hash)
		return Key{}, err
	}
	if len(r.known) >= mostRemembered {
		clear(r.known)
	}
	r.known[hash] = reading{key: key, at: at}
	r.note(key, at)
	return key, nil
}

// recall finds a key read less than 3 seconds ago by a clock that has not gone back since.
func (r *Keyring) recall(hash digest, at time.Time) (Key, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[hash]
	if !ok || at.Before(known.at) || at.Sub(known.at) >= remembered || !known.key.Live(at) {
		return Key{}, false
	}
	r.note(known.key, at)
	return known.key, true
}

// note puts a use down unless one of the last minute stands already, here or in the store.
func (r *Keyring) note(key Key, at time.Time) {
	if at.Sub(key.LastUsedAt) < usedEvery || at.Sub(r.uses[key.ID].at) < usedEvery {
		return
	}
	r.uses[key.ID] = use{at: at}
}

// TakeUses gives the uses noted since it was last called, in the order of keys, for SaveUses. What is taken and not
// saved is lost, which costs a minute of precision.
func (r *Keyring) TakeUses(at time.Time) []Use {
	r.mu.Lock()
	defer r.mu.Unlock()
	var uses []Use
	for key, u := range r.uses {
		switch {
		case !u.taken:
			uses = append(uses, Use{Key: key, At: u.at})
			r.uses[key] = use{at: u.at, taken: true}
		case at.Sub(u.at) >= usedEvery:
			delete(r.uses, key)
		}
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
