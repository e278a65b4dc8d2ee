package webhook

import (
	"context"
	"io"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/recall"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Service is webhooks on a database. Its methods are safe for concurrent use.
type Service struct {
	Vault   *vault.Vault
	Random  io.Reader
	Origin  string // the address people open, for links in messages: "https://cabinet.example.com"
	Private bool   // the operator lets some private network be reached
	// Off is told of an endpoint that was switched off by itself, in the transaction that does so, to mail it; nil for nobody.
	Off func(ctx context.Context, tx *store.Tx, e Endpoint) error

	db, events *store.DB
	ids        ident.Sequence
	known      *recall.Memory[ident.ProjectID, []Endpoint]
}

const rememberedProjects = 10_000

// New makes a service on the core and on the events, where leads are.
func New(db, events *store.DB, v *vault.Vault, random io.Reader) *Service {
	return &Service{Vault: v, Random: random, db: db, events: events, known: recall.NewMemory[ident.ProjectID, []Endpoint](rememberedProjects)}
}

const object = "webhook"

// may asks for the rights to have things told (Rule W-02): to set up the project, and to see all of what is told. Errors: errs.Denied
// `access.denied`.
func may(p access.Permit) error {
	if p.Org.Kind != ident.ProjectKind {
		return errs.New(errs.Denied, "access.denied", "webhooks belong to projects").Try("open a project's page")
	}
	if _, err := p.May(access.Edit, access.Settings); err != nil {
		return err
	}
	for _, o := range []access.Object{access.Calls, access.Clients, access.Funds} {
		reach, err := p.May(access.View, o)
		if err != nil {
			return err
		}
		if reach.Level != access.All {
			return errs.New(errs.Denied, "access.denied", "this needs the right to view all: %s", o).With("action", access.View.String()).With("object", o.String())
		}
	}
	return nil
}

// Changed forgets what is remembered of a project, so that a change counts at once on this node, within seconds on the others.
func (s *Service) Changed(id ident.ProjectID) { s.known.Forget(id) }

// Wanted reports whether a project has something told, as far as was known within the last seconds.
func (s *Service) Wanted(ctx context.Context, id ident.ProjectID, at time.Time) (bool, error) {
	all, err := s.wanted(ctx, id, at)
	return len(all) > 0, err
}

// wanted are the endpoints of a project that are on.
func (s *Service) wanted(ctx context.Context, id ident.ProjectID, at time.Time) ([]Endpoint, error) {
	if all, ok := s.known.Get(id, at); ok {
		return all, nil
	}
	all, err := enabled(ctx, s.db, id)
	if err == nil {
		s.known.Put(id, all, at)
	}
	return all, err
}

func note(ctx context.Context, tx *store.Tx, by audit.Actor, e Endpoint, action string, before, after any, at time.Time) error {
	return audit.Write(ctx, tx, by, at, audit.Change{Org: ident.ProjectOrg(e.Project), Object: object, ObjectID: string(e.ID), Action: action, Before: before, After: after})
}
