package funds

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// comparison is two days side by side.
type comparison struct {
	naming
	a, b     civil.Date
	was, is  money.Micro
	causes   []cause
	shown    [3][]money.Micro // what each cost on the first day and on the second, and its effect, rounded so that they add up (Rule B-02)
	provisio bool             // b still runs
}

func (c comparison) difference() money.Micro { return c.is - c.was }

func (c comparison) rounded() money.Micro {
	unit := c.Project.Currency.MinorUnit()
	return c.is.Round(unit) - c.was.Round(unit)
}

// compare is the page that says why one day cost other than another: ?a=&b=, by default yesterday and the same day of the
// week before.
func (p pages) compare(v *cabinet.Visit) error {
	c := comparison{naming: p.naming(v)}
	var err error
	if c.a, c.b, err = daysToCompare(v); err != nil {
		return refuseDays(c.naming, err)
	}
	if err := p.fill(&c); err != nil {
		return err
	}
	list := c.list()
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	page := below(v, c.title())
	page.Help = helpCompare
	return v.Render(page, comparePage(c, table))
}

// refuseDays shows the form again with what was asked for, and what is wrong with it.
func refuseDays(n naming, err error) error {
	asked := cabinet.Form{Values: n.R.Form, Wrong: map[string]string{}}
	if err := asked.Refuse(n.Visit, err, "a", "b"); err != nil {
		return err
	}
	page := below(n.Visit, n.T("funds.compare"))
	page.Help = helpCompare
	return n.RenderWrong(page, compareForm(n, asked.Get("a"), asked.Get("b"), asked.Wrong))
}

const week = 7

// daysToCompare reads the days; they may come in any order and are compared in the one given.
func daysToCompare(v *cabinet.Visit) (a, b civil.Date, err error) {
	first, last := v.Project.Calendar.First(), today(v)
	read := func(name string, otherwise civil.Date) civil.Date {
		text := v.URL.Query().Get(name)
		if text == "" || err != nil {
			return max(first, min(otherwise, last))
		}
		day, wrong := civil.ParseDate(text)
		if wrong != nil || day < first || day > last {
			err = errs.New(errs.Invalid, "funds.bad_day", "%.20q is no day of the project's life", text).At(name).
				Try("choose a day from " + first.String() + " to " + last.String())
		}
		return day
	}
	b = read("b", last-1)
	usual := b - week
	if usual < first {
		usual = b - 1
	}
	return read("a", usual), b, err
}

// fill reads both days and finds the causes.
func (p pages) fill(c *comparison) error {
	v := c.Visit
	c.provisio = max(c.a, c.b) == today(v)
	days := map[civil.Date]charges{}
	for _, day := range []civil.Date{c.a, c.b} {
		s, err := p.statementOf(v, day, day)
		if err != nil {
			return err
		}
		rows := rowsOf(s)
		err = v.Read(func(ctx context.Context, q store.Querier) error {
			if err := withEntries(ctx, q, v.Project.ID, rows); err != nil {
				return err
			}
			sums, err := ledger.SumByDay(ctx, q, v.Project.ID, day, day)
			days[day] = byZone(chargesOf(rows, day), sums)
			return err
		})
		if err != nil {
			return err
		}
	}
	c.was, c.is = days[c.a].total(), days[c.b].total()
	c.causes = c.naming.causes(days[c.a], days[c.b], c.a, c.b)
	unit := v.Project.Currency.MinorUnit()
	var exact [3][]money.Micro
	for _, found := range c.causes {
		exact = [3][]money.Micro{append(exact[0], found.was), append(exact[1], found.is), append(exact[2], found.effect)}
	}
	for i, total := range []money.Micro{c.was.Round(unit), c.is.Round(unit), c.rounded()} {
		c.shown[i] = money.Apportion(total, exact[i], unit)
	}
	return nil
}

// byZone puts the sums by zone in the place of the one row of calls that a statement has, and of messages.
func byZone(c charges, sums []ledger.DaySum) charges {
	for key := range c {
		if key.kind == pricing.Call || key.kind == pricing.SMS {
			delete(c, key)
		}
	}
	for _, sum := range sums {
		if sum.Kind == pricing.Call || sum.Kind == pricing.SMS {
			c[charged{sum.Kind, sum.Item}] = spent{cost: -sum.Amount, quantity: sum.Quantity, entries: sum.Count}
		}
	}
	return c
}

// title says it in one sentence: "Tue, 17 November was 84.20 ₴ dearer than Tue, 10 November".
func (c comparison) title() string {
	values := lang.Values{
		"B": c.Weekday(c.b) + " " + c.DateShort(c.b), "A": c.Weekday(c.a) + " " + c.DateShort(c.a),
		"Amount": c.Money(size(c.rounded()), c.Project.Currency),
	}
	switch {
	case c.rounded() > 0:
		return c.T("funds.dearer", values)
	case c.rounded() < 0:
		return c.T("funds.cheaper", values)
	}
	return c.T("funds.same", values)
}

func (c comparison) list() cabinet.List {
	currency := c.Project.Currency
	return cabinet.List{
		Caption: c.title(), Right: access.Funds, Short: true, Sum: c.T("funds.difference"),
		Spec: ui.TableSpec{Rows: 1000, Columns: []ui.Column{
			{Key: "cause", Title: c.T("funds.col_cause"), Fixed: true},
			{Key: "was", Title: c.Date(c.a), Numeric: true},
			{Key: "is", Title: c.Date(c.b), Numeric: true},
			{Key: "effect", Title: c.T("funds.col_effect"), Hint: c.T("funds.col_effect_hint"), Numeric: true, Fixed: true},
			{Key: "exact", Title: c.T("funds.col_exact"), Hint: c.T("funds.col_exact_hint"), Numeric: true, Extra: true},
		}},
		Sums: map[string]cabinet.Cell{
			"was": cabinet.Money(c.was, currency), "is": cabinet.Money(c.is, currency),
			"effect": effectCell(c.rounded(), c.naming), "exact": exactCell(c.difference(), currency),
		},
		Empty: ui.Empty{Icon: ui.IconFunds, Title: c.T("funds.no_difference"), Text: c.T("funds.no_difference_text")},
		Load: func(_ context.Context, _ ui.TableState, after string, _ int) ([]cabinet.Row, string, error) {
			if after != "" {
				return nil, "", cabinet.BadPlace()
			}
			rows := make([]cabinet.Row, len(c.causes))
			for i, found := range c.causes {
				rows[i] = cabinet.Row{ID: found.text, Cells: map[string]cabinet.Cell{
					"cause": cabinet.Shown(causeShown(found.text), found.text), "effect": effectCell(c.shown[2][i], c.naming), "exact": exactCell(found.effect, currency),
				}}
				if found.was != 0 || found.is != 0 {
					rows[i].Cells["was"], rows[i].Cells["is"] = cabinet.Money(c.shown[0][i], currency), cabinet.Money(c.shown[1][i], currency)
				}
			}
			return rows, "", nil
		},
	}
}

// effectCell has a sign, and no colour of gain: dearer is not good.
func effectCell(amount money.Micro, n naming) cabinet.Cell {
	return cabinet.Shown(ui.Text(n.MoneySigned(amount, n.Project.Currency)), amount)
}
