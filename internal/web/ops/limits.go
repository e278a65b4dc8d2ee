package ops

import (
	"cmp"
	"context"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// limits are those of every currency somebody set one for.
func (p *pages) limits(v *cabinet.Visit) error {
	list, err := approval.Limits(v.Context(), p.DB)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("ops.limits"), Section: sectionMoney, Tabs: moneyTabs(v), Lead: v.T("ops.limits_lead"), Help: "/help/op-payments"}
	if v.May(access.Edit, access.Approvals) {
		page.Actions = ui.Button{Text: v.T("ops.set_limit"), Kind: ui.Primary, Href: "/op/money/limits/new"}.Draw()
	}
	return v.RenderList(page, cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "currency", Title: v.T("ops.currency"), Fixed: true}, {Key: "amount", Title: v.T("ops.limit"), Numeric: true}, {Key: "at", Title: v.T("ops.since")},
		}},
		Caption: v.T("ops.limits"), Right: access.Adjustments, Short: true, Empty: ui.Empty{Icon: ui.IconLock, Title: v.T("ops.no_limits"), Text: v.T("ops.no_limits_text")},
		Load: func(context.Context, ui.TableState, string, int) ([]cabinet.Row, string, error) {
			var rows []cabinet.Row
			for _, l := range list {
				amount := cabinet.Text(v.T("ops.no_limit"))
				if l.Amount != approval.NoLimit {
					amount = cabinet.Money(l.Amount, l.Currency)
				}
				rows = append(rows, cabinet.Row{ID: string(l.Currency), Cells: map[string]cabinet.Cell{"currency": cabinet.Text(string(l.Currency)), "amount": amount, "at": cabinet.Moment(l.SetAt)}})
			}
			return rows, "", nil
		},
	})
}

func (p *pages) limiting(v *cabinet.Visit, wrong mistakes) form {
	var currencies []ui.Choice
	for _, c := range p.Books.Currencies() {
		currencies = append(currencies, ui.Choice{Value: string(c), Text: string(c)})
	}
	return form{
		page: ui.Page{
			Title: v.T("ops.set_limit"), Lead: v.T("ops.set_limit_lead"), Section: sectionMoney, Help: "/help/op-payments",
			Crumbs: []ui.Link{{Text: v.T("ops.money"), Href: "/op/money"}, {Text: v.T("ops.limits"), Href: "/op/money/limits"}},
		},
		action: "/op/money/limits/new", submit: v.T("ops.save"), back: "/op/money/limits", wrong: wrong[""],
		fields: []templ.Component{
			ui.Select{ID: "currency", Name: "currency", Label: v.T("ops.currency"), Value: cmp.Or(value(v, "currency"), v.URL.Query().Get("currency"), "UAH"), Choices: currencies, Error: wrong["currency"]}.Draw(),
			ui.Field{ID: "amount", Name: "amount", Label: v.T("ops.limit"), Hint: v.T("ops.limit_hint"), Value: value(v, "amount"), Digits: true, Error: wrong["amount"]}.Draw(),
			ui.Field{ID: "reason", Name: "reason", Label: v.T("ops.reason"), Value: value(v, "reason"), Required: true, Longest: 500, Error: wrong["reason"]}.Draw(),
		},
	}
}

func (p *pages) limitForm(v *cabinet.Visit) error { return ask(v, p.limiting(v, nil)) }

func (p *pages) setLimit(v *cabinet.Visit) error {
	var r approval.Request
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		amount := approval.NoLimit
		if text := value(v, "amount"); text != "" {
			if amount, err = amountIn(text); err != nil {
				return err
			}
		}
		r, err = p.Approvals.SetLimit(ctx, tx, v.Permit, money.Currency(value(v, "currency")), amount, value(v, "reason"), v.At)
		return err
	})
	if err != nil {
		wrong, err := wrongly(v, err, "currency", "amount", "reason")
		if err != nil {
			return err
		}
		return askAgain(v, p.limiting(v, wrong))
	}
	if r.State == approval.Waiting {
		return v.Done("/op/money/"+r.ID.String(), ui.Toast{Text: v.T("ops.waits_toast"), Tone: ui.Notice})
	}
	return v.Done("/op/money/limits", ui.Toast{Text: v.T("ops.saved")})
}
