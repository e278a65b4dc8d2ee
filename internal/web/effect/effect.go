package effect

import (
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/forecast"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// SeesAmounts reports whether the reader may be shown what the project pays and has: prices of the book are for everybody.
func SeesAmounts(v *cabinet.Visit) bool { return v.May(access.View, access.Funds) }

// NoAmounts stands for the effect before whoever may make a change and not see what is paid.
func NoAmounts(v *cabinet.Visit) []ui.Effect {
	return []ui.Effect{{Text: v.T("products.amounts"), After: v.T("products.no_amounts")}}
}

// Tone colours an amount that moves the balance: what costs more is a warning.
func Tone(amount money.Micro) ui.Tone {
	switch {
	case amount < 0:
		return ui.Warning
	case amount > 0:
		return ui.Good
	}
	return ui.Neutral
}

// Lines are the lines of a confirmation: what changes from tomorrow on, at once, tonight and at the turn of the month.
// priced are lines that tell the prices of items, so that these need not be told again.
func Lines(v *cabinet.Visit, book *pricebook.Book, e billing.Effect, priced ...ui.Effect) []ui.Effect {
	if !SeesAmounts(v) {
		return NoAmounts(v)
	}
	currency := v.Project.Currency
	var lines []ui.Effect
	if e.PerDay != 0 || pricing.Sum(e.AtOnce) == 0 && More(e.Before.NextMonth, e.After.NextMonth) == 0 {
		lines = append(lines, ui.Effect{
			Text: v.T("products.from_tomorrow", lang.Values{"Day": v.DateShort(e.Before.Tomorrow.Day)}), Tone: Tone(e.PerDay),
			After: v.T("products.a_day", lang.Values{"Amount": v.MoneySigned(e.PerDay, currency)}),
		})
	}
	lines = append(lines, priced...)
	for _, line := range changedLines(v, book, e.Before.Tomorrow.Lines, e.After.Tomorrow.Lines) {
		if !slices.ContainsFunc(priced, func(p ui.Effect) bool { return p.Text == line.Text }) {
			lines = append(lines, line)
		}
	}
	add := func(text string, amount money.Micro) {
		if amount != 0 {
			lines = append(lines, ui.Effect{Text: text, After: v.MoneySigned(amount, currency), Tone: Tone(amount)})
		}
	}
	add(v.T("products.over_30_days"), e.Per30Days)
	for _, line := range e.AtOnce {
		add(v.T("products.at_once", lang.Values{"What": LineName(v, book, line.Kind, line.Item)}), line.Amount)
	}
	add(v.T("products.tonight"), More(e.Before.Today, e.After.Today))
	add(v.T("products.month_end", lang.Values{"Day": v.DateShort(e.Before.MonthEnd.Day)}), More(e.Before.MonthEnd, e.After.MonthEnd))
	add(v.T("products.next_month", lang.Values{"Day": v.DateShort(e.Before.NextMonth.Day)}), More(e.Before.NextMonth, e.After.NextMonth))
	return append(lines, Ends(v, e)...)
}

// More is what one bill comes to above another: negative where it charges more.
func More(before, after billing.DayBill) money.Micro {
	return pricing.Sum(after.Lines) - pricing.Sum(before.Lines)
}

// changedLines are the parts of a day that are not what they were, as prices.
func changedLines(v *cabinet.Visit, book *pricebook.Book, before, after []pricing.Line) (lines []ui.Effect) {
	type part struct {
		kind pricing.Kind
		item string
	}
	was, is := map[part]money.Micro{}, map[part]money.Micro{}
	var order []part
	for _, side := range []struct {
		lines []pricing.Line
		sums  map[part]money.Micro
	}{{before, was}, {after, is}} {
		for _, line := range side.lines {
			key := part{line.Kind, line.Item}
			if _, seen := was[key]; !seen {
				if _, seen := is[key]; !seen {
					order = append(order, key)
				}
			}
			side.sums[key] += line.Amount
		}
	}
	for _, key := range order {
		if was[key] == is[key] {
			continue
		}
		lines = append(lines, ui.Effect{
			Text: LineName(v, book, key.kind, key.item), Before: v.Money(-was[key], v.Project.Currency), After: v.Money(-is[key], v.Project.Currency),
		})
	}
	return lines
}

// Ends say until when funds, and a paid term, last where that changes.
func Ends(v *cabinet.Visit, e billing.Effect) (lines []ui.Effect) {
	if before, after := lasts(v, e.Before.FundsEnd), lasts(v, e.After.FundsEnd); before != after {
		tone := ui.Good
		if e.After.FundsEnd.Within && (!e.Before.FundsEnd.Within || e.After.FundsEnd.FullDays < e.Before.FundsEnd.FullDays) {
			tone = ui.Warning
		}
		lines = append(lines, ui.Effect{Text: v.T("products.funds_last"), Before: before, After: after, Tone: tone})
	}
	if was, is := e.Before.PaidUntil, e.After.PaidUntil; is != nil && (was == nil || *was != *is) {
		line := ui.Effect{Text: v.T("products.paid_until"), After: v.Date(*is)}
		if was != nil {
			line.Before = v.Date(*was)
		}
		lines = append(lines, line)
	}
	return lines
}

func lasts(v *cabinet.Visit, end forecast.End) string {
	if !end.Within {
		return v.T("products.lasting")
	}
	return v.N("products.days", end.FullDays)
}
