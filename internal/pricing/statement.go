package pricing

import (
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Movement is the exact sum of a day's entries of one kind and item.
type Movement struct {
	Day      civil.Date
	Kind     Kind
	Item     string
	Amount   money.Micro
	Quantity int64 // what it is for: seats, sessions, seconds of calls
	Entries  int64 // how many entries it sums up
	// Reversal says that the entries undo others (Rule B-15).
	Reversal bool
}

// StatementRow is a line of a statement as a person sees it: rounded to the minor unit.
type StatementRow struct {
	Day      civil.Date  `json:"day"`
	Kind     Kind        `json:"kind"`
	Item     string      `json:"item"`
	Amount   money.Micro `json:"amount"`
	Exact    money.Micro `json:"exact"`
	Final    bool        `json:"final"`
	Quantity int64       `json:"quantity" doc:"Of its entries together; billable seconds of calls, segments of messages"`
	Entries  int64       `json:"entries" doc:"How many ledger entries are behind it: of calls, how many were charged"`
	// Reversal says that the row's entries undo others; what they undo, the entries name.
	Reversal bool `json:"reversal"`
}

// Statement rounds movements for people (Rule B-13). The total of a day is the rounded running total through it less the
// rounded running total through the day before, halves away from zero; its rows are apportioned by largest remainder, ties in the
// order of kinds. Calls and messages are one row a day each, and reversals stand apart from what else has their kind and item. opening is the exact running total before the first day;
// movements may come in any order.
func Statement(opening money.Micro, movements []Movement, currency money.Currency) []StatementRow {
	rows := merge(movements)
	unit := currency.MinorUnit()
	running := opening
	for start := 0; start < len(rows); {
		end := start
		parts := []money.Micro{}
		for ; end < len(rows) && rows[end].Day == rows[start].Day; end++ {
			parts = append(parts, rows[end].Exact)
		}
		after := running + money.Sum(parts...)
		for i, amount := range money.Apportion(after.Round(unit)-running.Round(unit), parts, unit) {
			rows[start+i].Amount = amount
		}
		running, start = after, end
	}
	return rows
}

// merge sums movements into rows in the order of days, kinds and items, reversals last.
func merge(movements []Movement) []StatementRow {
	rows := make([]StatementRow, 0, len(movements))
	for _, m := range movements {
		if m.Kind == Call || m.Kind == SMS {
			m.Item = string(m.Kind)
		}
		rows = append(rows, StatementRow{
			Day: m.Day, Kind: m.Kind, Item: m.Item, Exact: m.Amount, Quantity: m.Quantity, Entries: m.Entries, Reversal: m.Reversal,
		})
	}
	slices.SortStableFunc(rows, func(a, b StatementRow) int {
		if byDay := int(a.Day - b.Day); byDay != 0 {
			return byDay
		}
		if byKind := a.Kind.Order() - b.Kind.Order(); byKind != 0 {
			return byKind
		}
		if byItem := compare(a.Item, b.Item); byItem != 0 || a.Reversal == b.Reversal {
			return byItem
		}
		if b.Reversal {
			return -1
		}
		return 1
	})
	merged := rows[:0]
	for _, row := range rows {
		if n := len(merged); n > 0 && merged[n-1].with(row) {
			merged[n-1].Exact += row.Exact
			merged[n-1].Quantity += row.Quantity
			merged[n-1].Entries += row.Entries
			continue
		}
		merged = append(merged, row)
	}
	return merged
}

// with reports whether two movements are one row.
func (r StatementRow) with(other StatementRow) bool {
	return r.Day == other.Day && r.Kind == other.Kind && r.Item == other.Item && r.Reversal == other.Reversal
}
