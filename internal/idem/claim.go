package idem

import (
	"context"
	"database/sql"
	"errors"

	"bellwether/internal/store"
)

// Some effects become durable in transactions of their own, each under the id of its object, under which it happens once.
// For them the key is claimed in one transaction, answered in another one after the effect, or given up in another one
// where there was none. Until it is answered its status is less than zero: how many repetitions are at work on it.

// Claim takes a key for a request. Where the key was answered before, it gives that answer, Replayed; else the caller does
// the request, which others with the same request may be doing too, and then calls Keep or GiveUp. A key of another request
// is refused with idem.key_reused. A claim that a crash leaves behind keeps the key to its request until Purge.
func Claim(ctx context.Context, tx *store.Tx, scope, key, requestHash string) (Answer, error) {
	result, err := tx.Exec(ctx, `INSERT INTO idem_key (scope, key, request_hash, status, answer, at) VALUES ($1, $2, $3, -1, '', $4)
		ON CONFLICT (scope, key) DO UPDATE SET status = idem_key.status - 1
		WHERE idem_key.status < 0 AND idem_key.request_hash = excluded.request_hash`, scope, key, requestHash, tx.Now().UnixMicro())
	if err != nil {
		return Answer{}, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return Answer{}, err
	}
	return replay(ctx, tx, scope, key, requestHash)
}

// Keep stores the answer to a request whose key was claimed. Where a repetition was faster, its answer stands and is given.
func Keep(ctx context.Context, tx *store.Tx, scope, key, requestHash string, status int, body []byte) (Answer, error) {
	result, err := tx.Exec(ctx, `UPDATE idem_key SET status = $4, answer = $5
		WHERE scope = $1 AND key = $2 AND request_hash = $3 AND status < 0`, scope, key, requestHash, status, string(body))
	if err != nil {
		return Answer{}, err
	}
	own := Answer{Status: status, Body: body}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return own, err
	}
	answer, err := replay(ctx, tx, scope, key, requestHash)
	if errors.Is(err, sql.ErrNoRows) {
		return own, nil // purged meanwhile
	}
	return answer, err
}

// GiveUp forgets a claim of a request that had no effect: the key may be used for another one, unless a repetition is still
// at work on it.
func GiveUp(ctx context.Context, tx *store.Tx, scope, key, requestHash string) error {
	const claimed = ` WHERE scope = $1 AND key = $2 AND request_hash = $3 AND status `
	if _, err := tx.Exec(ctx, `DELETE FROM idem_key`+claimed+`= -1`, scope, key, requestHash); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE idem_key SET status = status + 1`+claimed+`< -1`, scope, key, requestHash)
	return err
}
