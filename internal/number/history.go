package number

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Step is a change of a number's state. An empty state stands for a number that was not, or is no longer, known.
type Step struct {
	At       time.Time
	By       string // who did it: an API key, a command, a rule
	From, To State
	Until    time.Time       // of a quarantine with an end
	Project  ident.ProjectID // who held it after, or before, the change
}

// History lists what happened to a number, oldest first. It outlives the number's place in the registry.
func History(ctx context.Context, q store.Querier, number string) (steps []Step, err error) {
	return steps, store.EachRow(ctx, q, `SELECT at, by_whom, from_state, to_state, until_at, project_id FROM number_history WHERE number = $1 ORDER BY id`,
		[]any{number}, func(rows *sql.Rows) error {
			var step Step
			var at, until int64
			err := rows.Scan(&at, &step.By, &step.From, &step.To, &until, &step.Project)
			step.At = instant(at)
			if until != never {
				step.Until = instant(until)
			}
			steps = append(steps, step)
			return err
		})
}

var historyColumns = []string{"number", "id", "at", "by_whom", "from_state", "to_state", "until_at", "project_id"}

// step is the row of history for a change to what e is now.
func (s *Service) step(from State, e Entry, by string, at time.Time) []any {
	return []any{e.Number, s.ids.Next(at), at.UnixMicro(), by, string(from), string(e.State), e.until(), string(e.Project)}
}

// note keeps a change and tells the pages of the project it concerns.
func (s *Service) note(ctx context.Context, tx *store.Tx, from State, e Entry, by string, at time.Time) error {
	if err := tell(ctx, tx, e.Project); err != nil {
		return err
	}
	return tx.Insert(ctx, "number_history", historyColumns, [][]any{s.step(from, e, by, at)})
}

// move brings an entry, whose row is locked, into another state, notes it and gives what it is then. What else the caller
// changed in the entry is stored with it. Where it goes to nobody, its project is forgotten and the label with it.
func (s *Service) move(ctx context.Context, tx *store.Tx, e Entry, to State, by string, at time.Time) (Entry, error) {
	from, noted := e.State, e.Project
	e.State, e.Since = to, at
	if to != Quarantine {
		e.Until = time.Time{}
	}
	if to == Free || to == Retired {
		e.Project, e.Label, e.HeldSince = "", "", time.Time{}
	}
	_, err := tx.Exec(ctx, `UPDATE number_registry SET state = $2, until_at = $3, project_id = $4, label = $5, held_since = $6, since = $7 WHERE number = $1`,
		e.Number, string(e.State), e.until(), string(e.Project), e.Label, micros(e.HeldSince), micros(e.Since))
	if err != nil {
		return e, err
	}
	told := e
	told.Project = noted
	return e, s.note(ctx, tx, from, told, by, at)
}
