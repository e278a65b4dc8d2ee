package tracking

import (
	"context"
	"database/sql"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Erased is how much of a person was taken out.
type Erased struct{ Visitors, Visits, Leads, Calls int }

// ErasePerson takes a person out of what visitors do, by their telephone number, in the database of events (Rule C-106): what they left, what
// tells them from others, the addresses of pages they saw, and the receipts of their calls. That there were visits, from where and how long, stays.
// Done again it finds nothing. Errors: errs.Denied `access.denied`.
func ErasePerson(ctx context.Context, tx *store.Tx, p access.Permit, n phone.Number) (e Erased, err error) {
	if err := mayErase(p); err != nil {
		return e, err
	}
	return erase(ctx, tx, p.Org.Project(), n)
}

func mayErase(p access.Permit) error {
	reach, err := p.May(access.Delete, access.Clients)
	if err == nil && reach.Level != access.All {
		err = errs.New(errs.Denied, "access.denied", "this needs the right to delete all: %s", access.Clients).With("action", access.Delete.String()).With("object", access.Clients.String())
	}
	return err
}

// EraseLeadOf erases as EraseLead does, and has the trail in the core say that it was done. Errors: as EraseLead.
func EraseLeadOf(ctx context.Context, core, events *store.DB, p access.Permit, id LeadID, at time.Time) (e Erased, err error) {
	if err := events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err = EraseLead(ctx, tx, p, id)
		return err
	}); err != nil {
		return e, err
	}
	return e, core.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return NoteErased(ctx, tx, p, e, at) })
}

// NoteErased has the trail say that somebody was erased who never called; the trail names nobody.
func NoteErased(ctx context.Context, tx *store.Tx, p access.Permit, e Erased, at time.Time) error {
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: p.Org, Object: "client", ObjectID: "erased", Action: access.Delete.String(), Before: map[string]int{"visits": e.Visits, "leads": e.Leads},
	})
}

// EraseLead takes the person who left a lead out as ErasePerson does, whether or not they left a number: by it, where there is one, and by the
// lead's visitor and visit (Rule C-106). Errors: errs.Denied `access.denied`, errs.NotFound `tracking.no_lead`.
func EraseLead(ctx context.Context, tx *store.Tx, p access.Permit, id LeadID) (e Erased, err error) {
	if err := mayErase(p); err != nil {
		return e, err
	}
	project := p.Org.Project()
	l, err := GetLead(ctx, tx, project, id)
	if err != nil {
		return e, err
	}
	if e, err = erase(ctx, tx, project, phone.Number(l.Phone)); err != nil {
		return e, err
	}
	visits := []PastVisit{}
	if l.Visitor != "" {
		if visits, err = VisitsOf(ctx, tx, project, l.Visitor, mostErased); err != nil {
			return e, err
		}
	}
	if l.Visit != 0 {
		visits = append(visits, PastVisit{Visit: Visit{ID: l.Visit}})
	}
	for _, v := range visits {
		if err := eraseVisit(ctx, tx, project, v.ID); err != nil {
			return e, err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM tracking_lead WHERE project_id = $1 AND lead_id = $2`, string(project), int64(id)); err != nil {
		return e, err
	}
	for _, table := range []string{"tracking_promo", "tracking_visitor"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1 AND visitor_id = $2 AND visitor_id <> ''`, string(project), l.Visitor); err != nil {
			return e, err
		}
	}
	e.Visits, e.Leads = max(e.Visits, len(visits)), max(e.Leads, 1)
	return e, forgetOpen(ctx, tx, project)
}

// mostErased bounds the visits of one visitor that are looked through: more than anybody has in the thirteen months they are known.
const mostErased = 10_000

// EraseCallers takes the people who made some calls out of the events, as the log of calls tells once they are erased there (Rules C-106, T-113).
// It may run twice.
func EraseCallers(ctx context.Context, tx *store.Tx, project ident.ProjectID, calls []string) error {
	var callers []phone.Number
	for _, id := range calls {
		if err := store.EachRow(ctx, tx, `SELECT DISTINCT caller FROM tracking_receipt WHERE project_id = $1 AND call_id = $2 AND caller <> ''`,
			[]any{string(project), id}, func(rows *sql.Rows) error {
				var caller phone.Number
				err := rows.Scan(&caller)
				callers = append(callers, caller)
				return err
			}); err != nil {
			return err
		}
	}
	slices.Sort(callers)
	for _, n := range slices.Compact(callers) {
		if _, err := erase(ctx, tx, project, n); err != nil {
			return err
		}
	}
	return nil
}

func erase(ctx context.Context, tx *store.Tx, project ident.ProjectID, n phone.Number) (e Erased, err error) {
	if n == "" || project == "" {
		return e, nil
	}
	visits, err := visitsOf(ctx, tx, project, n)
	if err != nil {
		return e, err
	}
	for id := range visits {
		if err := eraseVisit(ctx, tx, project, id); err != nil {
			return e, err
		}
	}
	e.Visits = len(visits)
	for _, x := range erasures {
		args := []any{string(project), string(n)}
		if x.twice {
			args = []any{string(project), string(project), string(n)}
		}
		result, err := tx.Exec(ctx, x.query, args...)
		if err != nil {
			return e, err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return e, err
		}
		if x.counted != nil {
			*x.counted(&e) = int(rows)
		}
	}
	return e, forgetOpen(ctx, tx, project)
}

// erasures are what is deleted of a person by their number, in this order.
var erasures = []struct {
	query   string
	twice   bool // the project is named twice
	counted func(*Erased) *int
}{
	{`DELETE FROM tracking_promo WHERE project_id = $1 AND visitor_id IN (SELECT visitor_id FROM tracking_visitor WHERE project_id = $2 AND phone = $3)`, true, nil},
	{`DELETE FROM tracking_truth WHERE project_id = $1 AND call_id IN (SELECT call_id FROM tracking_receipt WHERE project_id = $2 AND caller = $3)`, true, nil},
	{`DELETE FROM tracking_lead WHERE project_id = $1 AND phone = $2`, false, func(e *Erased) *int { return &e.Leads }},
	{`DELETE FROM tracking_receipt WHERE project_id = $1 AND caller = $2`, false, func(e *Erased) *int { return &e.Calls }},
	{`DELETE FROM tracking_visitor WHERE project_id = $1 AND phone = $2`, false, func(e *Erased) *int { return &e.Visitors }},
}

// visitsOf are the visits of whoever has a number: of visitors who left it, on whichever visit, and those on which it was left.
func visitsOf(ctx context.Context, q store.Querier, project ident.ProjectID, n phone.Number) (map[VisitID]bool, error) {
	visits := map[VisitID]bool{}
	for _, query := range []string{
		`SELECT visit_id FROM tracking_visit WHERE project_id = $1 AND visitor_id IN (SELECT visitor_id FROM tracking_visitor WHERE project_id = $2 AND phone = $3)`,
		`SELECT visit_id FROM tracking_activity WHERE project_id = $1 AND $2 <> '' AND phone = $3`,
		`SELECT visit_id FROM tracking_lead /*by tracking_lead_phone*/ WHERE project_id = $1 AND $2 <> '' AND phone = $3 AND phone <> '' AND visit_id > 0`,
	} {
		if err := store.EachRow(ctx, q, query, []any{string(project), string(project), string(n)}, func(rows *sql.Rows) error {
			var id VisitID
			err := rows.Scan(&id)
			visits[id] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	return visits, nil
}

// eraseVisit leaves of a visit what tells nobody apart: where from, when, how long, with what kind of device.
func eraseVisit(ctx context.Context, tx *store.Tx, project ident.ProjectID, id VisitID) error {
	for _, query := range []string{
		`UPDATE tracking_visit SET visitor_id = '', ordinal = 1, previous = 0, landing = '', referrer = '', clicks = '', city = '', address = '', custom = '', language = '', screen = 0
			WHERE project_id = $1 AND visit_id = $2`,
		`UPDATE tracking_activity SET phone = '', page = '' WHERE project_id = $1 AND visit_id = $2`,
		`UPDATE tracking_hit SET url = '' WHERE project_id = $1 AND visit_id = $2`,
		`DELETE FROM tracking_lead WHERE project_id = $1 AND visit_id = $2`,
		`DELETE FROM tracking_promo WHERE project_id = $1 AND visit_id = $2`,
		`DELETE FROM tracking_truth WHERE project_id = $1 AND visit_id = $2`,
	} {
		if _, err := tx.Exec(ctx, query, string(project), int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// forgetOpen has all nodes read a project's open visits anew.
func forgetOpen(ctx context.Context, tx *store.Tx, project ident.ProjectID) error {
	_, err := tx.Exec(ctx, `UPDATE tracking_turn SET mark = $2 WHERE project_id = $1`, string(project), 1+mathrand.Int64N(1<<62))
	return err
}
