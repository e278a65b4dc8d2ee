package ban

import (
	"cmp"
	"context"
	"database/sql"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Held is a source that a node shuts out.
type Held struct {
	Node   string
	Source netip.Addr
	Why    string // "scanner", "wrong_password", "unknown_user", "malformed", "knocking"
	Since  time.Time
	Until  time.Time
	Times  int // how often it was shut out lately, this time among them
}

// List gives the sources that are shut out, the latest first.
func List(ctx context.Context, q store.Querier, at time.Time) (list []Held, err error) {
	return list, store.EachRow(ctx, q, `SELECT node, source, why, since, until, times FROM ban_held WHERE until > $1 AND released = 0 ORDER BY since DESC, source, node`,
		[]any{at.UnixMicro()}, func(rows *sql.Rows) error {
			var h Held
			var source string
			var since, until int64
			if err := rows.Scan(&h.Node, &source, &h.Why, &since, &until, &h.Times); err != nil {
				return err
			}
			h.Source, err = netip.ParseAddr(source)
			h.Since, h.Until = time.UnixMicro(since).UTC(), time.UnixMicro(until).UTC()
			list = append(list, h)
			return err
		})
}

// Say writes down whom a node shuts out now, in the place of what it said before. What an operator has let in meanwhile stays let in.
func Say(ctx context.Context, tx *store.Tx, node string, list []Held, at time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM ban_held WHERE node = $1 OR until <= $2`, node, at.UnixMicro()); err != nil {
		return err
	}
	for _, h := range list {
		if _, err := tx.Exec(ctx, `INSERT INTO ban_held (node, source, why, since, until, times, released) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
			node, h.Source.String(), h.Why, h.Since.UnixMicro(), h.Until.UnixMicro(), h.Times); err != nil {
			return err
		}
	}
	return nil
}

// Released are the sources of a node that an operator has let in, since the node last said whom it shuts out.
func Released(ctx context.Context, q store.Querier, node string) (list []netip.Addr, err error) {
	return list, store.EachRow(ctx, q, `SELECT source FROM ban_held WHERE node = $1 AND released > 0`, []any{node}, func(rows *sql.Rows) error {
		var source string
		if err := rows.Scan(&source); err != nil {
			return err
		}
		addr, err := netip.ParseAddr(source)
		list = append(list, addr)
		return err
	})
}

// Release lets a source in, on all nodes within seconds (Rule T-127). Errors: errs.Denied `access.denied`, errs.NotFound `ban.none`.
func Release(ctx context.Context, tx *store.Tx, p access.Permit, source netip.Addr, at time.Time) error {
	if err := may(p); err != nil {
		return err
	}
	before, err := List(ctx, tx, at)
	if err != nil {
		return err
	}
	before = slices.DeleteFunc(before, func(h Held) bool { return h.Source != source })
	result, err := tx.Exec(ctx, `UPDATE ban_held SET released = $2 WHERE source = $1 AND released = 0 AND until > $2`, source.String(), at.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return cmp.Or[error](err, errs.New(errs.NotFound, "ban.none", "%s is not shut out", source).At("address").Try("look at who is shut out now"))
	}
	return note(ctx, tx, p, source.String(), "release", before, nil, at)
}

// may refuses whoever may not edit the operator's telephony.
func may(p access.Permit) error {
	_, err := p.May(access.Edit, access.Telephony)
	return err
}

func note(ctx context.Context, tx *store.Tx, p access.Permit, id, action string, before, after any, at time.Time) error {
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: "ban", ObjectID: id, Action: action, Before: before, After: after})
}
