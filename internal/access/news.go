package access

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Changed is the topic of an event that every change of people, invitations, roles, departments and seats emits, of whatever organisation:
// for open pages, which look anew. What it was is told to other domains by topics of their own.
const Changed = "access.changed"

// ChangedIn is the organisation that an event of the topic Changed tells of.
func ChangedIn(e event.Event) (ident.Org, error) {
	var told changed
	err := json.Unmarshal(e.Body, &told)
	return readOrg(told.Org), err
}

type changed struct {
	Org string `json:"org"`
}

// record writes a change of an organisation's people into the trail and tells open pages of it.
func record(ctx context.Context, tx *store.Tx, by audit.Actor, at time.Time, change audit.Change) error {
	e, err := event.New(change.Org.Project(), Changed, changed{change.Org.String()})
	if err != nil {
		return err
	}
	if err := event.Emit(ctx, tx, e); err != nil {
		return err
	}
	return audit.Write(ctx, tx, by, at, change)
}

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
