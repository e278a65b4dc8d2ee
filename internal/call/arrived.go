package call

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Arrival is a call that came in to a number: that its wiring works (Rule C-109).
type Arrival struct {
	At    time.Time
	Trunk string // by which it came; empty where its leg is not written yet, or it had none
}

// Arrived finds the latest call from outside that came in to a number of a project since an instant. It tells nothing of the caller, so it needs no
// right to see calls: whoever may set up the number may ask.
func Arrived(ctx context.Context, q store.Querier, project ident.ProjectID, n phone.Number, since time.Time) (a Arrival, found bool, err error) {
	var at int64
	err = q.QueryRow(ctx, `SELECT l.started_at, COALESCE((SELECT MAX(g.trunk) FROM call_leg AS g WHERE g.project_id = l.project_id AND g.call_id = l.call_id AND g.incoming = 1), '')
		FROM call_log AS l WHERE l.project_id = $1 AND l.call_id >= $2 AND l.number = $3 AND l.direction = $4 AND l.started_at >= $5 ORDER BY l.call_id DESC LIMIT 1`,
		string(project), from(since), string(n), string(Inbound), micros(since)).Scan(&at, &a.Trunk)
	if errors.Is(err, sql.ErrNoRows) {
		return Arrival{}, false, nil
	}
	a.At = instant(at)
	return a, err == nil, err
}
