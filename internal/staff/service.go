package staff

import (
	"context"
	"io"

	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/recall"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Registrar drops registrations. The SIP side implements it.
type Registrar interface {
	// Drop ends what is registered with accounts that no longer open, at once. Calls that run go on.
	Drop(userNames ...string)
}

// Service is employees and their accounts on a database. Its methods are safe for concurrent use.
type Service struct {
	Vault     *vault.Vault
	Random    io.Reader
	Registrar Registrar // nil while there is none

	db       *store.DB
	accounts *recall.Memory[string, Account]
	rosters  *recall.Memory[ident.ProjectID, *Roster]
}

const (
	rememberedAccounts = 20_000
	rememberedRosters  = 1_000
)

// New makes a service.
func New(db *store.DB, v *vault.Vault, random io.Reader) *Service {
	return &Service{
		Vault: v, Random: random, db: db,
		accounts: recall.NewMemory[string, Account](rememberedAccounts), rosters: recall.NewMemory[ident.ProjectID, *Roster](rememberedRosters),
	}
}

// Closed tells the registrar of this node that accounts no longer open or have another password. A surface calls it after
// the change is stored; other nodes learn by the event, and by asking Standing.
func (s *Service) Closed(userNames ...string) {
	for _, user := range userNames {
		s.accounts.Forget(user)
	}
	if s.Registrar != nil && len(userNames) > 0 {
		s.Registrar.Drop(userNames...)
	}
}

// Changed forgets what is remembered of a project, so that a change counts at once on this node.
func (s *Service) Changed(project ident.ProjectID) { s.rosters.Forget(project) }

func emit(ctx context.Context, tx *store.Tx, project ident.ProjectID, topic string, body any) error {
	e, err := event.New(project, topic, body)
	if err != nil {
		return err
	}
	return event.Emit(ctx, tx, e)
}

// closing is the body of the event that accounts were closed.
type closing struct {
	Accounts []string `json:"accounts"`
}

func tellClosed(ctx context.Context, tx *store.Tx, project ident.ProjectID, userNames []string) error {
	if len(userNames) == 0 {
		return nil
	}
	return emit(ctx, tx, project, topicShut, closing{userNames})
}
