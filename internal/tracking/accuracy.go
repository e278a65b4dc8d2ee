package tracking

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// MeasuredOver is the period that accuracy is shown for (Rule C-103, decided): long enough for a verdict, short enough to see that something broke.
const MeasuredOver = 30 * 24 * time.Hour

// Accuracy is how often the calls to a pool's numbers were put down to the right visit and the right source, as far as that is known (Rules C-17 to
// C-19, C-103).
type Accuracy struct {
	Calls    int64      // to numbers of the pool, or of all pools
	Dynamic  int64      // of them: within 24 hours of a visit that saw the number; only these are judged (Rule C-17)
	Unknown  int64      // of Dynamic: without an answer about the source
	Checked  int64      // of Dynamic: those whose visit is known otherwise, by one of the three below
	ByPromo  int64      // the caller gave a promo code
	ByPhone  int64      // one visitor alone left the caller's number
	ByNumber int64      // one visit alone was shown the number
	Visit    pool.Tally // of visits
	Source   pool.Tally // of sources
}

// AccuracyOf measures a pool, or all pools together where none is named, by the calls that came in from since until before until. A call is judged by its
// first receipt, as its callee saw it, and without what its truth is known by.
func AccuracyOf(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID, since, until time.Time) (a Accuracy, err error) {
	truths, err := truthsByCall(ctx, q, project, since, until)
	if err != nil {
		return Accuracy{}, err
	}
	return measured(ctx, q, project, id, truths, since, until)
}

// measured is the accuracy by what is certain of each call.
func measured(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID, truths map[string]verdict, since, until time.Time) (a Accuracy, err error) {
	where, args := "", []any{string(project), since.UnixMicro(), until.UnixMicro()}
	if id != "" {
		where, args = " AND pool_id = $4", append(args, string(id))
	}
	return a, store.EachRow(ctx, q, `SELECT call_id, holders, blind_visit, blind_source FROM tracking_receipt /*by tracking_receipt_pool*/
		WHERE project_id = $1 AND at >= $2 AND at < $3 AND revision = 1 AND pool_id <> ''`+where, args, func(rows *sql.Rows) error {
		var call, source string
		var shown int64
		var visit VisitID
		if err := rows.Scan(&call, &shown, &visit, &source); err != nil {
			return err
		}
		a.count(shown, visit, source, truths[call])
		return nil
	})
}

// verdict is what is certain of a call.
type verdict struct {
	kind   TruthKind
	visit  VisitID
	source string
}

// count adds a call.
func (a *Accuracy) count(shown int64, visit VisitID, source string, truth verdict) {
	a.Calls++
	if shown == 0 {
		return
	}
	a.Dynamic++
	if source == "" {
		a.Unknown++
	}
	switch truth.kind {
	case TruthByPromo:
		a.ByPromo++
	case TruthByPhone:
		a.ByPhone++
	case TruthByNumber:
		a.ByNumber++
	}
	if truth.visit != 0 {
		a.Checked++
	}
	answer := ""
	if visit != 0 {
		answer = visit.String()
	}
	tally(&a.Visit, shown, answer, truth.visit.String(), truth.visit != 0)
	tally(&a.Source, shown, source, truth.source, truth.source != "")
}

// tally judges an answer (Rule C-18).
func tally(t *pool.Tally, shown int64, answer, truth string, known bool) {
	if shown == 1 && known {
		t.Sole.Judge(answer, truth)
		return
	}
	t.Shared++
	if known {
		t.Truths.Judge(answer, truth)
	}
}

// strength orders truths: a promo code is a caller's own word, a phone may be a family's, a number that nobody else saw may be a stranger's.
var strength = map[TruthKind]int{TruthByNumber: 1, TruthByPhone: 2, TruthByPromo: 3}

// truthsByCall are the strongest truths about a project's calls, each with the source of its visit.
func truthsByCall(ctx context.Context, q store.Querier, project ident.ProjectID, since, until time.Time) (map[string]verdict, error) {
	known := map[string]verdict{}
	return known, store.EachRow(ctx, q, `SELECT t.call_id, t.kind, t.visit_id, COALESCE(v.source, ''), COALESCE(v.medium, ''), COALESCE(v.campaign, '')
		FROM tracking_truth AS t /*by tracking_truth_at*/ LEFT JOIN tracking_visit AS v ON v.project_id = t.project_id AND v.visit_id = t.visit_id
		WHERE t.project_id = $1 AND t.at >= $2 AND t.at < $3`, []any{string(project), since.UnixMicro(), until.UnixMicro()}, func(rows *sql.Rows) error {
		var call, source, medium, campaign string
		var v verdict
		if err := rows.Scan(&call, &v.kind, &v.visit, &source, &medium, &campaign); err != nil {
			return err
		}
		v.source = join(source, medium, campaign)
		if strength[v.kind] > strength[known[call].kind] {
			known[call] = v
		}
		return nil
	})
}
