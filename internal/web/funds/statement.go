package funds

import (
	"context"
	"fmt"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// monthly is the statement of a calendar month, for an accountant: what was there, what came and went, what is left.
type monthly struct {
	naming
	billing.Statement
	month civil.Date // its first day
	rows  []row      // what is booked; nothing provisional
}

// monthOf writes a month as an address does: "2026-11".
func monthOf(day civil.Date) string {
	const yearAndMonth = len("2026-11")
	return day.String()[:yearAndMonth]
}

// statement is the page of a month, which prints well: ?month=2026-11.
func (p pages) statement(v *cabinet.Visit) error {
	month, err := readMonth(v)
	if err != nil {
		return err
	}
	last := min(month.FirstOfNextMonth()-1, today(v))
	s, err := p.statementOf(v, month, last)
	if err != nil {
		return err
	}
	s.Provisional = nil
	m := monthly{naming: p.naming(v), Statement: s, month: month, rows: byKind(rowsOf(s))}
	list := m.list()
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	page := below(v, v.T("funds.statement_of", lang.Values{"Month": v.Month(month)}))
	page.Actions = statementActions(m.otherMonths(), v.Path("/funds/entries"))
	return v.Render(page, statementPage(m, table))
}

func readMonth(v *cabinet.Visit) (civil.Date, error) {
	text := v.URL.Query().Get("month")
	if text == "" {
		return today(v).FirstOfMonth(), nil
	}
	month, err := civil.ParseDate(text + "-01")
	if err != nil || month > today(v) || month.FirstOfNextMonth() <= v.Project.Calendar.First() {
		return 0, errs.New(errs.NotFound, "funds.no_month", "%.20q is no month of the project's life", text).At("month")
	}
	return month, nil
}

// otherMonths lead to every month of the project's life, newest first.
func (m monthly) otherMonths() (links []ui.Link) {
	for month := today(m.Visit).FirstOfMonth(); month.FirstOfNextMonth() > m.naming.Project.Calendar.First(); month = (month - 1).FirstOfMonth() {
		links = append(links, ui.Link{Text: m.Month(month), Href: m.Path("/funds/statement?month=" + monthOf(month)), Here: month == m.month})
	}
	return links
}

func (m monthly) rounded(amount money.Micro) money.Micro { return amount.Round(m.Currency.MinorUnit()) }

// mostPrinted is how many rows stand on the page, so that they print as one.
const mostPrinted = 20_000

func (m monthly) list() cabinet.List {
	return cabinet.List{
		Caption: m.T("funds.statement_of", lang.Values{"Month": m.Month(m.month)}), Right: access.Funds, Short: true, Sum: m.T("funds.total"),
		Sums: map[string]cabinet.Cell{"in": cabinet.Money(m.sum(isIn), m.Currency), "out": cabinet.Money(-m.sum(isOut), m.Currency)},
		Spec: ui.TableSpec{Rows: mostPrinted, Columns: []ui.Column{
			{Key: "day", Title: m.T("funds.col_day"), Fixed: true},
			{Key: "what", Title: m.T("funds.col_item"), Fixed: true},
			{Key: "quantity", Title: m.T("funds.col_quantity"), Numeric: true, Extra: true},
			{Key: "in", Title: m.T("funds.col_in"), Numeric: true, Fixed: true},
			{Key: "out", Title: m.T("funds.col_out"), Numeric: true, Fixed: true},
			{Key: "balance", Title: m.T("funds.col_balance"), Numeric: true, Fixed: true},
			{Key: "exact", Title: m.T("funds.col_exact"), Numeric: true, Extra: true},
		}},
		Count: m.N("funds.rows", len(m.rows)),
		Empty: ui.Empty{Icon: ui.IconFunds, Title: m.T("funds.no_movement"), Text: m.T("funds.no_movement_text")},
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			shown, next, err := cabinet.Cut(m.rows, after, limit)
			if err != nil {
				return nil, "", err
			}
			rows := make([]cabinet.Row, len(shown))
			for i, r := range shown {
				rows[i] = m.row(r)
			}
			return rows, next, nil
		},
	}
}

// byKind makes one row of those of a day and kind; what came in stays as it is. The rounded rows add up as before.
func byKind(rows []row) []row {
	var merged []row
	for _, r := range rows {
		last := len(merged) - 1
		if last < 0 || merged[last].Day != r.Day || merged[last].Kind != r.Kind || !r.Kind.IsCharge() {
			merged = append(merged, r)
			continue
		}
		sum := &merged[last]
		sum.Item, sum.Final = "", sum.Final && r.Final
		sum.Amount, sum.Exact, sum.balance = sum.Amount+r.Amount, sum.Exact+r.Exact, r.balance
		sum.Quantity, sum.Entries = sum.Quantity+r.Quantity, sum.Entries+r.Entries
	}
	return merged
}

func isIn(r row) bool  { return r.Amount > 0 }
func isOut(r row) bool { return r.Amount < 0 }

func (m monthly) sum(which func(row) bool) (sum money.Micro) {
	for _, r := range m.rows {
		if which(r) {
			sum += r.Amount
		}
	}
	return sum
}

func (m monthly) row(r row) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"day": cabinet.Day(r.Day), "what": itemCell(m.name(r), m.draftMark(r)),
		"balance": cabinet.Money(r.balance, m.Currency), "exact": exactCell(r.Exact, m.Currency),
	}
	cells["quantity"] = m.quantityCell(r.Kind, r.Quantity, r.Entries)
	if side := "out"; isIn(r) {
		cells["in"] = cabinet.Money(r.Amount, m.Currency)
	} else {
		cells[side] = cabinet.Money(-r.Amount, m.Currency)
	}
	return cabinet.Row{ID: fmt.Sprint(r.place()), Href: m.Path(dayRowPath(r)), Cells: cells, Draft: !r.Final}
}

// name is the item of a row, or its kind where it sums up several.
func (m monthly) name(r row) string {
	if r.Item == "" {
		return m.kind(r.Kind)
	}
	return m.whole(r.Kind, r.Day, r.Item)
}

// dayRowPath is what a row opens to where its entries were not read.
func dayRowPath(r row) string {
	if r.isSum() {
		return r.path()
	}
	return "/funds/days/" + r.Day.String()
}

// kindTotal is what the rows of a kind come to in the month.
type kindTotal struct {
	text   string
	amount money.Micro
}

// totals are the sums by kind, in the order of kinds; together they are the month's movement.
func (m monthly) totals() (list []kindTotal) {
	sums := map[pricing.Kind]money.Micro{}
	for _, r := range m.rows {
		sums[r.Kind] += r.Amount
	}
	for _, kind := range pricing.Kinds {
		if _, moved := sums[kind]; moved {
			list = append(list, kindTotal{m.kind(kind), sums[kind]})
		}
	}
	return slices.Clip(list)
}
