package billing

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// What charging needs to know of many projects at once: one query a few hundred of them.

// GetStandings reads where projects stand, as far as charging asks: their next day to close and their state, no more.
// Projects that do not exist are left out.
func GetStandings(ctx context.Context, q store.Querier, ids []ident.ProjectID) (map[ident.ProjectID]*Standing, error) {
	standings := make(map[ident.ProjectID]*Standing, len(ids))
	// Read as what the columns are made of: converting each to its named type would double the time.
	var id, state string
	var day int64
	err := store.EachKey(ctx, q, `SELECT project_id, next_day, state FROM billing_project WHERE project_id IN (keys)`, ids, func(rows *sql.Rows) error {
		err := rows.Scan(&id, &day, &state)
		standings[ident.ProjectID(id)] = &Standing{Project: ident.ProjectID(id), NextDay: civil.Date(day), State: State(state)}
		return err
	})
	return standings, err
}

// UsageKey names a usage day of a project.
type UsageKey struct {
	Project ident.ProjectID
	Day     civil.Date
}

// UsageOf reads what projects used on usage days; days without any are left out.
func UsageOf(ctx context.Context, q store.Querier, keys []UsageKey) (map[UsageKey]Usage, error) {
	usages := make(map[UsageKey]Usage, len(keys))
	days := map[civil.Date][]ident.ProjectID{}
	for _, key := range keys {
		days[key.Day] = append(days[key.Day], key.Project)
	}
	for day, ids := range days {
		if err := usageOn(ctx, q, day, ids, usages); err != nil {
			return nil, err
		}
	}
	return usages, nil
}

func usageOn(ctx context.Context, q store.Querier, day civil.Date, ids []ident.ProjectID, usages map[UsageKey]Usage) error {
	var id string
	var calls, sms, fee, counted int64
	return store.EachList(ids, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, calls, call_count, sms, sms_count, sessions, session_fee, counted FROM billing_usage
			WHERE project_id IN (`+list+`) AND day = `+store.List(len(args)+1, 1), append(args, int64(day)), func(rows *sql.Rows) error {
			u := Usage{Day: day}
			if err := rows.Scan(&id, &calls, &u.CallCount, &sms, &u.SMSCount, &u.Sessions, &fee, &counted); err != nil {
				return err
			}
			u.Project, u.Calls, u.SMS, u.SessionFee, u.counted = ident.ProjectID(id), money.Micro(calls), money.Micro(sms), money.Micro(fee), counted != 0
			usages[UsageKey{u.Project, day}] = u
			return nil
		})
	})
}

// AddUsage meters communications: it adds to what the days hold, in the transaction that charges them. No two of the
// usages may be of the same project and day.
func AddUsage(ctx context.Context, tx *store.Tx, usages []Usage) error {
	rows := make([][]any, len(usages))
	for i, u := range usages {
		rows[i] = []any{
			string(u.Project), int64(u.Day), int64(u.Calls), u.CallCount, int64(u.SMS), u.SMSCount, u.Sessions, int64(u.SessionFee), flag(u.counted),
		}
	}
	return tx.Merge(ctx, usageRows, rows)
}

// usageRows add to what is there.
var usageRows = store.NewMerge("billing_usage", []string{"project_id", "day", "calls", "call_count", "sms", "sms_count", "sessions", "session_fee", "counted"}, 2,
	"calls = billing_usage.calls + excluded.calls", "call_count = billing_usage.call_count + excluded.call_count",
	"sms = billing_usage.sms + excluded.sms", "sms_count = billing_usage.sms_count + excluded.sms_count",
	"sessions = billing_usage.sessions + excluded.sessions", "session_fee = billing_usage.session_fee + excluded.session_fee",
	"counted = CASE WHEN excluded.counted > billing_usage.counted THEN excluded.counted ELSE billing_usage.counted END")

// NumberAt names a number of a project at an instant.
type NumberAt struct {
	Project ident.ProjectID
	Number  string // E.164
	At      time.Time
}

// NumberOwnersAt tells who owned numbers that projects held at instants: one of NumberOwners. Numbers not held are left out.
func NumberOwnersAt(ctx context.Context, q store.Querier, wanted []NumberAt) (map[NumberAt]string, error) {
	owners := map[NumberAt]string{}
	held := map[ident.ProjectID]holdings{}
	for _, number := range wanted {
		if _, known := held[number.Project]; known {
			continue
		}
		since := number.At
		for _, other := range wanted {
			if other.Project == number.Project && other.At.Before(since) {
				since = other.At
			}
		}
		found, err := holdingsSince(ctx, q, number.Project, since.UnixMicro())
		if err != nil {
			return nil, err
		}
		held[number.Project] = found
	}
	for _, number := range wanted {
		if owner, ok := held[number.Project].ownerAt(number); ok {
			owners[number] = owner
		}
	}
	return owners, nil
}

func (h holdings) ownerAt(number NumberAt) (string, bool) {
	at := number.At.UnixMicro()
	for _, held := range h {
		if held.kind == holdNumber && held.item == number.Number && held.from <= at && at < held.until {
			return held.number.Owner, true
		}
	}
	return "", false
}
