package idem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Answer is what a request was or is answered with.
type Answer struct {
	Status   int    // as the caller understands it: an HTTP status, for instance
	Body     []byte // text, such as JSON
	Replayed bool   // it was given before: nothing was done now
}

// Hash fingerprints a request for Do: its parts, each with its length, so that no two requests run into one.
func Hash(parts ...[]byte) string {
	sum := sha256.New()
	for _, part := range parts {
		one := sha256.Sum256(part)
		_, _ = sum.Write(one[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Do runs fn once for a key of a scope ("api/demo", "gateway") and remembers its answer in tx. When the key was seen
// before with the same request hash it gives the stored answer instead; with another hash it refuses with
// idem.key_reused. Where fn fails its error is returned, and the caller must let it undo the transaction. Rule B-04.
func Do(ctx context.Context, tx *store.Tx, scope, key, requestHash string, fn func() (status int, body []byte, err error)) (Answer, error) {
	claimed, err := claim(ctx, tx, scope, key, requestHash)
	if err != nil {
		return Answer{}, err
	}
	if !claimed {
		return replay(ctx, tx, scope, key, requestHash)
	}
	status, body, err := fn()
	if err != nil {
		return Answer{}, err
	}
	_, err = tx.Exec(ctx, "UPDATE idem_key SET status = $3, answer = $4 WHERE scope = $1 AND key = $2", scope, key, status, string(body))
	return Answer{Status: status, Body: body}, err
}

// claim stores the key before the work begins: another node that works on the same key waits here for our commit.
func claim(ctx context.Context, tx *store.Tx, scope, key, requestHash string) (bool, error) {
	result, err := tx.Exec(ctx, `INSERT INTO idem_key (scope, key, request_hash, status, answer, at) VALUES ($1, $2, $3, 0, '', $4)
		ON CONFLICT (scope, key) DO NOTHING`, scope, key, requestHash, tx.Now().UnixMicro())
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

func replay(ctx context.Context, tx *store.Tx, scope, key, requestHash string) (Answer, error) {
	var hash, body string
	var status int
	err := tx.QueryRow(ctx, "SELECT request_hash, status, answer FROM idem_key WHERE scope = $1 AND key = $2", scope, key).
		Scan(&hash, &status, &body)
	if err != nil {
		return Answer{}, err
	}
	if hash != requestHash {
		return Answer{}, errs.New(errs.Conflict, "idem.key_reused", "this idempotency key was used for another request").At(key).
			Try("use a new key for each new request, and the same key only to repeat one")
	}
	return Answer{Status: status, Body: []byte(body), Replayed: true}, nil
}

// purgePage bounds the keys forgotten in one transaction, so that a purge holds nobody up.
const purgePage = 1000

// Purge forgets keys first used before an instant and says how many. A request repeated later than that is a new one.
func Purge(ctx context.Context, db *store.DB, before time.Time) (purged int64, err error) {
	for {
		var n int64
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			result, err := tx.Exec(ctx, `DELETE FROM idem_key WHERE (scope, key) IN
				(SELECT scope, key FROM idem_key WHERE at < $1 ORDER BY at LIMIT $2)`, before.UnixMicro(), purgePage)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return purged, err
		}
		if purged += n; n < purgePage {
			return purged, nil
		}
	}
}
