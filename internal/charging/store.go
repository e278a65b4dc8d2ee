package charging

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
)

const legColumns = "leg_key, project_id, kind, to_number, number, number_owner, state, charge, hold_id, held, hold_seconds, max_seconds, " +
	"opened_at, answered_at, heartbeat_at, closed_at, seconds, billable, minutes, package, amount, day, prefix, zone, per_minute, book, entry_id, cause"

var legColumnList = strings.Split(legColumns, ", ")

// row is the leg as its table stores it, in the order of legColumns.
func (l *Leg) row() []any {
	return []any{
		l.key().stored(), string(l.Project), l.Kind, l.To, l.Number, l.NumberOwner, string(l.State), string(l.Charge), int64(l.Hold), int64(l.Held), l.HoldSeconds, l.MaxSeconds,
		instant(l.OpenedAt), instant(l.AnsweredAt), instant(l.HeartbeatAt), instant(l.ClosedAt), l.Seconds, l.Billable, l.Minutes, l.Package, int64(l.Amount),
		int64(l.Day), l.Prefix, l.Zone, int64(l.PerMinute), l.Book, int64(l.Entry), l.Cause,
	}
}

// instant is how times are stored: microseconds, 0 for none.
func instant(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func timeOf(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

func scanLeg(scan func(...any) error) (*Leg, error) {
	l := &Leg{stored: true}
	var stored, project, state, charge string
	var hold, held, opened, answered, heartbeat, closed, amount, day, perMinute, entry int64
	err := scan(&stored, &project, &l.Kind, &l.To, &l.Number, &l.NumberOwner, &state, &charge, &hold, &held, &l.HoldSeconds, &l.MaxSeconds,
		&opened, &answered, &heartbeat, &closed, &l.Seconds, &l.Billable, &l.Minutes, &l.Package, &amount, &day, &l.Prefix, &l.Zone, &perMinute,
		&l.Book, &entry, &l.Cause)
	l.ID = idOf(stored)
	l.Project, l.State, l.Charge, l.Hold, l.Held = ident.ProjectID(project), LegState(state), pricebook.LegCharge(charge), ident.HoldID(hold), money.Micro(held)
	l.OpenedAt, l.AnsweredAt, l.HeartbeatAt, l.ClosedAt = timeOf(opened), timeOf(answered), timeOf(heartbeat), timeOf(closed)
	l.Amount, l.Day, l.PerMinute, l.Entry = money.Micro(amount), civil.Date(day), money.Micro(perMinute), ident.EntryID(entry)
	return l, err
}

// loadLegs reads the legs the requests name.
func (r *round) loadLegs(ctx context.Context, wanted []needs) error {
	keys := make([]key, 0, len(wanted))
	for _, n := range wanted {
		if n.leg == "" || r.customers[n.project] == nil {
			continue
		}
		at := key{n.project, n.leg}
		if _, known := r.legs[at]; !known {
			r.legs[at] = nil
			keys = append(keys, at)
		}
	}
	return eachLeg(ctx, r.tx, keys, func(leg *Leg) { r.legs[leg.key()] = leg })
}

func eachLeg(ctx context.Context, q store.Querier, keys []key, found func(*Leg)) error {
	return eachList(keys, key.stored, func(list string, args []any) error {
		return eachRow(ctx, q, "SELECT "+legColumns+" FROM charging_leg WHERE leg_key IN ("+list+")", args, func(scan func(...any) error) error {
			leg, err := scanLeg(scan)
			found(leg)
			return err
		})
	})
}

// flushLegs inserts new legs and rewrites changed ones.
func (r *round) flushLegs(ctx context.Context) error {
	var fresh, changed [][]any
	for _, leg := range r.written {
		if leg.stored {
			changed = append(changed, leg.row())
		} else {
			fresh = append(fresh, leg.row())
		}
	}
	if err := r.tx.Insert(ctx, "charging_leg", legColumnList, fresh); err != nil {
		return err
	}
	for _, size := range updateSizes {
		for len(changed) >= size {
			args := make([]any, 0, size*len(legColumnList))
			for _, row := range changed[:size] {
				args = append(args, row...)
			}
			if _, err := r.tx.Exec(ctx, updates[size], args...); err != nil {
				return err
			}
			changed = changed[size:]
		}
	}
	return nil
}

// updateSizes are the numbers of legs a statement rewrites, largest first.
var updateSizes = [...]int{64, 8, 1}

// updates are statements that rewrite so many legs known to be there, in the one way both engines share: an insert that
// finds its row.
var updates = func() map[int]string {
	var set []string
	for _, column := range legColumnList[6:] {
		set = append(set, column+" = excluded."+column)
	}
	texts := map[int]string{}
	for _, size := range updateSizes {
		tuples := make([]string, size)
		for i := range tuples {
			tuples[i] = "(" + store.List(1+i*len(legColumnList), len(legColumnList)) + ")"
		}
		texts[size] = "INSERT INTO charging_leg (" + legColumns + ") VALUES " + strings.Join(tuples, ", ") +
			" ON CONFLICT (leg_key) DO UPDATE SET " + strings.Join(set, ", ")
	}
	return texts
}()

// listSizes are the lengths of lists in statements, so that few different ones are prepared.
var listSizes = [...]int{1, 8, 64, 256}

var lists = func() map[int]string {
	texts := map[int]string{}
	for _, size := range listSizes {
		texts[size] = store.List(1, size)
	}
	return texts
}()

// listSize is the length of the list that takes n or, where none does, the longest.
func listSize(n int) int {
	for _, size := range listSizes {
		if n <= size {
			return size
		}
	}
	return listSizes[len(listSizes)-1]
}

// eachList splits values into lists of those lengths; the last is filled up by repeating its last value.
func eachList[T any](values []T, text func(T) string, run func(list string, args []any) error) error {
	for len(values) > 0 {
		args := make([]any, listSize(len(values)))
		for i := range args {
			args[i] = text(values[min(i, len(values)-1)])
		}
		if err := run(lists[len(args)], args); err != nil {
			return err
		}
		values = values[min(len(values), len(args)):]
	}
	return nil
}

// eachRow runs a query and hands each row to read, then closes it.
func eachRow(ctx context.Context, q store.Querier, text string, args []any, read func(scan func(...any) error) error) error {
	rows, err := q.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
