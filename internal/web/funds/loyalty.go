package funds

import (
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// ladder is the loyalty programme of the project's book, and where the project stands in it.
type ladder struct {
	naming
	programme *pricebook.Loyalty // nil where the book has none
	longTerm  []pricebook.LongTerm
	standing  pricing.LoyaltyStanding
	payments  []billing.PaymentRecord // oldest first
	undone    map[string]bool         // ids of payments that were taken back
}

// loyalty is the page of the programme: to read, not to change.
func (p pages) loyalty(v *cabinet.Visit) error {
	l := ladder{naming: p.naming(v)}
	tariff, err := v.Project.Tariff(p.Books, today(v))
	if err != nil {
		return err
	}
	l.programme, l.longTerm = tariff.Book.Loyalty, tariff.Book.LongTerm
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		standing, err := billing.GetStanding(ctx, q, v.Project.ID)
		if err != nil {
			return err
		}
		l.standing = standing.Loyalty
		if l.payments, err = billing.Payments(ctx, q, v.Project.ID); err != nil {
			return err
		}
		l.undone, err = undone(ctx, q, v.Project)
		return err
	})
	if err != nil {
		return err
	}
	page := page(v, v.T("funds.tab_loyalty"), TabLoyalty, helpLoyalty)
	if l.programme == nil {
		return v.Render(page, ui.Empty{Icon: ui.IconFunds, Title: v.T("funds.no_programme"), Text: v.T("funds.no_programme_text")}.Draw())
	}
	page.Lead = v.T("funds.loyalty_lead")
	table, err := v.Table(l.list())
	if err != nil {
		return err
	}
	if done, err := v.Export(l.list()); done || err != nil {
		return err
	}
	return v.Render(page, loyaltyPage(l, table))
}

// rung is a step of the ladder: whole percents up to the cap.
type rung struct {
	percent pricebook.Percent
	reached bool
	here    bool
}

const onePercent = pricebook.Percent(100)

// rungs are the whole percents up to the cap; the last is the cap itself.
func (l ladder) rungs() []rung {
	var list []rung
	for percent := onePercent; percent < l.programme.Cap+onePercent; percent += onePercent {
		percent := min(percent, l.programme.Cap)
		list = append(list, rung{
			percent: percent, reached: percent <= l.standing.Percent,
			here: percent <= l.standing.Percent && l.standing.Percent < percent+onePercent,
		})
	}
	return list
}

// list is the payments and what each counted.
func (l ladder) list() cabinet.List {
	currency := l.Project.Currency
	return cabinet.List{
		Caption: l.T("funds.payments"), Right: access.Funds, Short: true,
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "at", Title: l.T("funds.col_paid"), Fixed: true},
			{Key: "method", Title: l.T("funds.col_method")},
			{Key: "period", Title: l.T("funds.col_period")},
			{Key: "charged", Title: l.T("funds.col_charged"), Numeric: true},
			{Key: "bonus", Title: l.T("funds.bonus"), Numeric: true},
			{Key: "earned", Title: l.T("funds.col_earned"), Numeric: true},
			{Key: "after", Title: l.T("funds.col_after"), Numeric: true},
			{Key: "counts", Title: l.T("funds.col_counts")},
		}},
		Empty: ui.Empty{Icon: ui.IconFunds, Title: l.T("funds.no_payments"), Text: l.T("funds.no_payments_text")},
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			newest := slices.Clone(l.payments)
			slices.Reverse(newest)
			shown, next, err := cabinet.Cut(newest, after, limit)
			if err != nil {
				return nil, "", err
			}
			var rows []cabinet.Row
			for _, payment := range shown {
				rows = append(rows, l.row(payment, currency))
			}
			return rows, next, nil
		},
	}
}

func (l ladder) row(r billing.PaymentRecord, c money.Currency) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(r.At), "method": cabinet.Text(l.method(r)), "charged": cabinet.Money(r.Taken.Charged, c),
		"after": l.percent(r.Taken.Loyalty), "counts": cabinet.Status(ui.Neutral, l.T("funds.counts_not")),
	}
	if r.PeriodDays > 0 {
		cells["period"] = cabinet.Text(l.N("time.days", int(r.PeriodDays)))
	}
	if r.Taken.Bonus != 0 {
		cells["bonus"] = cabinet.Money(r.Taken.Bonus, c)
	}
	if r.Taken.Counts {
		cells["earned"] = l.percent(r.Taken.Earned)
		cells["counts"] = cabinet.Status(ui.Good, l.T("funds.counts"))
	}
	if l.undone[r.ID] {
		cells["counts"] = cabinet.Status(ui.Warning, l.T("funds.undone"))
	}
	return cabinet.Row{ID: r.ID, Cells: cells}
}

func (n naming) percent(p pricebook.Percent) cabinet.Cell {
	text := n.Percent(int(p), false)
	return cabinet.Shown(ui.Text(text), text)
}

// method names how somebody paid.
func (n naming) method(r billing.PaymentRecord) string {
	text := n.item(today(n.Visit), r.Method)
	if r.Auto {
		text += ", " + n.T("funds.automatic")
	}
	return text
}

// longTermOff says what a payment for so many days gets at once: ", 25 % off at once".
func (l ladder) longTermOff(days int64) string {
	var off pricebook.Percent
	for _, step := range l.longTerm {
		if days >= step.Days {
			off = step.Off
		}
	}
	if off == 0 {
		return ""
	}
	return l.T("funds.long_term", lang.Values{"Off": l.Percent(int(off), false)})
}
