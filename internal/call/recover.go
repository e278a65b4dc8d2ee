package call

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Silence is how long a call may go without a heartbeat before its node counts as dead.
const Silence = 30 * time.Second

// recoverPage is how many calls one transaction closes.
const recoverPage = 200

// Recover closes the calls whose heartbeat stopped, each at its last one (Rule T-102). It may run on several nodes and as
// often as it likes.
func Recover(ctx context.Context, db *store.DB, now time.Time) (closed int, err error) {
	return recoverAll(ctx, db, `o.heartbeat_at < $1`, micros(now.Add(-Silence)))
}

// RecoverNode closes the calls that a node had before it was started at an instant, and that nobody has beaten for since
// another one: nobody but a process of that name that still drains would.
func RecoverNode(ctx context.Context, db *store.DB, node string, started, unheard time.Time) (closed int, err error) {
	return recoverAll(ctx, db, `o.heartbeat_at < $1 AND o.node = $2 AND o.call_id < $3`, micros(unheard), node, from(started))
}

// recoverAll closes the calls of a condition, page by page.
func recoverAll(ctx context.Context, db *store.DB, where string, args ...any) (closed int, err error) {
	for n := recoverPage; n == recoverPage && err == nil; closed += n {
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = recoverSome(ctx, tx, where, args)
			return err
		})
	}
	return closed, err
}

func recoverSome(ctx context.Context, tx *store.Tx, where string, args []any) (int, error) {
	silent, err := queryLive(ctx, tx, where+` ORDER BY o.heartbeat_at LIMIT `+strconv.Itoa(recoverPage), args...)
	if err != nil {
		return 0, err
	}
	for _, l := range silent {
		if err := l.abandon(ctx, tx); err != nil {
			return 0, err
		}
	}
	return len(silent), nil
}

// abandon closes a call at its last heartbeat. What its legs need to be hung up stays with them.
func (l Live) abandon(ctx context.Context, tx *store.Tx) error {
	c, err := lock(ctx, tx, l.Project, l.ID)
	if err != nil || !c.Open() {
		return err
	}
	at, err := l.lastKnown(ctx, tx, c)
	if err != nil {
		return err
	}
	r := Closing{Status: Failed, AnsweredAt: c.AnsweredAt, EndedAt: at, EndedBy: BySystem}
	if !c.AnsweredAt.IsZero() {
		r.Status = Answered
	}
	events, err := eventsOf(ctx, tx, c)
	if err != nil {
		return err
	}
	r.Part = Part{Seq: len(events), Events: []Event{{At: at, Code: NodeLost}}}
	if _, err := tx.Exec(ctx, `UPDATE call_leg SET ended_at = $3 WHERE project_id = $1 AND call_id = $2 AND ended_at = 0`,
		string(c.Project), int64(c.ID), micros(at)); err != nil {
		return err
	}
	c.Recovered = true
	return c.end(ctx, tx, r, false)
}

// lastKnown is the last instant at which the call is known to have gone on: its heartbeat, its answer, or the end of a leg that was charged.
func (l Live) lastKnown(ctx context.Context, tx *store.Tx, c Call) (at time.Time, err error) {
	var ended int64
	if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(ended_at), 0) FROM call_leg WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)).Scan(&ended); err != nil {
		return at, err
	}
	at = l.HeartbeatAt
	for _, later := range []time.Time{c.AnsweredAt, instant(ended)} {
		if at.Before(later) {
			at = later
		}
	}
	return at, nil
}

// Dangling is a leg that a node left behind when it died: its far end may still believe to be connected.
type Dangling struct {
	Ref
	Leg Leg
}

// Danglings are the legs of ended calls that still have to be hung up, the oldest first: the first page of them, or that after another.
func Danglings(ctx context.Context, q store.Querier, after Dangling, limit int) (list []Dangling, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+legList+` FROM call_leg AS l WHERE dialog <> '' AND ended_at > 0 AND (call_id, project_id, leg) > ($1, $2, $3) AND NOT EXISTS
		(SELECT 1 FROM call_open AS o WHERE o.project_id = l.project_id AND o.call_id = l.call_id) ORDER BY call_id, project_id, leg LIMIT $4`,
		[]any{int64(after.ID), string(after.Project), after.Leg.N, limit}, func(rows *sql.Rows) error {
			var of Call
			l, err := scanLeg(rows.Scan, &of)
			list = append(list, Dangling{Ref{of.Project, of.ID}, l})
			return err
		})
}

// HungUpLeg notes that a dangling leg was ended.
func HungUpLeg(ctx context.Context, tx *store.Tx, project ident.ProjectID, id ID, leg int64) error {
	_, err := tx.Exec(ctx, `UPDATE call_leg SET dialog = '' WHERE project_id = $1 AND call_id = $2 AND leg = $3`, string(project), int64(id), leg)
	return err
}
