package mail

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Post takes mails. Safe for concurrent use.
type Post struct {
	Vault  *vault.Vault // seals what waits
	Random io.Reader    // crypto/rand.Reader outside tests
	Origin string       // the address people open, for links: "https://cabinet.example.com", without a slash at its end
	Ready  bool         // there is a server to send with; without one mails wait in vain, and pages may say so
}

const idBytes = 16

// Send puts a mail into the caller's transaction; it goes out after the commit, and not at all where that fails.
func (p *Post) Send(ctx context.Context, tx *store.Tx, m Message) error {
	written, err := m.write(p.Origin)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(written)
	if err != nil {
		return err
	}
	var chance [idBytes]byte
	if _, err := io.ReadFull(p.Random, chance[:]); err != nil {
		return fmt.Errorf("no randomness for a mail: %w", err)
	}
	id := hex.EncodeToString(chance[:])
	sealed, err := p.Vault.Seal(p.Random, owner(id), plain)
	if err != nil {
		return err
	}
	now := tx.Now().UnixMicro()
	_, err = tx.Exec(ctx, `INSERT INTO mail_message (mail_id, kind, recipient, sealed, state, queued_at, due_at, attempts, error, ended_at)
		VALUES ($1, $2, $3, $4, 'waiting', $5, $5, 0, '', 0)`, id, string(m.Kind), m.To, sealed, now)
	return err
}

// owner binds a sealed text to its row.
func owner(id string) string { return "mail " + id }
