package tracking

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// TruthKind is how it is certain which visit a call came from.
type TruthKind string

// What makes it certain (Rule C-97).
const (
	TruthByPromo  TruthKind = "promo"      // the caller gave the visit's code
	TruthByPhone  TruthKind = "phone"      // one visitor alone left the caller's number
	TruthByNumber TruthKind = "unreissued" // one visit alone was shown the number since callers of those before forgot it
)

// Truth is a visit that a call certainly came from, whatever its receipt says: scores are measured by it.
type Truth struct {
	Call  string // of the call log
	Kind  TruthKind
	Visit VisitID
	At    time.Time // when the call came in
}

var truthRows = store.NewMerge("tracking_truth", []string{"project_id", "call_id", "kind", "visit_id", "at"}, 3, "visit_id", "at")

// Establish notes truths in the database of events, each in place of what was noted of the same kind about its call (Rule C-97).
func Establish(ctx context.Context, tx *store.Tx, project ident.ProjectID, truths ...Truth) error {
	rows := make([][]any, len(truths))
	for i, t := range truths {
		rows[i] = []any{string(project), t.Call, string(t.Kind), int64(t.Visit), t.At.UnixMicro()}
	}
	return tx.Merge(ctx, truthRows, rows)
}

// Truths lists what is certain about the calls of a project that came in from since until before until, in the order of time; of several
// kinds about one call all are listed.
func Truths(ctx context.Context, q store.Querier, project ident.ProjectID, since, until time.Time) (truths []Truth, err error) {
	return truths, store.EachRow(ctx, q, `SELECT call_id, kind, visit_id, at FROM tracking_truth /*by tracking_truth_at*/ WHERE project_id = $1 AND at >= $2 AND at < $3
		ORDER BY at, call_id, kind`, []any{string(project), since.UnixMicro(), until.UnixMicro()}, func(rows *sql.Rows) error {
		var t Truth
		var at int64
		err := rows.Scan(&t.Call, &t.Kind, &t.Visit, &at)
		t.At = instant(at)
		truths = append(truths, t)
		return err
	})
}
