package funds

import (
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/web/cabinet"
)

// day is the page of one usage day: its rows, and how they were rounded.
func (p pages) day(v *cabinet.Visit) error {
	day, err := dayOf(v)
	if err != nil {
		return err
	}
	list, err := p.movementList(v, day, day, "day")
	if err != nil {
		return err
	}
	list.Short, list.Sum = true, v.T("funds.total_day")
	for i := range list.Spec.Columns {
		column := &list.Spec.Columns[i]
		switch column.Key {
		case "compare":
			column.Extra = true
		case "exact":
			column.Extra = false
		}
	}
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	s, err := p.statementOf(v, day, day)
	if err != nil {
		return err
	}
	rows := rowsOf(s)
	page := below(v, dayName(v, day))
	page.Actions = dayActions(v, day)
	return v.Render(page, dayPage(p.naming(v), rounding{
		opening: s.Opening, exact: exactSum(rows), closing: s.Opening + exactSum(rows), currency: s.Currency,
	}, table))
}

// rounding is how a day's total came about (Rule B-13).
type rounding struct {
	opening, exact, closing money.Micro
	currency                money.Currency
}

// total is what the day's rows sum to.
func (r rounding) total() money.Micro { return r.rounded(r.closing) - r.rounded(r.opening) }

func (r rounding) rounded(amount money.Micro) money.Micro {
	return amount.Round(r.currency.MinorUnit())
}

func exactSum(rows []row) (sum money.Micro) {
	for _, r := range rows {
		sum += r.Exact
	}
	return sum
}

// neighbours are the days before and after, where the project has lived them.
func neighbours(v *cabinet.Visit, day civil.Date) (before, after string) {
	if day > v.Project.Calendar.First() {
		before = dayPath(v, day-1)
	}
	if day < today(v) {
		after = dayPath(v, day+1)
	}
	return before, after
}

// sortByAmount puts the dearest first.
func sortByAmount(sums []ledger.DaySum) {
	slices.SortStableFunc(sums, func(a, b ledger.DaySum) int { return int(min(1, max(-1, a.Amount-b.Amount))) })
}

// mayCompare tells whether there is a day before to compare with.
func mayCompare(v *cabinet.Visit, day civil.Date) bool {
	return day > v.Project.Calendar.First() && v.May(access.View, access.Funds)
}
