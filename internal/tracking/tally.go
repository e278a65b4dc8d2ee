package tracking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Tally tells billing of visits (Rule C-84): each visit of a person counts once, as a session of the usage day on which it is told of.
type Tally struct {
	Core, Events *store.DB
	Billing      *billing.Service
}

// settled is how old a visit is before it is counted: by then whatever had an earlier id is committed, and it was heard of again if ever.
const settled = time.Minute

// session is the condition under which a visit v with its activity a is a session (Rule C-84).
var session = fmt.Sprintf(`v.bot = '' AND a.hits > 1 AND (a.last_at - v.visit_id / %d >= %d OR a.numbers NOT LIKE '%% %s %%')`, 1<<idBits, aliveAfter.Microseconds(), howWithheld)

// Run tells of the visits of all projects since the last time and says how many they were. A project that cannot be told of is left for the next
// time; the first error is returned after all had their turn.
func (t *Tally) Run(ctx context.Context, at time.Time) (told int64, err error) {
	projects, err := Visited(ctx, t.Events)
	if err != nil {
		return 0, err
	}
	unlived, err := project.UnlivedDemos(ctx, t.Core) // who lives their story tells of them too, by its own clock
	if err != nil {
		return 0, err
	}
	for _, id := range projects {
		if slices.Contains(unlived, id) {
			continue
		}
		n, failed := t.Tell(ctx, id, at)
		told += n
		if err == nil {
			err = failed
		}
	}
	return told, err
}

// claim is a report under way: the visits behind done, up to and with to.
type claim struct {
	done, to, visits int64
}

// Tell tells of the visits of one project and says how many they were. The claim is written first and its name is the report's: a crash between the two databases repeats the
// report, which billing counts once.
func (t *Tally) Tell(ctx context.Context, id ident.ProjectID, at time.Time) (int64, error) {
	c, err := t.claim(ctx, id, at)
	if err != nil || c.to == c.done {
		return 0, err
	}
	if c.visits > 0 {
		report := billing.SessionReport{ID: fmt.Sprintf("visits/%d", c.to), Count: c.visits}
		if err := t.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := t.Billing.ReportSessions(ctx, tx, id, report, at)
			return err
		}); err != nil {
			return 0, err
		}
	}
	return c.visits, t.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tracking_tally SET done_to = claim_to, visits = 0 WHERE project_id = $1 AND claim_to = $2`, string(id), c.to)
		return err
	})
}

// claim takes up the report under way, or begins the next.
func (t *Tally) claim(ctx context.Context, id ident.ProjectID, at time.Time) (c claim, err error) {
	err = t.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c = claim{}
		err := tx.QueryRow(ctx, `SELECT done_to, claim_to, visits FROM tracking_tally WHERE project_id = $1 FOR UPDATE`, string(id)).Scan(&c.done, &c.to, &c.visits)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || c.to > c.done {
			return err
		}
		// What is told as of an instant must be of visits that are all there: those of a transaction under way have later ids.
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(v.visit_id), $1), CAST(COALESCE(SUM(CASE WHEN `+session+` THEN 1 ELSE 0 END), 0) AS BIGINT) FROM tracking_visit AS v
			JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id WHERE v.project_id = $2 AND v.visit_id > $3 AND v.visit_id < $4`, c.done, string(id), c.done, earliest(at.Add(-settled))).Scan(&c.to, &c.visits); err != nil {
			return err
		}
		if c.to == c.done {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO tracking_tally (project_id, done_to, claim_to, visits) VALUES ($1, $2, $3, $4)
			ON CONFLICT (project_id) DO UPDATE SET claim_to = excluded.claim_to, visits = excluded.visits`, string(id), c.done, c.to, c.visits)
		return err
	})
	return c, err
}
