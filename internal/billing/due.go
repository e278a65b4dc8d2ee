package billing

import (
	"context"
	"time"

	"bellwether/internal/store"
)

// NightLag is how far the closing of days is behind.
type NightLag struct {
	Projects int64     // with a day that has ended and is not closed, parked ones left out
	Days     int64     // of all of them, counted as 24 hours
	Since    time.Time // when the first of them was due; zero where none is
	Parked   int64     // projects whose closing has stopped (Rule B-12)
}

// Behind is how long the first day that is due has waited.
func (l NightLag) Behind(now time.Time) time.Duration {
	if l.Since.IsZero() {
		return 0
	}
	return now.Sub(l.Since)
}

// GetNightLag counts what the night has to do at now. Parked projects are due never, which the index on next_close_at knows.
func GetNightLag(ctx context.Context, q store.Querier, now time.Time) (NightLag, error) {
	const day = int64(24 * time.Hour / time.Microsecond)
	var lag NightLag
	var since int64
	err := q.QueryRow(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(($1 - next_close_at) / $2 + 1), 0) AS BIGINT), COALESCE(MIN(next_close_at), 0)
		FROM billing_project WHERE next_close_at <= $1`, now.UnixMicro(), day).Scan(&lag.Projects, &lag.Days, &since)
	if err != nil {
		return lag, err
	}
	if lag.Projects > 0 {
		lag.Since = time.UnixMicro(since).UTC()
	}
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM billing_project WHERE next_close_at = $1 AND parked <> ''`, never).Scan(&lag.Parked)
	return lag, err
}
