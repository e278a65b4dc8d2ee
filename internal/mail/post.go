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
	now := tx.Now().UnixMicro()
	return p.put(ctx, tx, m, "waiting", now, 0)
}

// SendNobody does all that Send does for a mail that nobody gets, so that a stranger cannot tell by the time it takes whether there was
// somebody to write to (Rule A-03). Its row has no address and goes with the courier's next round.
func (p *Post) SendNobody(ctx context.Context, tx *store.Tx, m Message) error {
	now := tx.Now()
	m.To = ""
	return p.put(ctx, tx, m, "nobody", now.UnixMicro(), now.Add(-keepEnded).UnixMicro())
}

// put writes, seals and stores a mail.
func (p *Post) put(ctx context.Context, tx *store.Tx, m Message, state string, queued, ended int64) error {
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
	_, err = tx.Exec(ctx, `INSERT INTO mail_message (mail_id, kind, recipient, sealed, state, queued_at, due_at, attempts, error, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, 0, '', $7)`, id, string(m.Kind), m.To, sealed, state, queued, ended)
	return err
}

// owner binds a sealed text to its row.
func owner(id string) string { return "mail " + id }
