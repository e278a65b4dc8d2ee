package access

import (
	"context"

	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// emit tells other domains what happened in a project. Agencies and the operator have no subscribers.
func emit(ctx context.Context, tx *store.Tx, org ident.Org, topic string, body any) error {
	if org.Kind != ident.ProjectKind {
		return nil
	}
	e, err := event.New(org.Project(), topic, body)
	if err != nil {
		return err
	}
	return event.Emit(ctx, tx, e)
}
