package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// invoice is the next one of a book sold by term: a term as long as the one that is paid, by the prices of the day it begins on (Rule B-50).
type invoice struct {
	tariff pricing.Tariff
	plan   pricebook.Plan
	length pricebook.TermLength
	quote  pricing.TermQuote
	users  int64
	due    civil.Date // the first day that is not paid; today where all are over
}

// nextInvoice gives the project's; ok is false where nothing is sold by term on that day.
func (s *section) nextInvoice(v *cabinet.Visit, p plan) (i invoice, ok bool, err error) {
	if p.Book.Terms == nil {
		return i, false, nil
	}
	var standing *billing.Standing
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		standing, err = billing.GetStanding(ctx, q, v.Project.ID)
		return err
	})
	if err != nil {
		return i, false, err
	}
	i.due, i.users = v.Project.Calendar.DayAt(v.At), int64(len(p.held.Users))
	paidOff := pricebook.Percent(0)
	if until, paid := pricing.PaidUntil(standing.Term); paid {
		i.due, paidOff = max(i.due, until), standing.Term[len(standing.Term)-1].Off
	}
	if i.tariff, err = v.Project.Tariff(s.Books, i.due); err != nil || i.tariff.Book.Terms == nil {
		return i, false, err
	}
	i.plan, ok = i.tariff.Book.Terms.Plan(v.Project.BookAt(i.due).Plan)
	if !ok {
		return i, false, nil
	}
	i.length = lengthOf(i.tariff.Book.Terms, paidOff)
	i.quote, err = i.tariff.TermPrice(i.plan.Name, i.users, i.length.Months)
	return i, err == nil, err
}

// lengthOf is the term of a discount, by which a paid one remembers how long it was; the shortest where none has it. They are in order.
func lengthOf(terms *pricebook.Terms, off pricebook.Percent) pricebook.TermLength {
	for _, length := range terms.Lengths {
		if length.Off == off {
			return length
		}
	}
	return terms.Lengths[0]
}

// tile shows the invoice with what it is made of.
func (i invoice) tile(v *cabinet.Visit) ui.Tile {
	total, months := -i.quote.Line.Amount, money.Micro(i.length.Months)
	c := i.tariff.Currency
	parts := []ui.Part{{Text: v.T("people.invoice_plan", map[string]any{"Plan": i.plan.Title.In(string(v.Lang))}), Value: ui.Money(i.plan.Monthly[c]*months, c)}}
	rest := total - i.plan.Monthly[c]*months
	if extra := i.quote.Monthly - i.plan.Monthly[c]; extra > 0 {
		parts = append(parts, ui.Part{Text: v.T("people.invoice_extra"), Value: ui.Money(extra*months, c)})
		rest -= extra * months
	}
	switch {
	case rest < 0:
		parts = append(parts, ui.Part{Text: v.T("people.invoice_off", map[string]any{"Off": v.Percent(int(i.length.Off), false)}), Value: ui.Money(rest, c)})
	case rest > 0:
		parts = append(parts, ui.Part{Text: v.T("people.invoice_tax"), Value: ui.Money(rest, c)})
	}
	return ui.Tile{
		Label: v.T("people.invoice"), Value: ui.Money(total, c), Change: v.N("products.months", int(i.length.Months)), Than: v.T("people.invoice_due", map[string]any{"Day": v.DateLong(i.due)}),
		Why: ui.Why{Parts: append(parts, ui.Part{Text: v.T("people.invoice"), Value: ui.Money(total, c), Total: true}), Text: v.N("people.invoice_why", int(i.users))},
	}
}

// monthly is what a month of the term costs.
func (i invoice) monthly() money.Micro { return -i.quote.Line.Amount / money.Micro(i.length.Months) }

// longerTerm is the term by which a month costs least, where that is longer than the one that is paid.
func (s *section) longerTerm(v *cabinet.Visit, p plan, _ *staff) (list []way, err error) {
	i, ok, err := s.nextInvoice(v, p)
	if err != nil || !ok {
		return nil, err
	}
	best := i
	for _, length := range i.tariff.Book.Terms.Lengths {
		other := i
		other.length = length
		if other.quote, err = i.tariff.TermPrice(i.plan.Name, i.users, length.Months); err != nil {
			return nil, err
		}
		if length.Months > i.length.Months && other.monthly() < best.monthly() {
			best = other
		}
	}
	saves := i.monthly() - best.monthly()
	if saves <= 0 {
		return nil, nil
	}
	w := way{
		Text:  v.T("people.way_longer", map[string]any{"Months": v.N("products.months", int(best.length.Months))}),
		Saves: v.T("people.saves_month", map[string]any{"Amount": v.Money(saves, i.tariff.Currency)}), amount: saves,
	}
	if v.May(access.View, access.Products) {
		w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path("/funds/products"), Small: true}
	}
	return []way{w}, nil
}

// idleUsers are paid users of a term who were not here for 14 days (Rule A-13): one preview for all.
func (s *section) idleUsers(v *cabinet.Visit, p plan, st *staff) ([]way, error) {
	var names []string
	for _, e := range st.people {
		if name := p.paidAs(e); name != "" && e.Away(v.At) && len(names) < mostGone {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	w, ok, err := s.savingUsers(v, p, names)
	if err != nil || !ok {
		return nil, err
	}
	w.Text = v.N("people.way_idle", len(names))
	w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path(root + "?sort=seen"), Small: true}
	return []way{w}, nil
}

// savingUsers is what it saves to pay for some users less: days of the paid term, or a part of the next invoice where none is paid.
func (s *section) savingUsers(v *cabinet.Visit, p plan, names []string) (w way, ok bool, err error) {
	if w, ok, err = s.saving(v, billing.Change{RemoveUsers: names}); err != nil || ok {
		return w, ok, err
	}
	i, ok, err := s.nextInvoice(v, p)
	if err != nil || !ok {
		return w, false, err
	}
	less := i
	if less.quote, err = i.tariff.TermPrice(i.plan.Name, i.users-int64(len(names)), i.length.Months); err != nil {
		return w, false, err
	}
	saves := i.monthly() - less.monthly()
	return way{Saves: v.T("people.saves_month", map[string]any{"Amount": v.Money(saves, i.tariff.Currency)}), amount: saves}, saves > 0, nil
}
