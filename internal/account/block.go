package account

import (
	"context"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/store"
)

// Block shuts a user out of everything: sessions and the API keys they made end everywhere within 5 seconds, links that
// were mailed open nothing. The login and the password stay. A second time changes nothing. It is the operator's; a project
// blocks a member by access.Block. errs.NotFound `account.no_user`.
func Block(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, at time.Time) (User, error) {
	before, err := GetUser(ctx, tx, id)
	if err != nil || !before.BlockedAt.IsZero() {
		return before, err
	}
	if err := setBlocked(ctx, tx, id, at); err != nil {
		return User{}, err
	}
	if err := EndAccess(ctx, tx, id); err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, by, at, "block", before, id)
}

// Unblock lets a user in again: they sign in as before. Sessions do not come back; API keys do.
func Unblock(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, at time.Time) (User, error) {
	before, err := GetUser(ctx, tx, id)
	if err != nil || before.BlockedAt.IsZero() {
		return before, err
	}
	if err := setBlocked(ctx, tx, id, time.Time{}); err != nil {
		return User{}, err
	}
	return recorded(ctx, tx, by, at, "unblock", before, id)
}

func setBlocked(ctx context.Context, tx *store.Tx, id UserID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE account_user SET blocked_at = $2 WHERE user_id = $1`, string(id), micros(at))
	return err
}

// EndAccess ends a user's sessions and whatever token could begin one. The caller writes down why.
func EndAccess(ctx context.Context, tx *store.Tx, id UserID) error {
	if err := endSessions(ctx, tx, id, ""); err != nil {
		return err
	}
	return voidTokens(ctx, tx, id, resetToken, confirmToken, factorToken, oldEmailToken, newEmailToken, passkeyMaking)
}
