package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key; its secret is printed once."`
	List   keyListCommand   `cmd:"" help:"List API keys, without their secrets."`
	Revoke keyRevokeCommand `cmd:"" help:"End an API key."`
}

type keyCreateCommand struct {
	settings
	Scope   string        `required:"" enum:"operator,project:read,project:write,project:charge" placeholder:"SCOPE" help:"operator, project:read, project:write or project:charge."`
	Project string        `placeholder:"NAME" help:"The one project the key is for; not with operator."`
	Name    string        `default:"made on the command line" help:"What the key is for, for people."`
	Expires time.Duration `placeholder:"DURATION" help:"Refuse the key after so long, such as 720h; never if not given."`
}

// Help is what --help adds.
func (keyCreateCommand) Help() string {
	return `On SQLite stop the node first, or make keys through its API. Where there is no database, an operator's key makes it.

  bellwether key create --scope operator --name "billing office"
  bellwether key create --scope project:read --project shop --expires 2160h`
}

// Run makes the key and prints its secret, alone on standard output.
func (c *keyCreateCommand) Run(ctx context.Context, p *Program) error {
	if c.Expires < 0 {
		return badFlag("expires", "write a duration such as 720h", "%s is over already", c.Expires)
	}
	if c.Scope == string(account.Operator) { // the first key comes before the first node
		if err := p.makeDatabase(ctx, c.settings); err != nil {
			return err
		}
	}
	return p.with(ctx, c.settings, writes, func(ctx context.Context, in *installation) error {
		secret, key, err := makeKey(ctx, in.db, account.Key{Name: c.Name, Scope: account.Scope(c.Scope), Project: ident.ProjectID(c.Project)}, p.Now(), c.Expires)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Err, "Key %s, %s. Keep the secret: it cannot be shown again.\n", key.ID, reach(key))
		_, err = fmt.Fprintln(p.Out, secret)
		return err
	})
}

func makeKey(ctx context.Context, db *store.DB, key account.Key, now time.Time, lives time.Duration) (secret string, made account.Key, err error) {
	if lives > 0 {
		key.ExpiresAt = now.Add(lives)
	}
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		secret, made, err = account.Create(ctx, tx, audit.Program("cli"), rand.Reader, key, now)
		return err
	})
	return secret, made, err
}

func reach(key account.Key) string {
	if key.Project == "" {
		return string(key.Scope)
	}
	return fmt.Sprintf("%s of %s", key.Scope, key.Project)
}

type keyListCommand struct {
	settings
	Project string `placeholder:"NAME" help:"Keys of this project; the operators' if not given."`
	Format  string `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (keyListCommand) Help() string { return "  bellwether key list --project shop" }

const keyPage = 500

// Run lists the keys, dead ones too.
func (c *keyListCommand) Run(ctx context.Context, p *Program) error {
	header := []string{"key", "name", "scope", "project", "created", "expires", "revoked", "last used"}
	rows := [][]string{}
	err := p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		var after account.KeyID
		for {
			keys, err := account.List(ctx, in.db, ident.ProjectID(c.Project), after, keyPage)
			if err != nil {
				return err
			}
			for _, key := range keys {
				rows = append(rows, []string{
					string(key.ID), key.Name, string(key.Scope), string(key.Project), stamp(key.CreatedAt), stamp(key.ExpiresAt),
					stamp(key.RevokedAt), stamp(key.LastUsedAt),
				})
			}
			if len(keys) < keyPage {
				return nil
			}
			after = keys[len(keys)-1].ID
		}
	})
	if err != nil {
		return err
	}
	return printRows(p.Out, c.Format, header, rows)
}

// stamp writes an instant, or nothing for one that never comes.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

type keyRevokeCommand struct {
	settings
	Key     string `arg:"" help:"The key's id, as key list shows it."`
	Project string `placeholder:"NAME" help:"The project whose key it is; none for an operator's."`
}

// Help is what --help adds.
func (keyRevokeCommand) Help() string {
	return "  bellwether key revoke 069kq0vmbg7q2p4e --project shop"
}

// Run ends the key.
func (c *keyRevokeCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, writes, func(ctx context.Context, in *installation) error {
		return in.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			key, err := account.Revoke(ctx, tx, audit.Program("cli"), ident.ProjectID(c.Project), account.KeyID(c.Key), p.Now())
			if err == nil {
				fmt.Fprintf(p.Out, "Key %s, %s, was revoked on %s.\n", key.ID, reach(key), stamp(key.RevokedAt))
			}
			return err
		})
	})
}
