package funds

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// row is a line of the movement of funds: a row of the statement, or the fee of a day that is not closed, as it stands.
type row struct {
	pricing.StatementRow
	draft   *billing.DayLine // nil for what is booked
	balance money.Micro      // after it, rounded as the statement's days are (Rule B-13)
	first   bool             // of its day, in the order shown
	entries []ledger.Entry   // behind it, once withEntries has read them; none of calls and messages
}

// rowsOf are the rows of a statement, then the provisional ones, each with the balance it leaves. Within a day what is no
// charge comes first: it was paid or given during the day, while fees are charged when it ends.
func rowsOf(s billing.Statement) []row {
	rows := make([]row, 0, len(s.Rows)+len(s.Provisional))
	for _, booked := range s.Rows {
		rows = append(rows, row{StatementRow: booked})
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(chargesLast(a.Kind), chargesLast(b.Kind)))
	})
	drafts := map[place]*billing.DayLine{}
	movements := make([]pricing.Movement, len(s.Provisional))
	for i := range s.Provisional {
		line := &s.Provisional[i]
		drafts[place{line.Day, line.Kind, line.Item}] = line
		movements[i] = pricing.Movement{Day: line.Day, Kind: line.Kind, Item: line.Item, Amount: line.Amount, Quantity: line.Quantity, Entries: 1}
	}
	for _, open := range pricing.Statement(s.Closing, movements, s.Currency) {
		rows = append(rows, row{StatementRow: open, draft: drafts[place{open.Day, open.Kind, open.Item}]})
	}
	balance := s.Opening.Round(s.Currency.MinorUnit())
	for i := range rows {
		balance += rows[i].Amount
		rows[i].balance = balance
	}
	return rows
}

func chargesLast(k pricing.Kind) int {
	if k.IsCharge() {
		return 1
	}
	return 0
}

// place names a row within a statement.
type place struct {
	day  civil.Date
	kind pricing.Kind
	item string
}

func (r row) place() place { return place{r.Day, r.Kind, r.Item} }

// isSum tells rows that sum up a day's calls or messages, however many.
func (r row) isSum() bool { return r.Kind == pricing.Call || r.Kind == pricing.SMS }

// singles are the kinds whose rows stand for entries one can name.
func singles() (kinds []pricing.Kind) {
	for _, kind := range pricing.Kinds {
		if kind != pricing.Call && kind != pricing.SMS {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// withEntries reads the entries behind rows, but for sums.
func withEntries(ctx context.Context, q store.Querier, id ident.ProjectID, rows []row) error {
	first, last := civil.Date(0), civil.Date(0)
	at := map[place]int{}
	for i, r := range rows {
		if r.draft != nil || r.isSum() {
			continue
		}
		if len(at) == 0 {
			first, last = r.Day, r.Day
		}
		first, last = min(first, r.Day), max(last, r.Day)
		at[r.place()] = i
	}
	if len(at) == 0 {
		return nil
	}
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: id, FromDay: first, ToDay: last, Kinds: singles()}) {
		if err != nil {
			return err
		}
		if i, shown := at[place{entry.Day, entry.Kind, entry.Item}]; shown {
			rows[i].entries = append(rows[i].entries, entry)
		}
	}
	return nil
}

// rate is the unit price of a row, where it has one for all.
func (r row) rate() (money.Micro, bool) {
	switch {
	case r.Kind == pricing.Discount:
		return 0, false // its unit price is what it is taken off
	case r.draft != nil:
		return r.draft.UnitPrice, r.draft.UnitPrice != 0
	}
	var rate money.Micro
	for i, entry := range r.entries {
		if i > 0 && entry.UnitPrice != rate {
			return 0, false
		}
		rate = entry.UnitPrice
	}
	return rate, rate != 0
}

// path is what a row opens to, below the project.
func (r row) path() string {
	day := "/funds/days/" + r.Day.String()
	query := "?" + url.Values{"kind": {string(r.Kind)}, "item": {r.Item}}.Encode()
	switch {
	case r.Kind == pricing.Call:
		return day + "/calls"
	case r.Kind == pricing.SMS:
		return day + "/messages"
	case r.draft != nil:
		return day + "/fee" + query
	case len(r.entries) == 1:
		return entryPath(r.entries[0].ID)
	}
	return "/funds/entries" + query + "&day=" + r.Day.String()
}

// entryPath is the permanent address of an entry, below the project.
func entryPath(id ident.EntryID) string { return "/funds/entries/" + entryNumber(id) }
