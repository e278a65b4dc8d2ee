package ledger

import (
	"context"
	"database/sql"
	"hash/maphash"
	"math/bits"
	"strconv"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// filed is a fingerprint of a project's filed calls: sums, wrapping around, in which every row weighs by a hash of its
// place. So what is recomputed entry by entry compares with what is stored by the day, in any order and without memory.
type filed struct {
	entries int64
	listed  uint64 // of ledger_call
	summed  uint64 // of ledger_call_day
}

// weights makes up the hashes of one run of Verify.
type weights struct{ seed maphash.Seed }

func (w weights) listed(day civil.Date, entry ident.EntryID) uint64 {
	return maphash.Comparable(w.seed, [2]int64{int64(day), int64(entry)})
}

func (w weights) summed(day civil.Date, item string, amount money.Micro, quantity, entries int64) uint64 {
	weight := maphash.Comparable(w.seed, callDay{day: day, item: item})
	return weight*uint64(amount) + bits.RotateLeft64(weight, 21)*uint64(quantity) + bits.RotateLeft64(weight, 42)*uint64(entries)
}

// file adds an entry that has a seal.
func (v *verifier) file(a *audited, e *Entry) {
	if e.Kind != pricing.Call || e.Seq > a.head.seq {
		return
	}
	a.recomputed.entries++
	a.recomputed.listed += v.weights.listed(e.Day, e.ID)
	a.recomputed.summed += v.weights.summed(e.Day, e.Item, e.Amount, e.Quantity, 1)
}

// beginCallDays reads the sums of days, which change, and the mark, in the moment in which the ends of chains are read.
func (v *verifier) beginCallDays(ctx context.Context, q store.Querier) error {
	var err error
	if v.mark, err = sealMark(ctx, q); err != nil {
		return err
	}
	return store.EachRow(ctx, q, "SELECT project_id, day, item, amount, quantity, entries FROM ledger_call_day", nil, func(rows *sql.Rows) error {
		var project, item string
		var day, amount, quantity, entries int64
		if err := rows.Scan(&project, &day, &item, &amount, &quantity, &entries); err != nil {
			return err
		}
		a := v.project(ident.ProjectID(project))
		a.filed.entries += entries
		a.filed.summed += v.weights.summed(civil.Date(day), item, money.Micro(amount), quantity, entries)
		return nil
	})
}

// calls reads which calls are filed, page by page: rows are only ever added, those of entries sealed since are passed over.
func (v *verifier) calls(ctx context.Context) error {
	var project string
	var day, entry int64
	for full := true; full; {
		count := 0
		err := store.EachRow(ctx, v.db, `SELECT project_id, day, entry_id FROM ledger_call
			WHERE (project_id, day, entry_id) > ($1, $2, $3) ORDER BY project_id, day, entry_id LIMIT $4`,
			[]any{project, day, entry, int64(verifyPage)}, func(rows *sql.Rows) error {
				count++
				if err := rows.Scan(&project, &day, &entry); err != nil {
					return err
				}
				if a := v.project(ident.ProjectID(project)); ident.EntryID(entry) <= a.head.entry {
					a.filed.listed += v.weights.listed(civil.Date(day), ident.EntryID(entry))
				}
				return nil
			})
		if err != nil {
			return err
		}
		full = count == verifyPage
	}
	return nil
}

// compareCalls compares what is filed with the sealed entries.
func (v *verifier) compareCalls(a *audited) {
	switch want, found := a.recomputed, a.filed; {
	case want.entries != found.entries:
		v.breachAfter(a, "calls in the sums of days", number(want.entries), number(found.entries))
	case want.summed != found.summed:
		v.breachAfter(a, "fingerprint of the sums of calls", hex(want.summed), hex(found.summed))
	case want.listed != found.listed:
		v.breachAfter(a, "fingerprint of the list of calls", hex(want.listed), hex(found.listed))
	}
}

// unfiled judges an entry without a seal: readers look for such calls behind the mark only. On PostgreSQL a transaction may
// outlast the mark's lateness.
func (v *verifier) unfiled(a *audited, e *Entry) {
	if lateness[v.db.Dialect()] == 0 && int64(e.ID) <= v.mark {
		v.breachAt(a, e, "entry below the sealer's mark", "sealed", "not sealed")
	}
}

func hex(v uint64) string { return strconv.FormatUint(v, 16) }
