package call

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"bellwether/internal/store"
)

// Quarter is the calls that began within a quarter of an hour. The hours of every zone begin with one, so quarters add up to its hours and days.
type Quarter struct {
	At time.Time // its first instant
	Totals
}

const quarter = 15 * time.Minute

// idsOfQuarter is how far the ids of calls of one quarter reach.
const idsOfQuarter = int64(quarter/time.Microsecond) << chanceBits

// Quarters sums up the calls of a filter by when they began, the oldest first; quarters without calls are missing. Give it a span of time.
func (w Window) Quarters(ctx context.Context, q store.Querier, f Filter) (list []Quarter, err error) {
	where := w.where(f)
	where.owners(w.reach)
	began := "l.call_id / " + strconv.FormatInt(idsOfQuarter, 10)
	query := `SELECT ` + began + `, ` + sums + ` FROM (SELECT * FROM ` + where.log + ` WHERE ` + where.String() + `) AS l GROUP BY ` + began + ` ORDER BY ` + began
	return list, store.EachRow(ctx, q, query, where.args, func(found *sql.Rows) error {
		var n int64
		var one Quarter
		err := found.Scan(append([]any{&n}, one.fields()...)...)
		one.At = ID(n * idsOfQuarter).Began()
		list = append(list, one)
		return err
	})
}
