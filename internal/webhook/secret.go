package webhook

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"bellwether/internal/store"
)

const (
	secretBytes = 32
	// SecretPrefix begins a secret as the Standard Webhooks specification writes it; base64 of its bytes follows.
	SecretPrefix = "whsec_"
	// BothSign is how long the secret before signs too after a new one was made (Rule W-03).
	BothSign = 24 * time.Hour
)

// NewSecret makes one out of 32 bytes of chance.
func NewSecret(random io.Reader) (string, error) {
	var raw [secretBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("no randomness for a secret: %w", err)
	}
	return SecretPrefix + base64.StdEncoding.EncodeToString(raw[:]), nil
}

// Key is what a secret signs with; nothing for what is no secret.
func Key(secret string) []byte {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, SecretPrefix))
	if err != nil {
		return nil
	}
	return raw
}

func secretOwner(id EndpointID) string { return "webhook " + string(id) }

// keys are what a message to an endpoint is signed with at an instant: the secret, and the one before while it still counts.
func (s *Service) keys(id EndpointID, secret, old string, oldUntil, at time.Time) (keys [][]byte, err error) {
	sealed := []string{secret}
	if old != "" && at.Before(oldUntil) {
		sealed = append(sealed, old)
	}
	for _, one := range sealed {
		plain, err := s.Vault.Open(secretOwner(id), one)
		if err != nil {
			return nil, err
		}
		keys = append(keys, Key(string(plain)))
	}
	return keys, nil
}

// Reseal seals again, with the vault's first key, up to limit secrets that were sealed with another. It says how many: 0 when a
// rotation of keys is done.
func (s *Service) Reseal(ctx context.Context, tx *store.Tx, limit int) (resealed int, err error) {
	type row struct {
		id     EndpointID
		column string
		sealed string
	}
	var stale []row
	err = store.EachRow(ctx, tx, `SELECT endpoint_id, secret, old_secret FROM webhook_endpoint ORDER BY endpoint_id`, nil, func(rows *sql.Rows) error {
		var id EndpointID
		var secret, old string
		err := rows.Scan(&id, &secret, &old)
		for column, sealed := range map[string]string{"secret": secret, "old_secret": old} {
			if len(stale) < limit && sealed != "" && s.Vault.Stale(sealed) {
				stale = append(stale, row{id, column, sealed})
			}
		}
		return err
	})
	for _, r := range stale {
		plain, opened := s.Vault.Open(secretOwner(r.id), r.sealed)
		if opened != nil {
			return 0, opened
		}
		if r.sealed, err = s.Vault.Seal(s.Random, secretOwner(r.id), plain); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE webhook_endpoint SET `+r.column+` = $2 WHERE endpoint_id = $1`, string(r.id), r.sealed); err != nil {
			return 0, err
		}
	}
	return len(stale), err
}
