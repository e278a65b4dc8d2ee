package support

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Hours are when the operator's side is at work. The zero Hours are always.
type Hours struct {
	Zone  string `json:"zone"` // "Europe/Kyiv"
	Spans []Span `json:"spans"`
	zone  *time.Location
}

// Span is a part of a day of each week.
type Span struct {
	Day   time.Weekday `json:"day"`
	From  int          `json:"from"`  // minutes since midnight
	Until int          `json:"until"` // up to 1440, more than From
}

const minutesOfDay = 24 * 60

// check loads the zone and puts the spans in order; errs.Invalid `support.bad_hours`.
func (h Hours) check() (Hours, error) {
	if len(h.Spans) == 0 {
		return Hours{}, nil
	}
	bad := func(format string, args ...any) (Hours, error) {
		return Hours{}, errs.New(errs.Invalid, "support.bad_hours", format, args...).At("hours").Try("write parts of days that do not overlap, in a time zone")
	}
	zone, err := time.LoadLocation(h.Zone)
	if err != nil || h.Zone == "" {
		return bad("%.60q is not a time zone", h.Zone)
	}
	h.zone, h.Spans = zone, slices.Clone(h.Spans)
	slices.SortFunc(h.Spans, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.From, b.From)) })
	for i, s := range h.Spans {
		if s.Day < time.Sunday || s.Day > time.Saturday || s.From < 0 || s.Until > minutesOfDay || s.From >= s.Until {
			return bad("a part of day %d from minute %d until %d is none", s.Day, s.From, s.Until)
		}
		if i > 0 && h.Spans[i-1].Day == s.Day && h.Spans[i-1].Until > s.From {
			return bad("two parts of day %d overlap", s.Day)
		}
	}
	return h, nil
}

// Always tells that no hours are set.
func (h Hours) Always() bool { return len(h.Spans) == 0 }

// Open tells whether an instant lies within the hours.
func (h Hours) Open(at time.Time) bool { return h.Always() || h.Within(at, at.Add(time.Second)) > 0 }

// Within is how much of the time between two instants lies within the hours: a wait over the night does not count
// (Rule S-06).
func (h Hours) Within(from, until time.Time) time.Duration {
	if h.Always() || !from.Before(until) {
		return max(0, until.Sub(from))
	}
	const longest = 366 // days: a wait beyond a year counts as one
	var sum time.Duration
	day := from.In(h.zone)
	for range longest {
		if day.After(until) {
			break
		}
		year, month, date := day.Date()
		for _, s := range h.Spans {
			if s.Day == day.Weekday() {
				sum += overlap(from, until, time.Date(year, month, date, 0, s.From, 0, 0, h.zone), time.Date(year, month, date, 0, s.Until, 0, 0, h.zone))
			}
		}
		day = time.Date(year, month, date+1, 0, 0, 0, 0, h.zone)
	}
	return sum
}

// overlap is for how long two stretches of time are both under way.
func overlap(from, until, start, end time.Time) time.Duration {
	if start.Before(from) {
		start = from
	}
	if end.After(until) {
		end = until
	}
	return max(0, end.Sub(start))
}

// GetHours gives the hours that are set.
func GetHours(ctx context.Context, q store.Querier) (Hours, error) {
	var h Hours
	var week string
	err := q.QueryRow(ctx, `SELECT zone, week FROM support_hours WHERE hours_id = 1`).Scan(&h.Zone, &week)
	if errors.Is(err, sql.ErrNoRows) {
		return Hours{}, nil
	}
	if err != nil {
		return Hours{}, err
	}
	if err := json.Unmarshal([]byte(week), &h.Spans); err != nil {
		return Hours{}, err
	}
	return h.check()
}

// SetHours sets the hours, or, without spans, takes them away. What was measured stays. Errors: errs.Denied
// `access.denied`, errs.Invalid `support.bad_hours`.
func (d Desk) SetHours(ctx context.Context, tx *store.Tx, h Hours, at time.Time) error {
	if d.mayEdit != nil {
		return d.mayEdit
	}
	h, err := h.check()
	if err != nil {
		return err
	}
	before, err := GetHours(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM support_hours WHERE hours_id = 1`); err != nil {
		return err
	}
	if !h.Always() {
		week, err := json.Marshal(h.Spans)
		if err != nil {
			return err
		}
		if err := tx.Insert(ctx, "support_hours", []string{"hours_id", "zone", "week"}, [][]any{{1, h.Zone, string(week)}}); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, d.by, at, audit.Change{
		Org: ident.Operator, Object: access.Chat.String(), ObjectID: "hours", Action: access.Edit.String(), Before: before, After: h,
	})
}
