package number

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Changed is the topic of an event that every change of a project's numbers emits: for open pages, which look anew.
const Changed = "number.changed"

// tell tells open pages that a project's numbers changed; of a number that is nobody's there is nobody to tell.
func tell(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if id == "" {
		return nil
	}
	return event.Emit(ctx, tx, event.Event{Project: id, Topic: Changed, Body: json.RawMessage("{}")})
}

// byFollow is who follows projects' states, in the history.
const byFollow = "state of the project"

// Subscriber follows projects through quarantine, release and back (Rule N-08).
func (s *Service) Subscriber() event.Subscriber {
	return event.Subscriber{Name: "number", Topics: []string{"billing.state_changed"}, Handle: s.follow}
}

func (s *Service) follow(ctx context.Context, e event.Event) error {
	var change billing.Transition
	if err := json.Unmarshal(e.Body, &change); err != nil {
		return err
	}
	if !keepsNumbers(change.From) && !keepsNumbers(change.To) {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.Settle(ctx, tx, e.Project, e.At) })
}

// keepsNumbers: coming into or out of these states changes where numbers stand.
func keepsNumbers(state billing.State) bool {
	return state == billing.Quarantine || state == billing.Released
}

// Settle makes a project's numbers follow its state (Rule N-08): held by one in quarantine they rest without a date, held
// by any other they are rented; those that billing took away are free where the project was released, and rest where it
// was not. It looks at what is, not at what was told, so it may run twice, or late.
func (s *Service) Settle(ctx context.Context, tx *store.Tx, id ident.ProjectID, at time.Time) error {
	if err := tx.May(ident.ProjectOrg(id), forStock...); err != nil {
		return err
	}
	entries, err := query(ctx, tx, `WHERE project_id = $1 AND owner = 'operator' AND (state = 'rented' OR state = 'quarantine' AND until_at = $2)
		ORDER BY number FOR UPDATE`, string(id), never)
	if err != nil || len(entries) == 0 {
		return err
	}
	standing, err := billing.GetStanding(ctx, tx, id)
	if err != nil {
		return err
	}
	numbers, err := s.billing.Numbers(ctx, tx, id)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, n := range numbers {
		held[n.Number] = true
	}
	for _, e := range entries {
		if err := s.settle(ctx, tx, e, standing.State, held[e.Number], at); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) settle(ctx context.Context, tx *store.Tx, e Entry, state billing.State, held bool, at time.Time) (err error) {
	switch {
	case !held && state != billing.Released:
		return s.rest(ctx, tx, e, byFollow, at)
	case !held:
		_, err = s.move(ctx, tx, e, Free, byFollow, at)
	case state == billing.Quarantine && e.State == Rented:
		_, err = s.move(ctx, tx, e, Quarantine, byFollow, at)
	case state != billing.Quarantine && e.State == Quarantine:
		_, err = s.move(ctx, tx, e, Rented, byFollow, at)
	}
	return err
}
