package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/recall"
	"bellwether/internal/store"
)

// Sessions authenticates tokens, reading each session at most every 3 seconds, and notes which are in use. Safe for
// concurrent use.
type Sessions struct {
	q     store.Querier
	known *recall.Memory[digest, signedIn]
	seen  *recall.Notes[sightingKey]
}

type signedIn struct {
	session Session
	user    User
}

type sightingKey struct {
	session SessionID
	user    UserID
}

// Sighting is that a session was used at about an instant.
type Sighting struct {
	Session SessionID
	User    UserID
	At      time.Time
}

// NewSessions makes one that reads through q.
func NewSessions(q store.Querier) *Sessions {
	return &Sessions{q: q, known: recall.NewMemory[digest, signedIn](mostRemembered), seen: recall.NewNotes[sightingKey]()}
}

// Authenticate is AuthenticateSession with a memory of 3 seconds. Expiry is exact all the same. Whoever keeps a connection
// open calls it again every recall.Recheck, so that the connection ends within 5 seconds of the session.
func (r *Sessions) Authenticate(ctx context.Context, secret string, at time.Time) (Session, User, error) {
	hash := digestOf(secret)
	known, ok := r.known.Get(hash, at)
	if !ok || !known.session.Live(at) {
		s, u, err := AuthenticateSession(ctx, r.q, secret, at)
		if err != nil {
			r.known.Forget(hash)
			return Session{}, User{}, err
		}
		known = signedIn{s, u}
		r.known.Put(hash, known, at)
	}
	r.seen.Note(sightingKey{known.session.ID, known.session.User}, at, known.session.SeenAt)
	return known.session, known.user, nil
}

// Forget makes the next request with a token read it anew: for whoever has just changed their own account on this node.
func (r *Sessions) Forget(secret string) { r.known.Forget(digestOf(secret)) }

// TakeSightings gives the sightings noted since it was last called, in the order of sessions, for SaveSightings.
func (r *Sessions) TakeSightings(at time.Time) []Sighting {
	var sightings []Sighting
	for _, n := range r.seen.Take(at) {
		sightings = append(sightings, Sighting{n.Key.session, n.Key.user, n.At})
	}
	slices.SortFunc(sightings, func(a, b Sighting) int { return strings.Compare(string(a.Session), string(b.Session)) })
	return sightings
}

// SaveSightings writes down when sessions and their users were last seen; a later sighting that is known already stands.
func SaveSightings(ctx context.Context, tx *store.Tx, sightings []Sighting) error {
	for _, s := range sightings {
		if _, err := tx.Exec(ctx, `UPDATE account_session SET seen_at = $2 WHERE session_id = $1 AND seen_at < $2`, string(s.Session), micros(s.At)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_user SET seen_at = $2 WHERE user_id = $1 AND seen_at < $2`, string(s.User), micros(s.At)); err != nil {
			return err
		}
	}
	return nil
}
