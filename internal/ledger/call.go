package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Entries of calls are many, and those of a thousand projects come mixed: an index by project and day would cost a page for
// nearly every one. So the sealer files them, many of a project at once, a few seconds after they were booked:
//
//	ledger_call      which entries are calls of a project's day
//	ledger_call_day  what these come to by item, so that a statement reads a row where a day had thousands of calls
//
// Readers add the tail, which is what the sealer has not reached: calls numbered above the end of their project's chain.

// notCalls is the condition of the index of all other entries; it has to stand in a query as it does in the index.
const notCalls = "kind <> 'call'"

// tail is the condition on ledger_entry e for calls not filed yet, behind the sealer's mark, a placeholder. An older mark
// only costs time.
func tail(mark string) string {
	return "e.id > " + mark + " AND e.kind = 'call' AND e.seq > COALESCE((SELECT h.seq FROM ledger_seal_head h WHERE h.project_id = e.project_id), 0)"
}

// movements is a table expression for what moved funds, with columns project_id, day, kind, item, amount, quantity,
// entries, house and reversal (0 or 1), for queries that sum up: single entries, but calls by day and item. where is put
// behind each of its sources.
func movements(mark, where string) string {
	return `(SELECT e.project_id, e.day, e.kind, e.item, e.amount, e.quantity, 1 AS entries, e.house, CASE WHEN e.reverses = 0 THEN 0 ELSE 1 END AS reversal
		FROM ledger_entry e WHERE e.` + notCalls + ` AND ` + where + `
		UNION ALL SELECT e.project_id, e.day, 'call', e.item, e.amount, e.quantity, e.entries, '` + CallHouse + `', 0 FROM ledger_call_day e WHERE ` + where + `
		UNION ALL SELECT e.project_id, e.day, e.kind, e.item, e.amount, e.quantity, 1, e.house, 0 FROM ledger_entry e WHERE ` + tail(mark) + ` AND ` + where + `) AS m`
}

// filing gathers the calls of one write of the sealer.
type filing struct {
	calls [][]any
	sums  map[callDay]*callSum
}

type callDay struct {
	project ident.ProjectID
	day     civil.Date
	item    string
}

type callSum struct {
	amount            money.Micro
	quantity, entries int64
}

func (f *filing) add(e *Entry) {
	if e.Kind != pricing.Call {
		return
	}
	f.calls = append(f.calls, []any{string(e.Project), int64(e.Day), int64(e.ID)})
	if f.sums == nil {
		f.sums = map[callDay]*callSum{}
	}
	day := callDay{e.Project, e.Day, e.Item}
	sum := f.sums[day]
	if sum == nil {
		sum = &callSum{}
		f.sums[day] = sum
	}
	sum.amount += e.Amount
	sum.quantity += e.Quantity
	sum.entries++
}

func (f *filing) flush(ctx context.Context, tx *store.Tx) error {
	if err := tx.Insert(ctx, "ledger_call", []string{"project_id", "day", "entry_id"}, f.calls); err != nil {
		return err
	}
	days := slices.SortedFunc(maps.Keys(f.sums), func(a, b callDay) int {
		return cmp.Or(cmp.Compare(a.project, b.project), cmp.Compare(a.day, b.day), cmp.Compare(a.item, b.item))
	})
	rows := make([][]any, len(days))
	for i, day := range days {
		sum := f.sums[day]
		rows[i] = []any{string(day.project), int64(day.day), day.item, int64(sum.amount), sum.quantity, sum.entries}
	}
	return tx.Merge(ctx, callDayRows, rows)
}

var callDayRows = store.NewMerge("ledger_call_day", []string{"project_id", "day", "item", "amount", "quantity", "entries"}, 3,
	"amount = ledger_call_day.amount + excluded.amount", "quantity = ledger_call_day.quantity + excluded.quantity",
	"entries = ledger_call_day.entries + excluded.entries")
