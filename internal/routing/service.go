package routing

import (
	"context"
	"io"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/recall"
	"bellwether/internal/store"
)

// Service is the decisions about calls on a database. Its methods are safe for concurrent use.
type Service struct {
	Billing *billing.Service
	Files   string // folder of the prompts' files
	Random  io.Reader
	History History // of calls, for the dry run; nil while there is none
	// AsksOwner reports whether a project asks a CRM whose a client is, for the dry run; nil while nobody can.
	AsksOwner func(ctx context.Context, q store.Querier, project ident.ProjectID) (bool, error)

	db    *store.DB
	plans *recall.Memory[string, *Plan]
}

const rememberedPlans = 5_000

// New makes a service whose prompts lie in a folder.
func New(db *store.DB, b *billing.Service, files string, random io.Reader) *Service {
	return &Service{Billing: b, Files: files, Random: random, db: db, plans: recall.NewMemory[string, *Plan](rememberedPlans)}
}

// may asks for a right in a project.
func may(p access.Permit, a access.Action, o access.Object) error {
	if _, err := p.May(a, o); err != nil {
		return err
	}
	if p.Org.Kind != ident.ProjectKind {
		return errs.New(errs.Denied, "access.denied", "schemes belong to projects").Try("open a project's page")
	}
	return nil
}

// topicChanged is told after each change, for whoever keeps something of it.
const topicChanged = "routing.changed"

// note writes the trail and tells of the change.
func note(ctx context.Context, tx *store.Tx, p access.Permit, object, id, action string, before, after any, at time.Time) error {
	e, err := event.New(p.Org.Project(), topicChanged, map[string]any{"object": object, "id": id})
	if err != nil {
		return err
	}
	if err := event.Emit(ctx, tx, e); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: object, ObjectID: id, Action: action, Before: before, After: after})
}
