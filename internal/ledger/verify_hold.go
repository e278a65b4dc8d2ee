package ledger

import (
	"context"
	"database/sql"
	"errors"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// settlement is the entry a hold names.
type settlement struct {
	project string
	hold    int64
	seq     int64
}

// holds judges every hold by itself and by the entry that settled it.
func (v *verifier) holds(ctx context.Context) error {
	for after, more := int64(-1<<63), true; more; {
		var err error
		if after, more, err = v.holdPage(ctx, after); err != nil {
			return err
		}
	}
	return nil
}

const holdQuery = "SELECT h.id, h.project_id, h.idem_key, h.request_hash, h.ref, h.day, h.amount, h.state, h.opened_at, h.heartbeat_at, h.closed_at, h.entry_id, h.digest, " +
	"COALESCE(e.project_id, ''), COALESCE(e.hold_id, 0), COALESCE(e.seq, 0) " +
	"FROM ledger_hold h LEFT JOIN ledger_entry e ON e.id = h.entry_id WHERE h.id > $1 ORDER BY h.id LIMIT $2"

func (v *verifier) holdPage(ctx context.Context, after int64) (last int64, more bool, err error) {
	decoder := newDecoder(append(columnList(holdColumns), "project_id", "hold_id", "seq"))
	read := 0
	err = store.EachRow(ctx, v.db, holdQuery, []any{after, int64(verifyPage)}, func(rows *sql.Rows) error {
		if err := decoder.scan(rows); err != nil {
			return err
		}
		h, digest := decoder.nextHold()
		read, last = read+1, int64(h.ID)
		v.hold(h, digest, settlement{decoder.text(), decoder.number(), decoder.number()})
		return nil
	})
	return last, read == verifyPage, err
}

func (v *verifier) hold(h *hold, digest string, by settlement) {
	v.report.Holds++
	a := v.project(h.Project)
	fail := func(what, expected, found string) {
		v.breach(a, Breach{Project: h.Project, Entry: h.Entry, Seq: by.seq, Hold: h.ID, What: what, Expected: expected, Found: found})
	}
	if want := h.digest(); want != digest {
		fail("hold digest", want, digest)
	}
	switch h.State {
	case Pending, Voided, Expired:
		if h.Entry != 0 {
			fail("entry of a "+string(h.State)+" hold", "none", number(h.Entry))
		}
	case Posted:
		if by.project != string(h.Project) || by.hold != int64(h.ID) {
			fail("entry of a posted hold", "one of "+string(h.Project)+" for this hold", number(h.Entry)+" of "+by.project+" for hold "+number(by.hold))
		}
		if by.seq <= a.account.Seq {
			a.settled--
		}
	default:
		fail("hold state", "pending, posted, voided or expired", string(h.State))
	}
	if (h.State == Pending) != h.ClosedAt.IsZero() {
		fail("closed_at of a "+string(h.State)+" hold", "set when it leaves pending", number(h.closedAt()))
	}
}

// nameUnsettled finds the first entry that says it settled a hold which does not name it.
func (v *verifier) nameUnsettled(ctx context.Context, a *audited) error {
	var id, seq, hold int64
	err := v.db.QueryRow(ctx, `SELECT e.id, e.seq, e.hold_id FROM ledger_entry e LEFT JOIN ledger_hold h ON h.id = e.hold_id AND h.entry_id = e.id AND h.project_id = e.project_id
		WHERE e.project_id = $1 AND e.hold_id <> 0 AND h.id IS NULL ORDER BY e.id LIMIT 1`, string(a.account.Project)).Scan(&id, &seq, &hold)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	v.breach(a, Breach{
		Project: a.account.Project, Entry: ident.EntryID(id), Seq: seq, What: "hold settled by the entry", Expected: "posted by it", Found: number(hold),
	})
	return nil
}
