package event

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Event tells that something happened in a project, or in an agency or the installation.
type Event struct {
	ID       int64           // given by Emit; a handler that must act once remembers it
	Position int64           // given after the commit: the order of delivery
	Project  ident.ProjectID // empty for what happened in none
	Topic    string          // "project.suspended"
	Body     json.RawMessage // what happened; its shape belongs to the topic
	At       time.Time       // when it happened; zero for the time of the transaction
}

var sequence ident.Sequence

var outboxColumns = []string{"project_id", "id", "position", "topic", "body", "at"}

// Emit stores events with the change they tell of. They are delivered after tx is committed, in the order of emission.
// An event without a topic, or whose body is not JSON, is refused with event.malformed.
func Emit(ctx context.Context, tx *store.Tx, events ...Event) error {
	rows := make([][]any, 0, len(events))
	for _, e := range events {
		if e.Topic == "" || !json.Valid(e.Body) {
			return errs.New(errs.Internal, "event.malformed", "an event needs a topic and a JSON body").At(e.Topic)
		}
		at := e.At
		if at.IsZero() {
			at = tx.Now()
		}
		rows = append(rows, []any{string(e.Project), sequence.Next(tx.Now()), 0, e.Topic, string(e.Body), at.UnixMicro()})
	}
	return tx.Insert(ctx, "event_outbox", outboxColumns, rows)
}

// New makes an event whose body is the JSON of a value.
func New(project ident.ProjectID, topic string, body any) (Event, error) {
	text, err := json.Marshal(body)
	return Event{Project: project, Topic: topic, Body: text}, err
}
