package billing

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Usage is what a project used on one usage day.
type Usage struct {
	Project    ident.ProjectID
	Day        civil.Date
	Calls      money.Micro // what its call legs cost
	CallCount  int64
	SMS        money.Micro
	SMSCount   int64
	Sessions   int64
	SessionFee money.Micro // set by the day's close
	counted    bool        // a product with sessions was on: they count for its period
}

// Spent is what communications cost: the figure of the daily cap (Rule B-70).
func (u Usage) Spent() money.Micro { return u.Calls + u.SMS }

// UsageBetween reads the usage of days from through to, oldest first; days without any are left out.
func UsageBetween(ctx context.Context, q store.Querier, id ident.ProjectID, from, to civil.Date) ([]Usage, error) {
	rows, err := q.Query(ctx, `SELECT day, calls, call_count, sms, sms_count, sessions, session_fee, counted FROM billing_usage
		WHERE project_id = $1 AND day >= $2 AND day <= $3 ORDER BY day`, string(id), int64(from), int64(to))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var usages []Usage
	for rows.Next() {
		u := Usage{Project: id}
		var day, calls, sms, fee, counted int64
		if err := rows.Scan(&day, &calls, &u.CallCount, &sms, &u.SMSCount, &u.Sessions, &fee, &counted); err != nil {
			return nil, err
		}
		u.Day, u.Calls, u.SMS, u.SessionFee, u.counted = civil.Date(day), money.Micro(calls), money.Micro(sms), money.Micro(fee), counted != 0
		usages = append(usages, u)
	}
	return usages, rows.Err()
}

// CountSessions adds a site's visits to the usage day of an instant (Rule B-33). Visits of a day that is closed count for
// the first open one.
func (s *Service) CountSessions(ctx context.Context, tx *store.Tx, id ident.ProjectID, count int64, at time.Time) error {
	if count < 0 || count > maxSessions {
		return errs.New(errs.Invalid, "billing.bad_sessions", "%d is not a number of sessions from 0 to %d", count, int64(maxSessions)).At("count")
	}
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return err
	}
	return AddUsage(ctx, tx, []Usage{{Project: id, Day: sc.sessionsDay(), Sessions: count}})
}

// sessionsDay is the usage day for which visits count now.
func (sc *scene) sessionsDay() civil.Date { return max(sc.day, sc.standing.NextDay) }

// SessionReport is a number of visits as somebody counted them.
type SessionReport struct {
	ID    string `json:"id"` // of the report, 1 to 100 characters
	Count int64  `json:"count"`
}

// ReportSessions is CountSessions for reports that may be delivered again, however late: a report counts once and says for
// which usage day. The same id with another count is errs.Conflict `billing.payment_conflict` (Rules B-04, B-33).
func (s *Service) ReportSessions(ctx context.Context, tx *store.Tx, id ident.ProjectID, report SessionReport, at time.Time) (day civil.Date, err error) {
	if !fits(report.ID, longestID) {
		return 0, errs.New(errs.Invalid, "billing.bad_sessions", "a report has an id of 1 to %d characters", longestID).At("id")
	}
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return 0, err
	}
	request, err := json.Marshal(report)
	if err != nil {
		return 0, err
	}
	err = sc.once(ctx, "sessions/"+report.ID, request, &day, func() error {
		day = sc.sessionsDay()
		return s.CountSessions(ctx, tx, id, report.Count, at)
	})
	return day, err
}

const maxSessions = 1_000_000_000

// AddMinutes counts minutes of a package in the calendar month of a usage day (Rule B-38).
func AddMinutes(ctx context.Context, tx *store.Tx, id ident.ProjectID, day civil.Date, pack string, minutes int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO billing_minute (project_id, month, package, minutes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (project_id, month, package) DO UPDATE SET minutes = billing_minute.minutes + excluded.minutes`,
		string(id), int64(day.FirstOfMonth()), pack, minutes)
	return err
}

// MinutesOf reads the minutes of each package used in the calendar month of a day.
func MinutesOf(ctx context.Context, q store.Querier, id ident.ProjectID, day civil.Date) (map[string]int64, error) {
	rows, err := q.Query(ctx, `SELECT package, minutes FROM billing_minute WHERE project_id = $1 AND month = $2`, string(id), int64(day.FirstOfMonth()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	used := map[string]int64{}
	for rows.Next() {
		var pack string
		var minutes int64
		if err := rows.Scan(&pack, &minutes); err != nil {
			return nil, err
		}
		used[pack] = minutes
	}
	return used, rows.Err()
}
