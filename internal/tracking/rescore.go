package tracking

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// Rescore scores a call anew, from its receipt, by what the project's scorer believes now and by what became known since: a phone that the
// visitor left, a promo code (Rule C-102). That makes a further receipt; earlier ones stay. Where nothing is to be changed it says so, and writes
// nothing. Errors: errs.NotFound `tracking.no_receipt` for a call that has none.
func (c *Collector) Rescore(ctx context.Context, project ident.ProjectID, callID string) (b Behind, changed bool, err error) {
	err = c.events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		changed = false
		before, err := receipts(ctx, tx, project, callID, 1)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			return errs.New(errs.NotFound, "tracking.no_receipt", "where the call came from was never asked").At("call").Try("look at the list of calls to tracking numbers")
		}
		b = before[0].Behind
		if b.Sign != nil || b.Kind == ByPromo || len(b.Receipt.Candidates) == 0 {
			return nil
		}
		changed, err = c.rescore(ctx, tx, before[0], &b)
		return err
	})
	return b, changed, err
}

func (c *Collector) rescore(ctx context.Context, tx *store.Tx, before scoring, b *Behind) (bool, error) {
	call := before.call
	model, err := ModelOf(ctx, tx, call.Project)
	if err != nil {
		return false, err
	}
	facts, truths, err := nowKnown(ctx, tx, call, b.Receipt)
	if err != nil || model.Version == b.Receipt.Weights && len(facts) == 0 {
		return false, err
	}
	b.Revision++
	b.Receipt = b.Receipt.Rescore(model, facts)
	candidates := make([]pool.Candidate, len(b.Receipt.Candidates))
	blind := map[string]pool.Facts{}
	for i, scored := range b.Receipt.Candidates {
		candidates[i] = scored.Candidate
	}
	for _, candidate := range blindly(candidates) {
		blind[candidate.Visit] = candidate.Facts
	}
	b.blind = b.Receipt.Rescore(model, blind)
	b.answer()
	if err := c.keep(ctx, tx, call, *b, before.made.Add(time.Millisecond)); err != nil {
		return false, err
	}
	return true, Establish(ctx, tx, call.Project, truths...)
}

// nowKnown is what became known of candidates after they were scored, and what that makes certain.
func nowKnown(ctx context.Context, q store.Querier, call Call, r pool.Receipt) (changed map[string]pool.Facts, truths []Truth, err error) {
	codes, err := promised(ctx, q, call)
	if err != nil {
		return nil, nil, err
	}
	changed = map[string]pool.Facts{}
	var shown []holder
	for _, scored := range r.Candidates {
		id, _ := visitOf(scored.Visit)
		h := holder{Candidate: scored.Candidate}
		left := ""
		err := q.QueryRow(ctx, `SELECT v.visitor_id, a.phone FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id
			WHERE v.project_id = $1 AND v.visit_id = $2`, string(call.Project), int64(id)).Scan(&h.visitor, &left)
		if err := ignoreNone(err); err != nil {
			return nil, nil, err
		}
		if left == "" && h.visitor != "" {
			err := q.QueryRow(ctx, `SELECT phone FROM tracking_visitor WHERE project_id = $1 AND visitor_id = $2`, string(call.Project), h.visitor).Scan(&left)
			if err := ignoreNone(err); err != nil {
				return nil, nil, err
			}
		}
		h.KnownPhone = h.KnownPhone || call.Caller != "" && phone.Number(left) == call.Caller
		h.PromoCode = h.PromoCode || slices.Contains(codes, id)
		if h.Facts != scored.Facts {
			changed[scored.Visit] = h.Facts
		}
		shown = append(shown, h)
	}
	truths = slices.DeleteFunc(truthsOf(call, shown), func(t Truth) bool { return t.Kind != TruthByPhone })
	return changed, truths, nil
}

func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// promised are the visits whose promo code the caller gave.
func promised(ctx context.Context, q store.Querier, call Call) (visits []VisitID, err error) {
	return visits, store.EachRow(ctx, q, `SELECT visit_id FROM tracking_truth WHERE project_id = $1 AND call_id = $2 AND kind = $3`,
		[]any{string(call.Project), call.ID, string(TruthByPromo)}, func(rows *sql.Rows) error {
			var id VisitID
			err := rows.Scan(&id)
			visits = append(visits, id)
			return err
		})
}

// Stale lists calls of a project, from since until before until, whose latest receipt is of an older version of the scorer than the one in force: by their
// ids behind one, at most so many.
func Stale(ctx context.Context, q store.Querier, project ident.ProjectID, since, until time.Time, after string, most int) (calls []string, err error) {
	model, err := ModelOf(ctx, q, project)
	if err != nil {
		return nil, err
	}
	return calls, store.EachRow(ctx, q, `SELECT call_id FROM tracking_receipt WHERE project_id = $1 AND at >= $2 AND at < $3 AND call_id > $4 AND pool_id <> ''
		GROUP BY call_id HAVING MAX(model) < $5 ORDER BY call_id LIMIT $6`,
		[]any{string(project), since.UnixMicro(), until.UnixMicro(), after, model.Version, most}, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			calls = append(calls, id)
			return err
		})
}
