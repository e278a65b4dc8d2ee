package billing

import (
	"context"
	"errors"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Night closes due days for every project: what runs shortly after each local midnight, and what catches up after
// downtime (Rule B-10). Several nodes may run it at once.
type Night struct {
	Billing *Service
	DB      *store.DB
	// Progress, where set, hears of every batch: what was done so far.
	Progress func(done int64)
	// Parked, where set, hears of every day that could not be closed.
	Parked func(id ident.ProjectID, reason error)
}

// page is how many due projects are looked up at a time, group how many are closed in one transaction.
const (
	page  = 512
	group = 64
)

// Run does everything that is due at now and returns how many days and transitions it did. A project whose day cannot be
// closed is parked; one that a fault of the machine held up is left for the next run. Neither stops the others. The error
// is the first such fault.
func (n *Night) Run(ctx context.Context, now time.Time) (int64, error) {
	var done int64
	var fault error
	for {
		closed, err := n.pass(ctx, now, done)
		done += closed
		if fault == nil {
			fault = err
		}
		if closed == 0 || ctx.Err() != nil {
			return done, fault
		}
	}
}

// pass does the next due thing of every project once. Most days are one pass; an outage of forty days is forty.
func (n *Night) pass(ctx context.Context, now time.Time, before int64) (done int64, fault error) {
	unlived, err := project.UnlivedDemos(ctx, n.DB) // their days are their story's to close, on whatever node it is lived through
	if err != nil {
		return 0, err
	}
	after := ident.ProjectID("")
	for ctx.Err() == nil {
		due, err := n.due(ctx, now, after)
		if err != nil || len(due) == 0 {
			return done, errors.Join(fault, err)
		}
		after = due[len(due)-1]
		due = slices.DeleteFunc(due, func(id ident.ProjectID) bool { return slices.Contains(unlived, id) })
		for start := 0; start < len(due); start += group {
			closed, err := n.closeGroup(ctx, due[start:min(start+group, len(due))], now)
			if fault == nil {
				fault = err
			}
			if done += closed; n.Progress != nil {
				n.Progress(before + done)
			}
		}
	}
	return done, errors.Join(fault, ctx.Err())
}

func (n *Night) due(ctx context.Context, now time.Time, after ident.ProjectID) ([]ident.ProjectID, error) {
	rows, err := n.DB.Query(ctx, `SELECT project_id FROM billing_project WHERE (next_close_at <= $1 OR next_transition_at <= $1) AND project_id > $2
		ORDER BY project_id LIMIT $3`, now.UnixMicro(), string(after), page)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []ident.ProjectID
	for rows.Next() {
		var id ident.ProjectID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// closeGroup does the next due thing of each project in one transaction, and where that fails, each by itself.
func (n *Night) closeGroup(ctx context.Context, ids []ident.ProjectID, now time.Time) (int64, error) {
	closed, err := n.try(ctx, ids, now)
	if err == nil || errs.KindOf(err) == errs.Unavailable || ctx.Err() != nil {
		return closed, err
	}
	var fault error
	for _, id := range ids {
		one, err := n.closeOne(ctx, id, now)
		closed += one
		if fault == nil {
			fault = err
		}
	}
	return closed, fault
}

// closeOne does the next due thing of a project, or parks it.
func (n *Night) closeOne(ctx context.Context, id ident.ProjectID, now time.Time) (int64, error) {
	closed, err := n.try(ctx, []ident.ProjectID{id}, now)
	if !parks(err) {
		return closed, err
	}
	if n.Parked != nil {
		n.Parked(id, err)
	}
	return 0, n.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return n.Billing.Park(ctx, tx, id, err, now)
	})
}

// parks: what our own rules refuse will be refused again tomorrow; a fault of the machine may pass.
func parks(err error) bool {
	var known *errs.Error
	return errors.As(err, &known) && known.Kind != errs.Unavailable
}

func (n *Night) try(ctx context.Context, ids []ident.ProjectID, now time.Time) (closed int64, err error) {
	err = n.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		closed, err = n.Billing.runRound(ctx, tx, ids, now)
		return err
	})
	return closed, err
}

// CatchUp does everything that is due for one project: for the simulator and for tests, which know when time passes.
func (n *Night) CatchUp(ctx context.Context, id ident.ProjectID, now time.Time) error {
	for {
		st, err := GetStanding(ctx, n.DB, id)
		if err != nil || min(st.nextCloseAt, st.transitionAt) > now.UnixMicro() {
			return err
		}
		if _, err := n.closeOne(ctx, id, now); err != nil {
			return err
		}
	}
}

// Park stops the closing of a project's days and raises an alarm (Rule B-12). It touches nothing that may be the reason.
func (s *Service) Park(ctx context.Context, tx *store.Tx, id ident.ProjectID, reason error, at time.Time) error {
	if err := tx.May(ident.ProjectOrg(id), forNight...); err != nil {
		return err
	}
	st, err := lockStanding(ctx, tx, id)
	if err != nil {
		return err
	}
	st.Parked, st.nextCloseAt, st.transitionAt = kept.Of(reason), never, never
	alarm, err := event.New(id, "billing.day_parked", map[string]any{"day": st.NextDay, "reason": reason.Error()})
	if err != nil {
		return err
	}
	alarm.At = at
	if err := event.Emit(ctx, tx, alarm); err != nil {
		return err
	}
	return st.save(ctx, tx)
}

// Unpark lets the closing of a parked project go on: the day is tried again, or with skip, recorded as closed with the
// entries it has and no others.
func (s *Service) Unpark(ctx context.Context, tx *store.Tx, id ident.ProjectID, skip bool, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forNight)
	if err != nil {
		return err
	}
	st := sc.standing
	if st.Parked == "" {
		return errs.New(errs.Conflict, "billing.not_parked", "no day of project %s is parked", id).At("project")
	}
	st.Parked = ""
	st.nextCloseAt = sc.project.Calendar.End(st.NextDay).UnixMicro()
	if skip && st.nextCloseAt > at.UnixMicro() {
		return errs.New(errs.Conflict, "billing.day_open", "%s has not ended", st.NextDay).At("skip").Try("try it again without skipping")
	}
	if st.drySince != 0 {
		st.transitionAt = at.UnixMicro()
	}
	if skip {
		if err := sc.skipDay(ctx, at); err != nil {
			return err
		}
	}
	return st.save(ctx, tx)
}

func (sc *scene) skipDay(ctx context.Context, at time.Time) error {
	c := &closing{scene: sc, date: sc.standing.NextDay, start: sc.project.Calendar.Start(sc.standing.NextDay).UnixMicro(), end: sc.standing.nextCloseAt}
	if err := sc.tx.Insert(ctx, "billing_day", dayColumns, [][]any{c.row(at)}); err != nil {
		return err
	}
	return c.record(ctx)
}

// ParkedProjects lists the projects whose closing has stopped.
func ParkedProjects(ctx context.Context, q store.Querier) ([]*Standing, error) {
	rows, err := q.Query(ctx, `SELECT `+standingColumns+` FROM billing_project WHERE parked <> '' ORDER BY project_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var parked []*Standing
	for rows.Next() {
		st, err := scanStanding(rows.Scan)
		if err != nil {
			return nil, err
		}
		parked = append(parked, st)
	}
	return parked, rows.Err()
}
