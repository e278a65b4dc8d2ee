package call

import (
	"context"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CalledBefore reports whether a client called before a call began; 0 for ever.
func CalledBefore(ctx context.Context, q store.Querier, project ident.ProjectID, client string, before ID) (bool, error) {
	if before == 0 {
		before = endOfTime
	}
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+logByClient+` WHERE project_id = $1 AND client = $2 AND call_id < $3 AND counter > 0 LIMIT 1) AS l`,
		string(project), client, int64(before)).Scan(&n)
	return n > 0, err
}

// CountOwed is how many missed calls a reader sees that nobody has called back, up to most.
func (w Window) CountOwed(ctx context.Context, q store.Querier, since time.Time, most int) (n int, err error) {
	where := &query{}
	where.add("project_id = ?", string(w.project))
	where.add("owed = 1 AND call_id >= ?", from(since))
	where.owners(w.reach)
	where.args = append(where.args, most)
	return n, q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+logOfOwed+` WHERE `+where.String()+` LIMIT `+store.List(len(where.args), 1)+`) AS l`, where.args...).Scan(&n)
}
