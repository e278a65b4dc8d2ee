package tracking

import (
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
)

// creditsView is the credit for days on which a pool missed its promise (Rule C-111); without a text there is nothing to say.
type creditsView struct {
	text string
	days []creditLine
}

// creditLine is a day for which credit was given, with the way to its entry.
type creditLine struct{ day, amount, note, path string }

// creditsView tells those who may see the funds which credit was given on account of a pool, and that it would be where none was yet.
func (p *pages) creditsView(v *cabinet.Visit, one tracking.Pool) (view creditsView, err error) {
	if !v.May(access.View, access.Funds) {
		return view, nil
	}
	var promise tracking.Promise
	var credits []tracking.Credit
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if promise, err = tracking.PromiseOf(ctx, q, v.Project.ID); err != nil {
			return err
		}
		credits, err = tracking.Credits(ctx, q, v.Project.ID)
		return err
	}); err != nil {
		return view, err
	}
	for _, c := range credits {
		if slices.ContainsFunc(c.Pools, func(m tracking.Miss) bool { return m.Pool == one.ID }) {
			view.days = append(view.days, creditLineOf(v, c))
		}
	}
	switch {
	case len(view.days) > 0:
		view.text = v.T("tracking.credits_text")
	case promise.Kept:
		view.text = v.T("tracking.credits_none", lang.Values{"Day": v.Date(v.Project.Calendar.DayAt(promise.At))})
	}
	return view, nil
}

func creditLineOf(v *cabinet.Visit, c tracking.Credit) creditLine {
	currency := v.Project.Currency
	return creditLine{
		day: v.Date(c.Day), amount: v.MoneySigned(c.Amount, currency), path: v.Path("/funds/entries/" + itoa(int(c.Entry))),
		note: v.T("tracking.credit_note", lang.Values{"Missed": v.Int(int(c.Missed)), "Numbers": v.Int(int(c.Numbers)), "Paid": v.Money(c.Paid, currency)}),
	}
}
