package webhook

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Leads come into the database of events, which has no outbox: they are looked for, again and again over the last minutes, for one that
// began first may be committed last.
const (
	leadOverlap = 2 * time.Minute
	leadsAtOnce = 200
)

// TakeLeads tells of leads that are new (Rule W-05), and says of how many. It may run on several nodes at once.
func (s *Service) TakeLeads(ctx context.Context, at time.Time) (taken int, err error) {
	var projects []ident.ProjectID
	if err := store.EachRow(ctx, s.db, `SELECT DISTINCT project_id FROM webhook_endpoint WHERE enabled = 1 AND kinds LIKE $1`, []any{"%" + string(LeadCreated) + "%"}, func(rows *sql.Rows) error {
		var id ident.ProjectID
		err := rows.Scan(&id)
		projects = append(projects, id)
		return err
	}); err != nil {
		return 0, err
	}
	for _, id := range projects {
		n, err := s.takeLeads(ctx, id, at)
		taken += n
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

func (s *Service) takeLeads(ctx context.Context, id ident.ProjectID, at time.Time) (taken int, err error) {
	upto, known, err := s.leadsUpTo(ctx, id)
	if err != nil {
		return 0, err
	}
	if !known { // what came before somebody wanted to be told is not told
		return 0, s.setLeadsUpTo(ctx, id, at)
	}
	fresh, err := s.leadsSince(ctx, id, upto)
	if err != nil {
		return 0, err
	}
	for _, l := range fresh {
		kept, err := s.put(ctx, id, "lead "+l.ID.String(), s.lead(id, LeadCreated, l), l.ID.At(), at)
		if err != nil {
			return taken, err
		}
		if kept {
			taken++
		}
	}
	if at.Sub(upto) < leadOverlap/2 && taken == 0 {
		return 0, nil
	}
	return taken, s.setLeadsUpTo(ctx, id, at)
}

// leadsSince are the leads of a project, the oldest first, that no message was made of.
func (s *Service) leadsSince(ctx context.Context, id ident.ProjectID, upto time.Time) (fresh []tracking.LeadRecord, err error) {
	for after := tracking.LeadID(0); ; {
		found, err := tracking.Leads(ctx, s.events, id, tracking.LeadFilter{From: upto.Add(-leadOverlap)}, after, leadsAtOnce)
		if err != nil {
			return nil, err
		}
		for _, l := range found {
			after = l.ID
			var told bool
			if err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM webhook_message WHERE project_id = $1 AND source = $2)`, string(id), "lead "+l.ID.String()).Scan(&told); err != nil {
				return nil, err
			}
			if !told {
				fresh = append(fresh, l)
			}
		}
		if len(found) < leadsAtOnce {
			slices.Reverse(fresh)
			return fresh, nil
		}
	}
}

func (s *Service) leadsUpTo(ctx context.Context, id ident.ProjectID) (at time.Time, known bool, err error) {
	var upto int64
	if err := s.db.QueryRow(ctx, `SELECT COALESCE(MAX(upto), 0) FROM webhook_lead WHERE project_id = $1`, string(id)).Scan(&upto); err != nil {
		return time.Time{}, false, err
	}
	return instant(upto), upto != 0, nil
}

func (s *Service) setLeadsUpTo(ctx context.Context, id ident.ProjectID, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO webhook_lead (project_id, upto) VALUES ($1, $2) ON CONFLICT (project_id) DO UPDATE SET upto = excluded.upto
			WHERE excluded.upto > webhook_lead.upto`, string(id), micros(at))
		return err
	})
}

// beginLeads forgets up to when leads were told where nobody was told of them any more: what came meanwhile is not told.
func beginLeads(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	_, err := tx.Exec(ctx, `DELETE FROM webhook_lead WHERE project_id = $1 AND NOT EXISTS
		(SELECT 1 FROM webhook_endpoint WHERE project_id = $1 AND enabled = 1 AND kinds LIKE $2)`, string(id), "%"+string(LeadCreated)+"%")
	return err
}

// EraseGone takes leads that were erased out of what was told, also those without a number (Rule W-10), and says how many.
func (s *Service) EraseGone(ctx context.Context) (erased int, err error) {
	type told struct {
		project ident.ProjectID
		subject string
	}
	var all []told
	if err := store.EachRow(ctx, s.db, `SELECT DISTINCT project_id, subject FROM webhook_message WHERE subject LIKE 'lead %' AND body <> ''`, nil, func(rows *sql.Rows) error {
		var t told
		err := rows.Scan(&t.project, &t.subject)
		all = append(all, t)
		return err
	}); err != nil {
		return 0, err
	}
	for _, t := range all {
		id, err := tracking.ParseLeadID(strings.TrimPrefix(t.subject, "lead "))
		if err == nil {
			_, err = tracking.GetLead(ctx, s.events, t.project, id)
		}
		if errs.KindOf(err) != errs.NotFound {
			if err != nil {
				return erased, err
			}
			continue
		}
		if err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return erase(ctx, tx, t.project, "subject", t.subject) }); err != nil {
			return erased, err
		}
		erased++
	}
	return erased, nil
}
