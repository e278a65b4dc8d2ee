package funds

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// pay is the page that says how to pay, and what was paid.
func (p pages) pay(v *cabinet.Visit) error {
	list := p.paymentList(p.naming(v))
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	page := page(v, v.T("funds.how_to_pay"), TabOverview, helpBalance)
	page.Crumbs = []ui.Link{{Text: v.T("funds.section"), Href: v.Path("/funds")}}
	return v.Render(page, payPage(string(v.Project.ID), table))
}

// paymentList is the payments and bonuses as the ledger has them, newest first, with those that were taken back marked.
func (p pages) paymentList(n naming) cabinet.List {
	return cabinet.List{
		Caption: n.T("funds.payments"), Right: access.Payments, Short: true,
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "at", Title: n.T("funds.col_paid"), Fixed: true},
			{Key: "what", Title: n.T("funds.col_kind")},
			{Key: "amount", Title: n.T("funds.col_amount"), Numeric: true},
			{Key: "balance", Title: n.T("funds.col_balance"), Numeric: true},
			{Key: "state", Title: n.T("funds.col_state")},
			{Key: "ref", Title: n.T("funds.col_ref"), Extra: true},
		}},
		Empty: ui.Empty{Icon: ui.IconFunds, Title: n.T("funds.no_payments"), Text: n.T("funds.no_payments_text")},
		Load: func(ctx context.Context, _ ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			filter := ledger.Filter{Project: n.Project.ID, Kinds: []pricing.Kind{pricing.Payment, pricing.Bonus}, Newest: true, Limit: limit + 1}
			if after != "" {
				if filter.After, err = parseEntry(after); err != nil {
					return nil, "", cabinet.BadPlace()
				}
			}
			found, err := ledger.Entries(ctx, p.DB, filter)
			if err != nil {
				return nil, "", err
			}
			if len(found) > limit {
				found = found[:limit]
				next = entryNumber(found[limit-1].ID)
			}
			for _, e := range found {
				by, err := ledger.ReversedBy(ctx, p.DB, e.ID)
				if err != nil {
					return nil, "", err
				}
				rows = append(rows, n.paymentRow(e, by))
			}
			return rows, next, nil
		},
	}
}

func (n naming) paymentRow(e ledger.Entry, reversedBy ident.EntryID) cabinet.Row {
	state := cabinet.Status(ui.Good, n.T("funds.booked"))
	if reversedBy != 0 {
		state = cabinet.Status(ui.Warning, n.T("funds.undone"))
	}
	return cabinet.Row{ID: entryNumber(e.ID), Href: n.Path(entryPath(e.ID)), Cells: map[string]cabinet.Cell{
		"at": cabinet.Moment(e.BookedAt), "what": cabinet.Text(n.whole(e.Kind, e.Day, e.Item)), "amount": cabinet.MoneyMove(e.Amount, n.Project.Currency),
		"balance": cabinet.Money(e.BalanceAfter, n.Project.Currency), "state": state, "ref": cabinet.Code(e.Ref),
	}}
}

// undone are the ids of payments whose entry was reversed and does not stand again.
func undone(ctx context.Context, q store.Querier, p *project.Project) (map[string]bool, error) {
	taken := map[string]bool{}
	payments := map[ident.EntryID]string{}
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: p.ID, Kinds: []pricing.Kind{pricing.Payment, pricing.Adjustment}}) {
		if err != nil {
			return nil, err
		}
		if entry.Kind == pricing.Payment {
			payments[entry.ID] = entry.Ref
			continue
		}
		if id, ok := payments[entry.Reverses]; ok { // a reversal may be reversed in turn
			taken[id] = !taken[id]
			payments[entry.ID] = id
		}
	}
	return taken, nil
}
