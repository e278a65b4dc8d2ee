package call

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Detail is everything that is known of a call.
type Detail struct {
	Call
	Live       *Live // nil where it has ended
	Legs       []Leg
	Timeline   []Event
	Notes      []Note
	Recordings []Recording // only those whose existence the reader may see
}

// Get reads a call; errs.NotFound `call.not_found`, also for one that the reader does not see.
func (w Window) Get(ctx context.Context, q store.Querier, id ID) (Call, error) {
	c, err := find(ctx, q, w.project, id)
	if err == nil && !w.sees(c) {
		err = noCall()
	}
	if err != nil {
		return Call{}, err
	}
	one := []Call{c}
	err = withOrigins(ctx, q, one)
	return one[0], err
}

// Detail reads a call with all that belongs to it; errors as Get.
func (w Window) Detail(ctx context.Context, q store.Querier, id ID) (d Detail, err error) {
	if d.Call, err = w.Get(ctx, q, id); err != nil {
		return d, err
	}
	if d.Call.Open() {
		live, err := queryLive(ctx, q, `o.project_id = $1 AND o.call_id = $2`, string(w.project), int64(id))
		if err != nil {
			return d, err
		}
		if len(live) == 1 {
			d.Live = &live[0]
		}
	}
	if d.Legs, err = legsOf(ctx, q, d.Call); err != nil {
		return d, err
	}
	if d.Timeline, err = eventsOf(ctx, q, d.Call); err != nil {
		return d, err
	}
	if d.Notes, err = notesOf(ctx, q, d.Call); err != nil {
		return d, err
	}
	recordings, err := LookAtRecordings(w.permit, viewing)
	if err != nil || !recordings.sees(d.Call) {
		return d, nil //nolint:nilerr // whoever may not see recordings sees the call without them
	}
	d.Recordings, err = recordingsOf(ctx, q, d.Call)
	return d, err
}

// Note is what somebody wrote to a call.
type Note struct {
	ID     int64
	Call   ID
	At     time.Time
	Author string // a user, or "key <id>"
	Text   string
}

func notesOf(ctx context.Context, q store.Querier, c Call) ([]Note, error) {
	return queryNotes(ctx, q, `project_id = $1 AND call_id = $2 ORDER BY note_id`, string(c.Project), int64(c.ID))
}

func queryNotes(ctx context.Context, q store.Querier, condition string, args ...any) (notes []Note, err error) {
	return notes, store.EachRow(ctx, q, `SELECT call_id, note_id, at, author, body FROM call_note WHERE `+condition, args, func(rows *sql.Rows) error {
		var n Note
		var at int64
		err := rows.Scan(&n.Call, &n.ID, &at, &n.Author, &n.Text)
		n.At = instant(at)
		notes = append(notes, n)
		return err
	})
}

// Exists reports whether a project has any call: an empty log is shown otherwise than an empty answer.
func Exists(ctx context.Context, q store.Querier, project ident.ProjectID) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM call_log WHERE project_id = $1 LIMIT 1) AS l`, string(project)).Scan(&n)
	return n > 0, err
}
