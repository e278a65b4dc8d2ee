package billing

import (
	"context"
	"database/sql"
	"strings"
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
	err := eachList(ids, func(list string, args []any) error {
		rows, err := q.Query(ctx, `SELECT project_id, next_day, state FROM billing_project WHERE project_id IN (`+list+`)`, args...)
		return eachRow(rows, err, func() error {
			err := rows.Scan(&id, &day, &state)
			standings[ident.ProjectID(id)] = &Standing{Project: ident.ProjectID(id), NextDay: civil.Date(day), State: State(state)}
			return err
		})
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
	return eachList(ids, func(list string, args []any) error {
		rows, err := q.Query(ctx, `SELECT project_id, calls, call_count, sms, sms_count, sessions, session_fee, counted FROM billing_usage
			WHERE project_id IN (`+list+`) AND day = `+store.List(len(args)+1, 1), append(args, int64(day))...)
		return eachRow(rows, err, func() error {
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
	for _, size := range usageSizes {
		for ; len(usages) >= size; usages = usages[size:] {
			args := make([]any, 0, size*len(usageColumns))
			for _, u := range usages[:size] {
				args = append(args, string(u.Project), int64(u.Day), int64(u.Calls), u.CallCount, int64(u.SMS), u.SMSCount, u.Sessions,
					int64(u.SessionFee), flag(u.counted))
			}
			if _, err := tx.Exec(ctx, addUsage[size], args...); err != nil {
				return err
			}
		}
	}
	return nil
}

var usageColumns = []string{"project_id", "day", "calls", "call_count", "sms", "sms_count", "sessions", "session_fee", "counted"}

// usageSizes are the numbers of days a statement adds to, largest first.
var usageSizes = [...]int{64, 8, 1}

// addUsage are the statements, by those numbers.
var addUsage = func() map[int]string {
	set := make([]string, 0, len(usageColumns))
	for _, column := range usageColumns[2:] {
		sum := "billing_usage." + column + " + excluded." + column
		if column == "counted" {
			sum = "CASE WHEN excluded.counted > billing_usage.counted THEN excluded.counted ELSE billing_usage.counted END"
		}
		set = append(set, column+" = "+sum)
	}
	texts := map[int]string{}
	for _, size := range usageSizes {
		rows := make([]string, size)
		for i := range rows {
			rows[i] = "(" + store.List(1+i*len(usageColumns), len(usageColumns)) + ")"
		}
		texts[size] = "INSERT INTO billing_usage (" + strings.Join(usageColumns, ", ") + ") VALUES " + strings.Join(rows, ", ") +
			" ON CONFLICT (project_id, day) DO UPDATE SET " + strings.Join(set, ", ")
	}
	return texts
}()

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

// listSizes are the lengths of IN (...), so that few different statements are prepared.
var listSizes = [...]int{1, 8, 64, 256}

// eachList splits names into lists of those sizes; the last is filled up by repeating its last name.
func eachList(ids []ident.ProjectID, run func(list string, args []any) error) error {
	for len(ids) > 0 {
		size := 0
		for size < len(listSizes)-1 && listSizes[size] < len(ids) {
			size++
		}
		args := make([]any, listSizes[size], listSizes[size]+1)
		for i := range args {
			args[i] = string(ids[min(i, len(ids)-1)])
		}
		if err := run(store.List(1, len(args)), args); err != nil {
			return err
		}
		ids = ids[min(len(ids), len(args)):]
	}
	return nil
}

// eachRow hands every row of a query to read, and closes it.
func eachRow(rows *sql.Rows, err error, read func() error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(); err != nil {
			return err
		}
	}
	return rows.Err()
}
