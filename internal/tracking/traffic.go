package tracking

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// Traffic is what visits of people were like, as the calculator asks (Rules C-10 to C-13).
type Traffic struct {
	Visits  int64
	Days    float64       // over which they came
	Profile pool.Profile  // visits of each hour of a mean day, by the clock on the project's wall
	Length  time.Duration // of the mean visit
	Shares  []float64     // visits of each source, the largest first
}

// Enough reports whether there is so much traffic that a calculator may believe it: a week of it, and a hundred visits.
func (t Traffic) Enough() bool {
	const days, visits = 7, 100
	return t.Days >= days && t.Visits >= visits
}

// TrafficOf sums up the visits of people that began from since until before until: those that were shown numbers of a pool, or all where none is
// named. Visits that nobody may follow, and programs, are left out: they take no numbers; neither do those that were not heard of again (Rule C-89).
func TrafficOf(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID, zone *time.Location, since, until time.Time) (t Traffic, err error) {
	of, args := trafficOf(project, id, since, until)
	var seconds int64
	var first time.Time
	err = store.EachRow(ctx, q, `SELECT v.visit_id / 921600000000 AS hour, COUNT(*), CAST(SUM(a.last_at - v.visit_id / 256) / 1000000 AS BIGINT)`+of+` GROUP BY 1 ORDER BY 1`, args,
		func(rows *sql.Rows) error {
			var hour, visits, length int64
			err := rows.Scan(&hour, &visits, &length)
			begun := time.Unix(hour*secondsOfHour, 0)
			if first.IsZero() {
				first = begun
			}
			t.Visits, seconds = t.Visits+visits, seconds+length
			t.Profile[begun.In(zone).Hour()] += float64(visits)
			return err
		})
	if err != nil || t.Visits == 0 {
		return t, err
	}
	t.Days, t.Length = max(until.Sub(first).Hours()/24, 1), max(time.Duration(seconds/t.Visits)*time.Second, time.Second)
	for hour := range t.Profile {
		t.Profile[hour] /= t.Days
	}
	return t, store.EachRow(ctx, q, `SELECT COUNT(*) AS visits`+of+` GROUP BY v.source, v.medium, v.campaign ORDER BY visits DESC LIMIT 1000`, args, func(rows *sql.Rows) error {
		var visits int64
		err := rows.Scan(&visits)
		t.Shares = append(t.Shares, float64(visits))
		return err
	})
}

const secondsOfHour = 3600

// trafficOf are the visits of people that take numbers. The two numbers in the statements above are an hour and a microsecond in ids of visits.
func trafficOf(project ident.ProjectID, id PoolID, since, until time.Time) (of string, args []any) {
	of = ` FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id
		WHERE v.project_id = $1 AND v.visit_id >= $2 AND v.visit_id < $3 AND v.bot = '' AND v.consent > 0 AND a.hits > 1`
	args = []any{string(project), earliest(since), earliest(until)}
	if id != "" {
		of, args = of+` AND a.numbers LIKE $4`, append(args, "% "+string(id)+" %")
	}
	return of, args
}
