package tracking

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Service sets call tracking up. Its methods are safe for concurrent use.
type Service struct {
	Random io.Reader

	billing *billing.Service
	ids     ident.Sequence // of what people tell of
}

// New makes a service.
func New(b *billing.Service, random io.Reader) *Service { return &Service{Random: random, billing: b} }

// Changed is the topic of an event that every change of a project's call tracking emits.
const Changed = "tracking.changed"

// What changes are called in the trail.
const (
	objectSite   = "tracking_site"
	objectPool   = "tracking_pool"
	objectNumber = "tracking_number"
	objectRules  = "tracking_rules"
)

// may asks for a right about pools, sites and rules, which only projects have.
func may(p access.Permit, a access.Action) error {
	if _, err := p.May(a, access.Pools); err != nil {
		return err
	}
	if p.Org.Project() == "" {
		return errs.New(errs.Denied, "access.denied", "call tracking belongs to a project")
	}
	return nil
}

// changed notes a change in the trail, makes readers look anew and tells open pages.
func changed(ctx context.Context, tx *store.Tx, p access.Permit, c audit.Change, at time.Time) error {
	if err := bump(ctx, tx, p.Org.Project()); err != nil {
		return err
	}
	c.Org = p.Org
	if err := audit.Write(ctx, tx, p.Actor(), at, c); err != nil {
		return err
	}
	return event.Emit(ctx, tx, event.Event{Project: p.Org.Project(), Topic: Changed, Body: json.RawMessage("{}")})
}

// bump makes readers look anew.
func bump(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	_, err := tx.Exec(ctx, `INSERT INTO tracking_revision (project_id, revision) VALUES ($1, 1)
		ON CONFLICT (project_id) DO UPDATE SET revision = tracking_revision.revision + 1`, string(id))
	return err
}

// revision is how often a project's call tracking was changed.
func revision(ctx context.Context, q store.Querier, id ident.ProjectID) (n int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE((SELECT revision FROM tracking_revision WHERE project_id = $1), 0)`, string(id)).Scan(&n)
	return n, err
}

func (s *Service) newID(at time.Time) (string, error) { return account.NewID(s.Random, at) }

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}
