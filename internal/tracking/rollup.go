package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// hourOf is the hour of an instant since 1970.
func hourOf(at time.Time) int64 { return at.Unix() / secondsOfHour }

// firstOf is the smallest id of a visit that begins in an hour.
func firstOf(hour int64) int64 { return earliest(time.Unix(hour*secondsOfHour, 0)) }

// ripe is after how long nothing more comes of a visit: it lasts a day at most, and is over when it was idle.
const ripe = longestVisit + Idle

// rolledTogether is how many hours are summed up in one transaction.
const rolledTogether = 24 * 7

// Roll sums up a project's visits by the hour, as far as they are over (Rule C-107). It says how many hours were done; it is called again until that is 0.
func Roll(ctx context.Context, events *store.DB, project ident.ProjectID, at time.Time) (hours int64, err error) {
	return hours, events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		hours = 0
		from, _, err := rolled(ctx, tx, project)
		if err != nil {
			return err
		}
		until := min(hourOf(at.Add(-ripe)), from+rolledTogether)
		if from == 0 || until <= from {
			return nil
		}
		if err := sumUp(ctx, tx, project, from, until); err != nil {
			return err
		}
		hours = until - from
		return setRolled(ctx, tx, project, "done_to", until)
	})
}

// rolled is how far a project's visits are summed up: from the hour of its first visit on. 0 where it was never visited.
func rolled(ctx context.Context, tx *store.Tx, project ident.ProjectID) (done, kept int64, err error) {
	err = tx.QueryRow(ctx, `SELECT done_to, kept_from FROM tracking_rolled WHERE project_id = $1 FOR UPDATE`, string(project)).Scan(&done, &kept)
	if !errors.Is(err, sql.ErrNoRows) {
		return done, kept, err
	}
	var first VisitID
	if err := tx.QueryRow(ctx, `SELECT COALESCE(MIN(visit_id), 0) FROM tracking_visit WHERE project_id = $1`, string(project)).Scan(&first); err != nil || first == 0 {
		return 0, 0, err
	}
	done = hourOf(first.begun())
	return done, done, tx.Insert(ctx, "tracking_rolled", []string{"project_id", "done_to", "kept_from"}, [][]any{{string(project), done, done}})
}

func setRolled(ctx context.Context, tx *store.Tx, project ident.ProjectID, column string, hour int64) error {
	_, err := tx.Exec(ctx, `UPDATE tracking_rolled SET `+column+` = $2 WHERE project_id = $1`, string(project), hour)
	return err
}

// What a rollup is of: visits as they are, by what they are summed up by. 921600000000 is an hour in ids of visits, 256 a microsecond.
const (
	rollupBy = `v.project_id, v.visit_id / 921600000000, v.site_id, v.channel, v.source, v.medium, v.campaign`
	rollupOf = `SELECT ` + rollupBy + `, CAST(SUM(CASE WHEN v.bot = '' THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN v.bot = '' THEN 0 ELSE 1 END) AS BIGINT),
		CAST(SUM(CASE WHEN v.bot = '' THEN a.pages ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN v.bot = '' THEN (a.last_at - v.visit_id / 256) / 1000000 ELSE 0 END) AS BIGINT),
		CAST(SUM(CASE WHEN v.bot = '' THEN a.taps ELSE 0 END) AS BIGINT)
		FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id
		WHERE v.project_id = $1 AND v.visit_id >= $2 AND v.visit_id < $3 GROUP BY ` + rollupBy
	rollupColumns = `project_id, hour, site_id, channel, source, medium, campaign, visits, bots, pages, seconds, taps`
)

func sumUp(ctx context.Context, tx *store.Tx, project ident.ProjectID, from, until int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM tracking_rollup WHERE project_id = $1 AND hour >= $2 AND hour < $3`, string(project), from, until); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO tracking_rollup (`+rollupColumns+`) `+rollupOf, string(project), firstOf(from), firstOf(until))
	return err
}

// Rebuild sums up a project's visits anew from the visits themselves, as far as these are kept (Rule C-107), and says how many hours.
func Rebuild(ctx context.Context, events *store.DB, project ident.ProjectID, at time.Time) (hours int64, err error) {
	err = events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, kept, err := rolled(ctx, tx, project)
		if err != nil || done == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM tracking_rollup WHERE project_id = $1 AND hour >= $2`, string(project), kept); err != nil {
			return err
		}
		return setRolled(ctx, tx, project, "done_to", kept)
	})
	for err == nil {
		var some int64
		if some, err = Roll(ctx, events, project, at); some == 0 {
			break
		}
		hours += some
	}
	return hours, err
}

// Check compares a project's sums with its visits and says how many sums are wrong: too many, missing or different.
func Check(ctx context.Context, q store.Querier, project ident.ProjectID) (wrong int64, err error) {
	var done, kept int64
	err = q.QueryRow(ctx, `SELECT done_to, kept_from FROM tracking_rolled WHERE project_id = $1`, string(project)).Scan(&done, &kept)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	sums := `SELECT ` + rollupColumns + ` FROM tracking_rollup WHERE project_id = $4 AND hour >= $5 AND hour < $6`
	args := []any{string(project), firstOf(kept), firstOf(done), string(project), kept, done}
	for _, query := range []string{rollupOf + ` EXCEPT ` + sums, sums + ` EXCEPT ` + rollupOf} {
		var some int64
		if err := q.QueryRow(ctx, `SELECT COUNT(*) FROM (`+query+`) AS differing`, args...).Scan(&some); err != nil {
			return 0, err
		}
		wrong = max(wrong, some)
	}
	return wrong, nil
}

// Purge removes visits that began before an instant, with their hits, leases, leads and codes, and the receipts of that time: hours of about so many visits
// at once, and none that is not summed up. It says how many went; it is called again until that is 0 (Rule C-108).
func Purge(ctx context.Context, events *store.DB, project ident.ProjectID, before time.Time, most int) (gone int64, err error) {
	return gone, events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		gone = 0
		done, kept, err := rolled(ctx, tx, project)
		if err != nil || done == 0 {
			return err
		}
		until := firstOf(min(hourOf(before), done))
		var last VisitID
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(visit_id), 0) FROM (SELECT visit_id FROM tracking_visit WHERE project_id = $1 AND visit_id < $2 ORDER BY visit_id LIMIT $3) AS oldest`,
			string(project), until, most).Scan(&last); err != nil || last == 0 {
			return err
		}
		hour := hourOf(last.begun()) + 1
		for _, query := range []string{
			`DELETE FROM tracking_hit WHERE project_id = $1 AND hit_id < $2`,
			`DELETE FROM tracking_promo WHERE project_id = $1 AND visit_id < $2`,
			`DELETE FROM tracking_lead WHERE project_id = $1 AND lead_id < $2`,
			`DELETE FROM tracking_activity WHERE project_id = $1 AND visit_id < $2`,
			`DELETE FROM tracking_visitor WHERE project_id = $1 AND last_visit < $2`,
			`DELETE FROM tracking_receipt WHERE project_id = $1 AND receipt_id < $2`,
			`DELETE FROM tracking_lease WHERE project_id = $1 AND lease_id < $2`,
			`DELETE FROM tracking_visit WHERE project_id = $1 AND visit_id < $2`,
		} {
			result, err := tx.Exec(ctx, query, string(project), firstOf(hour))
			if err != nil {
				return err
			}
			if gone, err = result.RowsAffected(); err != nil {
				return err
			}
		}
		return setRolled(ctx, tx, project, "kept_from", max(hour, kept))
	})
}

// Visited lists the projects that have visits.
func Visited(ctx context.Context, q store.Querier) (ids []ident.ProjectID, err error) {
	return ids, store.EachRow(ctx, q, `SELECT project_id FROM tracking_turn ORDER BY project_id`, nil, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, ident.ProjectID(id))
		return err
	})
}
