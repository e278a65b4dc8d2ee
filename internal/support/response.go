package support

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"bellwether/internal/store"
)

// Response is how long people waited for an answer over the last 30 days, within office hours.
type Response struct {
	Count  int // of waits it is made of
	Median time.Duration
	P90    time.Duration
}

const (
	// measuredOver is the time a Response looks back.
	measuredOver = 30 * 24 * time.Hour
	// fewestMeasured is from how many waits on a Response may be told.
	fewestMeasured = 5
)

// Known tells whether there were enough waits to tell people a time (Rule S-06).
func (r Response) Known() bool { return r.Count >= fewestMeasured }

// Responses measures the waits that ended with an answer within the 30 days before at. Whoever still waits, and longer than
// half of those, counts with their wait so far: an answer that never comes does not make the time shorter (Rule S-06).
func Responses(ctx context.Context, q store.Querier, at time.Time) (Response, error) {
	waits, err := answeredWaits(ctx, q, at)
	if err != nil || len(waits) == 0 {
		return Response{}, err
	}
	open, err := openWaits(ctx, q, at)
	if err != nil {
		return Response{}, err
	}
	slices.Sort(waits)
	median := quantile(waits, 50)
	for _, w := range open {
		if w > median {
			waits = append(waits, w)
		}
	}
	slices.Sort(waits)
	return Response{Count: len(waits), Median: quantile(waits, 50), P90: quantile(waits, 90)}, nil
}

func answeredWaits(ctx context.Context, q store.Querier, at time.Time) (waits []time.Duration, err error) {
	return waits, store.EachRow(ctx, q, `SELECT office_seconds FROM support_response WHERE answered_at > $1 AND answered_at <= $2`,
		[]any{at.Add(-measuredOver).UnixMicro(), at.UnixMicro()}, func(rows *sql.Rows) error {
			var seconds int64
			err := rows.Scan(&seconds)
			waits = append(waits, time.Duration(seconds)*time.Second)
			return err
		})
}

func openWaits(ctx context.Context, q store.Querier, at time.Time) (waits []time.Duration, err error) {
	hours, err := GetHours(ctx, q)
	if err != nil {
		return nil, err
	}
	return waits, store.EachRow(ctx, q, `SELECT waiting_since FROM support_conversation WHERE waiting_since > 0 AND waiting_since <= $1`,
		[]any{at.UnixMicro()}, func(rows *sql.Rows) error {
			var since int64
			err := rows.Scan(&since)
			waits = append(waits, hours.Within(instant(since), at))
			return err
		})
}

// quantile is the smallest value that percent of sorted ones do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	const whole = 100
	return sorted[max(0, (len(sorted)*percent+whole-1)/whole-1)]
}
