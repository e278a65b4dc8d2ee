package ledger

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// HoldState is where a hold is in its life (Rule B-05).
type HoldState string

// The states of a hold. Pending is the first; the others are final.
const (
	Pending HoldState = "pending" // reserves its amount
	Posted  HoldState = "posted"  // settled by an entry
	Voided  HoldState = "voided"  // given back: nothing was used
	Expired HoldState = "expired" // given back: nobody claimed it in time
)

// HoldRequest asks to reserve funds.
type HoldRequest struct {
	Project ident.ProjectID
	Key     string // idempotency key, unique among the project's holds
	Ref     string // what it is for: a call leg
	Day     civil.Date
	Amount  money.Micro // zero or more
	At      time.Time   // not part of the request, a repetition may carry another
}

// Hold is a reservation of funds.
type Hold struct {
	ID          ident.HoldID
	Project     ident.ProjectID
	Key         string
	Ref         string
	Day         civil.Date // local usage day of what it is for
	Amount      money.Micro
	State       HoldState
	OpenedAt    time.Time
	HeartbeatAt time.Time     // when its owner was last known to be alive
	ClosedAt    time.Time     // zero while pending
	Entry       ident.EntryID // the entry that settled it, or zero
}

// hold is a hold as the batch has changed it.
type hold struct {
	Hold
	requestHash string
	stored      bool // it has a row
	dirty       bool
}

const holdColumns = "id, project_id, idem_key, request_hash, ref, day, amount, state, opened_at, heartbeat_at, closed_at, entry_id, digest"

var holdColumnList = columnList(holdColumns)

// row is the hold as its table stores it, in the order of holdColumns.
func (h *hold) row() []any {
	return []any{
		int64(h.ID), string(h.Project), Key{h.Project, h.Key}.stored(), h.requestHash, h.Ref, int64(h.Day), int64(h.Amount), string(h.State),
		h.OpenedAt.UnixMicro(), h.HeartbeatAt.UnixMicro(), h.closedAt(), int64(h.Entry), h.digest(),
	}
}

func (h *hold) closedAt() int64 {
	if h.ClosedAt.IsZero() {
		return 0
	}
	return h.ClosedAt.UnixMicro()
}

// digest fingerprints the hold's row, so that Verify notices a change made behind the ledger's back.
func (h *hold) digest() string {
	b := make([]byte, 0, 256)
	b = append(b, "hold 1 "...)
	for _, text := range [...]string{string(h.Project), h.Key, h.requestHash, h.Ref, string(h.State)} {
		b = appendText(b, text)
	}
	return hashOf(appendInts(b, int64(h.ID), int64(h.Day), int64(h.Amount), h.OpenedAt.UnixMicro(), h.HeartbeatAt.UnixMicro(), h.closedAt(), int64(h.Entry)))
}

// nextHold reads the next columns as those of holdColumns: its fields are evaluated in the order of the columns.
func (d *decoder) nextHold() (found *hold, digest string) {
	h := &hold{stored: true}
	h.ID, h.Project, h.Key, h.requestHash = ident.HoldID(d.number()), ident.ProjectID(d.text()), d.text(), d.text()
	h.Key = ownKey(h.Key, h.Project)
	h.Ref, h.Day, h.Amount, h.State = d.text(), civil.Date(d.number()), d.amount(), HoldState(d.text())
	h.OpenedAt, h.HeartbeatAt = d.instant(), d.instant()
	if closedAt := d.number(); closedAt != 0 {
		h.ClosedAt = time.UnixMicro(closedAt).UTC()
	}
	h.Entry = ident.EntryID(d.number())
	return h, d.text()
}

// hold finds a hold of the project whose account is locked; errs.NotFound `ledger.no_hold`.
func (b *Batch) hold(ctx context.Context, project ident.ProjectID, id ident.HoldID) (*hold, error) {
	if _, known := b.holds[id]; !known {
		if err := b.loadHolds(ctx, []ident.HoldID{id}); err != nil {
			return nil, err
		}
	}
	if h := b.holds[id]; h != nil && h.Project == project {
		return h, nil
	}
	return nil, noHold(project, id)
}

func (b *Batch) loadHolds(ctx context.Context, wanted []ident.HoldID) error {
	missing := make([]int64, 0, len(wanted))
	for _, id := range wanted {
		if _, known := b.holds[id]; !known {
			missing = append(missing, int64(id))
			b.holds[id] = nil
		}
	}
	return store.EachList(missing, func(list string, args []any) error {
		return b.query(ctx, "SELECT "+holdColumns+" FROM ledger_hold WHERE id IN ("+list+")", args, b.remember)
	})
}

func (b *Batch) loadHoldKeys(ctx context.Context, keys []Key) error {
	return store.EachKey(ctx, b.tx, "SELECT "+holdColumns+" FROM ledger_hold WHERE idem_key IN (keys)", missingKeys(b.holdKeys, keys), b.remember)
}

// remember keeps a hold that was read, unless the batch knows it and may have changed it.
func (b *Batch) remember(rows *sql.Rows) error {
	d := newDecoder(holdColumnList)
	if err := d.scan(rows); err != nil {
		return err
	}
	found, _ := d.nextHold()
	if known := b.holds[found.ID]; known != nil {
		found = known
	}
	b.holds[found.ID] = found
	b.holdKeys[Key{found.Project, found.Key}] = found
	return nil
}
