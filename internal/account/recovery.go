package account

import (
	"context"
	"encoding/base32"
	"io"
	"strings"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/store"
)

const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits each: too many to try even with a copy of the hashes
	recoveryGroup = 4
)

// recoveryLetters are those that are not taken for one another on paper (Crockford's).
var recoveryLetters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newRecovery makes ten codes, "abcd-efgh-jkmn-pqrs", instead of any made before.
func newRecovery(ctx context.Context, tx *store.Tx, random io.Reader, id UserID) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM account_recovery WHERE user_id = $1`, string(id)); err != nil {
		return nil, err
	}
	codes, rows := make([]string, recoveryCodes), make([][]any, recoveryCodes)
	for i := range codes {
		var chance [recoveryBytes]byte
		if _, err := io.ReadFull(random, chance[:]); err != nil {
			return nil, noChance(err)
		}
		plain := recoveryLetters.EncodeToString(chance[:])
		rows[i] = []any{string(id), recoveryHash(id, plain)}
		codes[i] = grouped(plain)
	}
	return codes, tx.Insert(ctx, "account_recovery", []string{"user_id", "code_hash"}, rows)
}

func grouped(plain string) string {
	var groups []string
	for ; len(plain) > recoveryGroup; plain = plain[recoveryGroup:] {
		groups = append(groups, plain[:recoveryGroup])
	}
	return strings.Join(append(groups, plain), "-")
}

func recoveryHash(id UserID, plain string) string { return digestOf(string(id) + " " + plain).String() }

// takeRecovery uses a code up.
func takeRecovery(ctx context.Context, tx *store.Tx, id UserID, code string) error {
	plain := strings.ToLower(strings.ReplaceAll(code, "-", ""))
	result, err := tx.Exec(ctx, `DELETE FROM account_recovery WHERE user_id = $1 AND code_hash = $2`, string(id), recoveryHash(id, plain))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return badCode()
	}
	return nil
}

// RenewRecovery makes ten new recovery codes for a user who shows a code, instead of those made before. Errors:
// errs.Unauthenticated `account.bad_code`, errs.Unavailable `account.too_many_attempts`.
func (d *Door) RenewRecovery(ctx context.Context, by audit.Actor, id UserID, code string, at time.Time) (codes []string, err error) {
	err = d.withCode(ctx, by, id, code, at, func(ctx context.Context, tx *store.Tx) (err error) {
		if codes, err = newRecovery(ctx, tx, d.Random, id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by, at, own(id, "renew recovery codes", nil))
	})
	return codes, err
}

// RecoveryLeft counts the recovery codes a user has not used.
func RecoveryLeft(ctx context.Context, q store.Querier, id UserID) (left int, err error) {
	return left, q.QueryRow(ctx, `SELECT COUNT(*) FROM account_recovery WHERE user_id = $1`, string(id)).Scan(&left)
}
