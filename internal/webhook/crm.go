package webhook

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CRM is who is asked which employee a calling client belongs to (Rule W-12). The zero value asks nobody.
type CRM struct {
	URL     string        `json:"url"`
	Enabled bool          `json:"enabled"`
	Wait    time.Duration `json:"wait"` // how long a call waits for the answer
}

const (
	usualWait = time.Second
	leastWait = 100 * time.Millisecond
	// MostWait is the longest that a call waits.
	MostWait  = 3 * time.Second
	objectCRM = "crm"
)

func crmOwner(id ident.ProjectID) string { return "crm of " + string(id) }

// GetCRM reads whom a project asks. Errors: errs.Denied `access.denied`.
func GetCRM(ctx context.Context, q store.Querier, p access.Permit) (CRM, error) {
	if err := may(p); err != nil {
		return CRM{}, err
	}
	c, _, err := readCRM(ctx, q, p.Org.Project())
	return c, err
}

func readCRM(ctx context.Context, q store.Querier, id ident.ProjectID) (c CRM, sealed string, err error) {
	var on, wait int64
	err = q.QueryRow(ctx, `SELECT url, enabled, wait, secret FROM webhook_crm WHERE project_id = $1`, string(id)).Scan(&c.URL, &on, &wait, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return CRM{Wait: usualWait}, "", nil
	}
	c.Enabled, c.Wait = on == 1, time.Duration(wait)*time.Microsecond
	return c, sealed, err
}

// SetCRM decides whom a project asks. The first time, and where fresh is wanted, it makes the secret that signs the questions, which is
// shown now and never again. Errors: errs.Denied `access.denied`; errs.Invalid `webhook.bad_setting`, `webhook.private_address` with the
// field.
func (s *Service) SetCRM(ctx context.Context, tx *store.Tx, p access.Permit, c CRM, fresh bool, at time.Time) (secret string, err error) {
	if err := may(p); err != nil {
		return "", err
	}
	if c.Wait == 0 {
		c.Wait = usualWait
	}
	if c.Wait < leastWait || c.Wait > MostWait {
		return "", bad("wait_ms", "a call waits from %d ms to %d ms", leastWait.Milliseconds(), MostWait.Milliseconds())
	}
	if err := CheckURL(c.URL, s.Private); err != nil {
		return "", err
	}
	id := p.Org.Project()
	before, sealed, err := readCRM(ctx, tx, id)
	if err != nil {
		return "", err
	}
	if sealed == "" || fresh {
		if secret, err = NewSecret(s.Random); err != nil {
			return "", err
		}
		if sealed, err = s.Vault.Seal(s.Random, crmOwner(id), []byte(secret)); err != nil {
			return "", err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhook_crm (project_id, url, enabled, wait, secret) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (project_id) DO UPDATE SET url = excluded.url, enabled = excluded.enabled, wait = excluded.wait, secret = excluded.secret`,
		string(id), c.URL, c.Enabled, c.Wait.Microseconds(), sealed)
	if err != nil {
		return "", err
	}
	return secret, audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: objectCRM, ObjectID: string(id), Action: "edit", Before: before.kept(), After: c.kept()})
}

// kept is a CRM as the trail has it.
func (c CRM) kept() any {
	return map[string]any{"url": c.URL, "enabled": c.Enabled, "wait_ms": c.Wait.Milliseconds()}
}

// Asks is whom a project asks and what signs the question; ok is false where it asks nobody.
func (s *Service) Asks(ctx context.Context, id ident.ProjectID) (c CRM, key []byte, ok bool, err error) {
	c, sealed, err := readCRM(ctx, s.db, id)
	if err != nil || sealed == "" || !c.Enabled {
		return c, nil, false, err
	}
	plain, err := s.Vault.Open(crmOwner(id), sealed)
	return c, Key(string(plain)), err == nil, err
}

// AsksOwner reports whether a project asks a CRM, for the dry run, which asks nobody.
func AsksOwner(ctx context.Context, q store.Querier, id ident.ProjectID) (bool, error) {
	c, sealed, err := readCRM(ctx, q, id)
	return c.Enabled && sealed != "", err
}

// NobodyAsked is the answer where a project asks nobody.
func NobodyAsked() error {
	return errs.New(errs.Conflict, "webhook.nobody_asked", "no CRM is asked").At("crm").Try("set its address and switch it on first")
}
