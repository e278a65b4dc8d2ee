package webhook

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Add makes an endpoint and the secret that proves to it who calls, which is shown now and never again. Errors: errs.Denied
// `access.denied`; errs.Invalid `webhook.bad_setting`, `webhook.private_address` with the field; errs.Conflict `webhook.too_many`.
func (s *Service) Add(ctx context.Context, tx *store.Tx, p access.Permit, e Endpoint, at time.Time) (made Endpoint, secret string, err error) {
	if err := may(p); err != nil {
		return Endpoint{}, "", err
	}
	all, err := list(ctx, tx, p.Org.Project(), "")
	if err != nil {
		return Endpoint{}, "", err
	}
	if len(all) >= mostOf {
		return Endpoint{}, "", errs.New(errs.Conflict, "webhook.too_many", "there are at most %d webhooks", mostOf)
	}
	if err := e.check(s.Private); err != nil {
		return Endpoint{}, "", err
	}
	id, err := account.NewID(s.Random, at)
	if err != nil {
		return Endpoint{}, "", err
	}
	e = Endpoint{ID: EndpointID(id), Project: p.Org.Project(), Name: e.Name, URL: e.URL, Kinds: e.Kinds, Enabled: e.Enabled, MadeAt: at}
	secret, sealed, err := s.newSecret(e.ID)
	if err != nil {
		return Endpoint{}, "", err
	}
	if err := beginLeads(ctx, tx, e.Project); err != nil {
		return Endpoint{}, "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhook_endpoint (endpoint_id, project_id, name, url, kinds, enabled, secret, old_secret, old_until, made_at, failing_at, off_why, off_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, 0, '', 0)`, id, string(e.Project), e.Name, e.URL, joinKinds(e.Kinds), e.Enabled, sealed, at.UnixMicro())
	if err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, note(ctx, tx, p.Actor(), e, "create", nil, e.kept(), at)
}

func (s *Service) newSecret(id EndpointID) (secret, sealed string, err error) {
	if secret, err = NewSecret(s.Random); err != nil {
		return "", "", err
	}
	sealed, err = s.Vault.Seal(s.Random, secretOwner(id), []byte(secret))
	return secret, sealed, err
}

// Edit makes name, address, kinds and whether it is on what is given. Switched on, it counts as well. Errors as Add, and errs.NotFound
// `webhook.none`.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, p access.Permit, e Endpoint, at time.Time) (Endpoint, error) {
	if err := may(p); err != nil {
		return Endpoint{}, err
	}
	before, err := get(ctx, tx, p.Org.Project(), e.ID)
	if err != nil {
		return Endpoint{}, err
	}
	if err := e.check(s.Private); err != nil {
		return Endpoint{}, err
	}
	after := before
	after.Name, after.URL, after.Kinds, after.Enabled = e.Name, e.URL, e.Kinds, e.Enabled
	if after.Enabled && !before.Enabled || after.URL != before.URL {
		after.FailingAt, after.OffWhy, after.OffAt = time.Time{}, "", time.Time{}
	}
	if err := beginLeads(ctx, tx, before.Project); err != nil {
		return Endpoint{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE webhook_endpoint SET name = $2, url = $3, kinds = $4, enabled = $5, failing_at = $6, off_why = $7, off_at = $8 WHERE endpoint_id = $1`,
		string(e.ID), after.Name, after.URL, joinKinds(after.Kinds), after.Enabled, micros(after.FailingAt), string(after.OffWhy), micros(after.OffAt))
	if err != nil {
		return Endpoint{}, err
	}
	return after, note(ctx, tx, p.Actor(), after, "edit", before.kept(), after.kept(), at)
}

// Rotate makes a new secret; the one before signs beside it for a day, so that the receiver can be changed in between (Rule W-03).
// Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`.
func (s *Service) Rotate(ctx context.Context, tx *store.Tx, p access.Permit, id EndpointID, at time.Time) (e Endpoint, secret string, err error) {
	if err := may(p); err != nil {
		return Endpoint{}, "", err
	}
	if e, err = get(ctx, tx, p.Org.Project(), id); err != nil {
		return Endpoint{}, "", err
	}
	secret, sealed, err := s.newSecret(id)
	if err != nil {
		return Endpoint{}, "", err
	}
	e.OldUntil = at.Add(BothSign)
	if _, err := tx.Exec(ctx, `UPDATE webhook_endpoint SET old_secret = secret, old_until = $2, secret = $3 WHERE endpoint_id = $1`, string(id), micros(e.OldUntil), sealed); err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, note(ctx, tx, p.Actor(), e, "new secret", nil, nil, at)
}

// Remove ends an endpoint with what waited for it. Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, p access.Permit, id EndpointID, at time.Time) (Endpoint, error) {
	if err := may(p); err != nil {
		return Endpoint{}, err
	}
	e, err := get(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return Endpoint{}, err
	}
	for _, table := range []string{"webhook_delivery", "webhook_endpoint"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE endpoint_id = $1`, string(id)); err != nil {
			return Endpoint{}, err
		}
	}
	return e, note(ctx, tx, p.Actor(), e, "delete", e.kept(), nil, at)
}

// Get reads an endpoint. Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`.
func Get(ctx context.Context, q store.Querier, p access.Permit, id EndpointID) (Endpoint, error) {
	if err := may(p); err != nil {
		return Endpoint{}, err
	}
	return get(ctx, q, p.Org.Project(), id)
}

// List reads a project's endpoints, the oldest first. Errors: errs.Denied `access.denied`.
func List(ctx context.Context, q store.Querier, p access.Permit) ([]Endpoint, error) {
	if err := may(p); err != nil {
		return nil, err
	}
	return list(ctx, q, p.Org.Project(), "")
}

func get(ctx context.Context, q store.Querier, project ident.ProjectID, id EndpointID) (Endpoint, error) {
	e, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM webhook_endpoint WHERE endpoint_id = $1 AND project_id = $2`, string(id), string(project)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Endpoint{}, errs.New(errs.NotFound, "webhook.none", "there is no webhook %.40q", string(id)).At(object)
	}
	return e, err
}

func enabled(ctx context.Context, q store.Querier, project ident.ProjectID) ([]Endpoint, error) {
	return list(ctx, q, project, " AND enabled = 1")
}

const columns = `endpoint_id, project_id, name, url, kinds, enabled, made_at, old_until, failing_at, off_why, off_at`

func list(ctx context.Context, q store.Querier, project ident.ProjectID, more string) (all []Endpoint, err error) {
	return all, store.EachRow(ctx, q, `SELECT `+columns+` FROM webhook_endpoint WHERE project_id = $1`+more+` ORDER BY made_at, endpoint_id`, []any{string(project)}, func(rows *sql.Rows) error {
		e, err := scan(rows.Scan)
		all = append(all, e)
		return err
	})
}

func scan(read func(...any) error) (e Endpoint, err error) {
	var kinds string
	var on, made, old, failing, off int64
	err = read(&e.ID, &e.Project, &e.Name, &e.URL, &kinds, &on, &made, &old, &failing, &e.OffWhy, &off)
	e.Kinds, e.Enabled, e.MadeAt, e.OldUntil, e.FailingAt, e.OffAt = splitKinds(kinds), on == 1, instant(made), instant(old), instant(failing), instant(off)
	return e, err
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Forget removes the webhooks of a project and what was told. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, table := range []string{"webhook_delivery", "webhook_message", "webhook_endpoint", "webhook_lead", "webhook_crm"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE project_id = $1", string(id)); err != nil {
			return err
		}
	}
	return nil
}
