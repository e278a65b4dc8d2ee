package charging

import (
	"context"
	"database/sql"
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

func storedKeys(keys []key) []string {
	stored := make([]string, len(keys))
	for i, at := range keys {
		stored[i] = at.stored()
	}
	return stored
}

func eachLeg(ctx context.Context, q store.Querier, keys []key, found func(*Leg)) error {
	return store.EachKey(ctx, q, "SELECT "+legColumns+" FROM charging_leg WHERE leg_key IN (keys)", storedKeys(keys), func(rows *sql.Rows) error {
		leg, err := scanLeg(rows.Scan)
		found(leg)
		return err
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
	return r.tx.Merge(ctx, legRows, changed)
}

// legRows rewrites legs known to be there.
var legRows = store.NewMerge("charging_leg", legColumnList, 1, legColumnList[6:]...)
