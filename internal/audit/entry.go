package audit

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Change is what an actor did.
type Change struct {
	Org      ident.Org // whose trail it belongs to; none for a person's own matters, such as a password
	Object   string    // what kind of thing: "invitation"
	ObjectID string    // which one
	Action   string    // what was done to it: "revoke"
	Before   any       // the thing before, as JSON; nil where it was not there
	After    any       // and after; nil where it is gone
}

// Entry is a change in the trail.
type Entry struct {
	ID       int64 // grows with time
	At       time.Time
	Actor    Actor
	Org      ident.Org
	Object   string
	ObjectID string
	Action   string
	Before   json.RawMessage // null where the thing was not there
	After    json.RawMessage
}

var sequence ident.Sequence

var columns = []string{
	"org", "id", "at", "user_id", "key_id", "viewing_as", "part", "address", "agent", "request_id", "action", "object", "object_id", "before", "after",
}

// Write adds changes by one actor to the trail, in the transaction that makes them.
func Write(ctx context.Context, tx *store.Tx, by Actor, at time.Time, changes ...Change) error {
	if !by.isSomebody() {
		return errs.New(errs.Internal, "audit.nobody", "a change without somebody who makes it")
	}
	rows := make([][]any, len(changes))
	for i, c := range changes {
		before, err := clean(c.Before)
		if err != nil {
			return err
		}
		after, err := clean(c.After)
		if err != nil {
			return err
		}
		rows[i] = []any{
			c.Org.String(), sequence.Next(tx.Now()), at.UnixMicro(), by.User, by.Key, by.ViewingAs, by.Part, bounded(by.Address), bounded(by.Agent),
			bounded(by.Request), c.Action, c.Object, bounded(c.ObjectID), before, after,
		}
	}
	return tx.Insert(ctx, "audit_entry", columns, rows)
}
