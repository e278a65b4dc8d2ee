package funds

import (
	"context"
	"strconv"

	"bellwether/internal/access"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// entryNumber writes an entry's identifier, parseEntry reads it.
func entryNumber(id ident.EntryID) string { return strconv.FormatInt(int64(id), 10) }

func parseEntry(s string) (ident.EntryID, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, errs.New(errs.NotFound, "ledger.no_entry", "the project has no such entry").At("entry")
	}
	return ident.EntryID(id), nil
}

// account is an entry with all that explains it.
type account struct {
	naming
	entry      ledger.Entry
	why        explanation
	reverses   *ledger.Entry // what it undoes
	reversedBy *ledger.Entry // what undoes it
	leg        *charging.Leg
	message    *charging.Message
}

// entry is the page of one entry, at its permanent address.
func (p pages) entry(v *cabinet.Visit) error {
	id, err := parseEntry(v.R.PathValue("entry"))
	if err != nil {
		return err
	}
	a := account{naming: p.naming(v)}
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		if a.entry, err = ledger.GetEntry(ctx, q, v.Project.ID, id); err != nil {
			return err
		}
		return a.read(ctx, q)
	})
	if err != nil {
		return err
	}
	a.why = a.explain(a.entry.Day, lineOfEntry(a.entry), a.entry.Explain)
	title := a.whole(a.entry.Kind, a.entry.Day, a.entry.Item)
	if a.reverses != nil {
		title = v.T("funds.reversal_of") + " " + a.whole(a.reverses.Kind, a.reverses.Day, a.reverses.Item)
	}
	return v.Render(below(v, title, ui.Link{Text: v.Date(a.entry.Day), Href: dayPath(v, a.entry.Day)}), entryPage(a))
}

// read finds what an entry is about: the one it undoes, the one that undoes it, its call or message.
func (a *account) read(ctx context.Context, q store.Querier) error {
	by, err := ledger.ReversedBy(ctx, q, a.entry.ID)
	if err != nil {
		return err
	}
	if a.reversedBy, err = a.other(ctx, q, by); err != nil {
		return err
	}
	if a.reverses, err = a.other(ctx, q, a.entry.Reverses); err != nil {
		return err
	}
	switch root := a.root(); {
	case root.House == ledger.CallHouse:
		leg, err := charging.GetLeg(ctx, q, root.Project, root.Ref)
		if errs.KindOf(err) == errs.NotFound {
			return nil // a person's calls may have been erased while the amounts stay
		}
		a.leg = &leg
		return err
	case root.Kind == pricing.SMS || root.Kind == pricing.Adjustment && root.Item == string(pricing.SMS):
		message, err := charging.GetMessage(ctx, q, root.Project, root.Ref)
		if errs.KindOf(err) == errs.NotFound {
			return nil
		}
		a.message = &message
		return err
	}
	return nil
}

// root is the entry whose cause is asked for: for a reversal, the one it undoes.
func (a *account) root() ledger.Entry {
	if a.reverses != nil {
		return *a.reverses
	}
	return a.entry
}

func (a *account) other(ctx context.Context, q store.Querier, id ident.EntryID) (*ledger.Entry, error) {
	if id == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	found, err := ledger.GetEntry(ctx, q, a.entry.Project, id)
	return &found, err
}

// lineOfEntry is an entry as the line that was charged.
func lineOfEntry(e ledger.Entry) pricing.Line {
	return pricing.Line{Kind: e.Kind, Item: e.Item, Quantity: e.Quantity, UnitPrice: e.UnitPrice, Amount: e.Amount, Rule: e.Rule}
}

// entries lists the entries behind a row that has more than one: ?day=&kind=&item=.
func (p pages) entries(v *cabinet.Visit) error {
	query := v.URL.Query()
	filter := ledger.Filter{Project: v.Project.ID}
	n := p.naming(v)
	title := v.T("funds.entries")
	if text := query.Get("day"); text != "" {
		day, err := civil.ParseDate(text)
		if err != nil {
			return errs.New(errs.NotFound, "funds.no_day", "the project has no such usage day").At("day")
		}
		filter.FromDay, filter.ToDay = day, day
		title += ", " + v.Date(day)
	}
	if kind := query.Get("kind"); kind != "" {
		filter.Kinds = []pricing.Kind{pricing.Kind(kind)}
	}
	if item := query.Get("item"); item != "" {
		filter.Items = []string{item}
	}
	return v.RenderList(below(v, title), p.entryList(n, filter))
}

func (p pages) entryList(n naming, filter ledger.Filter) cabinet.List {
	return cabinet.List{
		Caption: n.T("funds.entries"), Right: access.Funds,
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "booked", Title: n.T("funds.col_booked"), Fixed: true},
			{Key: "day", Title: n.T("funds.col_day")},
			{Key: "item", Title: n.T("funds.col_item")},
			{Key: "quantity", Title: n.T("funds.col_quantity"), Numeric: true},
			{Key: "rate", Title: n.T("funds.col_rate"), Numeric: true},
			{Key: "amount", Title: n.T("funds.col_amount"), Numeric: true},
			{Key: "balance", Title: n.T("funds.col_balance"), Numeric: true},
			{Key: "ref", Title: n.T("funds.col_ref"), Extra: true},
		}},
		Empty: ui.Empty{Icon: ui.IconFunds, Title: n.T("funds.no_movement"), Text: n.T("funds.no_movement_text")},
		Load: func(ctx context.Context, _ ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			f := filter
			if f.Limit = limit + 1; after != "" {
				if f.After, err = parseEntry(after); err != nil {
					return nil, "", cabinet.BadPlace()
				}
			}
			found, err := ledger.Entries(ctx, p.DB, f)
			if errs.CodeOf(err) == "ledger.no_entry" {
				return nil, "", cabinet.BadPlace()
			}
			if len(found) > limit {
				found = found[:limit]
				next = entryNumber(found[limit-1].ID)
			}
			for _, e := range found {
				rows = append(rows, n.entryRow(e))
			}
			return rows, next, err
		},
	}
}

func (n naming) entryRow(e ledger.Entry) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"booked": cabinet.Moment(e.BookedAt), "day": cabinet.Day(e.Day), "item": cabinet.Text(n.whole(e.Kind, e.Day, e.Item)),
		"amount": exactCell(e.Amount, n.Project.Currency), "balance": exactCell(e.BalanceAfter, n.Project.Currency), "ref": cabinet.Code(e.Ref),
	}
	cells["quantity"] = n.quantityCell(e.Kind, e.Quantity, 1)
	if e.UnitPrice != 0 {
		cells["rate"] = exactCell(e.UnitPrice, n.Project.Currency)
	}
	return cabinet.Row{ID: entryNumber(e.ID), Href: n.Path(entryPath(e.ID)), Cells: cells}
}
