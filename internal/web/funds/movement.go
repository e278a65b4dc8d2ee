package funds

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostDays bounds the usage days that one statement sums up, as the API does.
const mostDays = 366

// movement is the table of what moved the funds in a period.
func (p pages) movement(v *cabinet.Visit) error {
	period := ui.ReadPeriod(v.URL, today(v), "30d")
	if period.Days() > mostDays {
		return errs.New(errs.Invalid, "funds.period_too_long", "a statement covers at most %d days", mostDays).At("from")
	}
	list, err := p.movementList(v, period.From, period.To, "-day")
	if err != nil {
		return err
	}
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	page := page(v, v.T("funds.tab_movement"), TabMovement, helpBalance)
	page.Lead = v.T("funds.movement_lead")
	page.Actions = movementActions(period, v.Path("/funds/statement?month="+monthOf(period.To)), v.Path("/funds/compare"))
	return v.Render(page, table.Draw())
}

// statementOf reads a statement at the visit's instant.
func (p pages) statementOf(v *cabinet.Visit, from, to civil.Date) (s billing.Statement, err error) {
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		s, err = p.Billing.Statement(ctx, q, v.Project.ID, from, to, v.At)
		return err
	})
	return s, err
}

// The filters of the table.
const (
	filterKind = "kind"
	filterItem = "item"
	anyNumber  = "+" // every rented number
)

func (p pages) movementList(v *cabinet.Visit, from, to civil.Date, sort string) (cabinet.List, error) {
	s, err := p.statementOf(v, from, to)
	if err != nil {
		return cabinet.List{}, err
	}
	n := p.naming(v)
	list := cabinet.List{
		Caption: v.T("funds.tab_movement"), Right: access.Funds, Sum: v.T("funds.total"),
		Spec: ui.TableSpec{Sort: sort, Filters: n.filters(s), Columns: []ui.Column{
			{Key: "day", Title: v.T("funds.col_day"), Hint: v.T("funds.col_day_hint"), Sortable: true, Fixed: true},
			{Key: "booked", Title: v.T("funds.col_booked"), Hint: v.T("funds.col_booked_hint"), Extra: true},
			{Key: "kind", Title: v.T("funds.col_kind"), Extra: true},
			{Key: "item", Title: v.T("funds.col_item")},
			{Key: "quantity", Title: v.T("funds.col_quantity"), Numeric: true},
			{Key: "rate", Title: v.T("funds.col_rate"), Hint: v.T("funds.col_rate_hint"), Numeric: true},
			{Key: "amount", Title: v.T("funds.col_amount"), Numeric: true, Fixed: true},
			{Key: "balance", Title: v.T("funds.col_balance"), Hint: v.T("funds.col_balance_hint"), Numeric: true},
			{Key: "exact", Title: v.T("funds.col_exact"), Hint: v.T("funds.col_exact_hint"), Numeric: true, Extra: true},
			{Key: "state", Title: v.T("funds.col_state"), Extra: true},
			{Key: "compare", Title: v.T("funds.col_compare"), Hint: v.T("funds.col_compare_hint"), Tool: true},
		}},
		Empty: ui.Empty{Icon: ui.IconFunds, Title: v.T("funds.no_movement"), Text: v.T("funds.no_movement_text")},
	}
	rows := chosen(rowsOf(s), ui.ReadTable(v.URL, list.Spec))
	list.Sums = map[string]cabinet.Cell{"amount": cabinet.MoneyMove(sumOf(rows), s.Currency)}
	list.Count = v.N("funds.rows", len(rows))
	list.Load = func(ctx context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
		return p.movementRows(ctx, n, rows, after, limit)
	}
	return list, nil
}

// movementRows is a page of the rows, with the entries behind them.
func (p pages) movementRows(ctx context.Context, n naming, rows []row, after string, limit int) ([]cabinet.Row, string, error) {
	shown, next, err := cabinet.Cut(rows, after, limit)
	if err != nil {
		return nil, "", err
	}
	if err := withEntries(ctx, p.DB, n.Project.ID, shown); err != nil {
		return nil, "", err
	}
	cells := make([]cabinet.Row, len(shown))
	for i, r := range shown {
		cells[i] = n.row(r)
	}
	return cells, next, nil
}

// chosen are the rows that the state of the table asks for, in its order.
func chosen(rows []row, state ui.TableState) []row {
	kind, item := state.Filters[filterKind], state.Filters[filterItem]
	rows = slices.DeleteFunc(rows, func(r row) bool {
		return kind != "" && string(r.Kind) != kind || item != "" && r.Item != item && (item != anyNumber || !strings.HasPrefix(r.Item, "+"))
	})
	if state.Descending {
		slices.Reverse(rows)
	}
	for i := range rows {
		rows[i].first = i == 0 || rows[i-1].Day != rows[i].Day
	}
	return rows
}

func sumOf(rows []row) (sum money.Micro) {
	for _, r := range rows {
		sum += r.Amount
	}
	return sum
}

// filters offer the kinds and items there are.
func (n naming) filters(s billing.Statement) []ui.Filter {
	kinds := ui.Filter{Key: filterKind, Title: n.T("funds.col_kind")}
	items := ui.Filter{Key: filterItem, Title: n.T("funds.col_item")}
	seen := map[string]bool{}
	offer := func(f *ui.Filter, value, text string) {
		if !seen[f.Key+value] {
			seen[f.Key+value] = true
			f.Choices = append(f.Choices, ui.Choice{Value: value, Text: text})
		}
	}
	for _, r := range rowsOf(s) {
		offer(&kinds, string(r.Kind), n.kind(r.Kind))
		if strings.HasPrefix(r.Item, "+") {
			offer(&items, anyNumber, n.T("funds.any_number"))
			continue
		}
		offer(&items, r.Item, n.item(r.Day, r.Item))
	}
	for _, f := range []*ui.Filter{&kinds, &items} {
		slices.SortFunc(f.Choices, func(a, b ui.Choice) int { return strings.Compare(a.Text, b.Text) })
		if f.Choices == nil {
			f.Choices = []ui.Choice{}
		}
	}
	return []ui.Filter{kinds, items}
}

// row shows a row; the first of its day offers to compare the day.
func (n naming) row(r row) cabinet.Row {
	currency := n.Project.Currency
	cells := map[string]cabinet.Cell{
		"day": cabinet.Day(r.Day), "kind": cabinet.Text(n.kind(r.Kind)), "item": n.itemCell(r),
		"amount": cabinet.MoneyMove(r.Amount, currency), "balance": cabinet.Money(r.balance, currency),
		"exact": exactCell(r.Exact, currency), "state": n.stateCell(r),
	}
	cells["quantity"] = n.quantityCell(r.Kind, r.Quantity, r.Entries)
	if rate, ok := r.rate(); ok {
		cells["rate"] = exactCell(rate, currency)
	}
	if len(r.entries) > 0 {
		cells["booked"] = cabinet.Moment(r.entries[len(r.entries)-1].BookedAt)
	}
	cells["compare"] = cabinet.Shown(templ.NopComponent, nil)
	if r.first && r.Day > n.Project.Calendar.First() {
		cells["compare"] = cabinet.Shown(compareLink(n.Path("/funds/compare?b="+r.Day.String())), nil)
	}
	return cabinet.Row{ID: r.Day.String() + "/" + string(r.Kind) + "/" + r.Item, Href: n.Path(r.path()), Cells: cells, Draft: !r.Final}
}

// exactCell is an amount with all its decimals.
func exactCell(amount money.Micro, c money.Currency) cabinet.Cell {
	return cabinet.Shown(ui.MoneyExact(amount, c), amount)
}

// itemCell names the item; what may still change says so.
func (n naming) itemCell(r row) cabinet.Cell {
	text := n.whole(r.Kind, r.Day, r.Item)
	return itemCell(text, n.draftMark(r))
}

// itemCell is what a row is for, marked where it may still change.
func itemCell(text, mark string) cabinet.Cell {
	return cabinet.Shown(itemShown(text, mark), strings.TrimSpace(text+" "+mark))
}

// draftMark says why a row may still change; empty for a final one.
func (n naming) draftMark(r row) string {
	switch {
	case r.Final:
		return ""
	case r.Day >= today(n.Visit):
		return n.T("funds.until", lang.Values{"Time": n.Time(n.At)})
	}
	return n.T("funds.not_final")
}

func (n naming) stateCell(r row) cabinet.Cell {
	switch {
	case r.Final:
		return cabinet.Status(ui.Good, n.T("funds.state_final"))
	case r.draft != nil:
		return cabinet.Status(ui.Notice, n.T("funds.state_draft"))
	}
	return cabinet.Status(ui.Notice, n.T("funds.state_open"))
}
