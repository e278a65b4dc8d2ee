package ops

import (
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// tierTiles say, for each currency, what an agency's projects came to and what that takes off (Rule B-42).
func (p *pages) tierTiles(v *cabinet.Visit, all []shop) ([]ui.Tile, error) {
	var order []money.Currency
	ids, sums := map[money.Currency][]ident.ProjectID{}, map[money.Currency]money.Micro{}
	for _, s := range all {
		if ids[s.Currency] == nil {
			order = append(order, s.Currency)
		}
		ids[s.Currency] = append(ids[s.Currency], s.ID)
		sums[s.Currency] += s.Balance
	}
	var list []ui.Tile
	for _, currency := range order {
		list = append(list, ui.Tile{Label: v.T("ops.balances"), Value: ui.Money(sums[currency], currency)})
		tariff, ok := p.tariffOf(all, currency)
		if !ok {
			continue
		}
		more, err := p.turnoverTiles(v, tariff, ids[currency])
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// tariffOf is the price list of the first project in a currency whose book has tiers for agencies.
func (p *pages) tariffOf(all []shop, currency money.Currency) (pricing.Tariff, bool) {
	for _, s := range all {
		book, err := p.Books.Get(s.Book, s.Version)
		if s.Currency != currency || err != nil || len(book.Agency) == 0 {
			continue
		}
		if tariff, err := pricing.For(book, s.Country, s.Currency); err == nil {
			return tariff, true
		}
	}
	return pricing.Tariff{}, false
}

func (p *pages) turnoverTiles(v *cabinet.Visit, tariff pricing.Tariff, ids []ident.ProjectID) ([]ui.Tile, error) {
	today := civil.DateIn(v.At, time.UTC)
	first := today.FirstOfMonth()
	last, err := ledger.Charges(v.Context(), p.DB, ids, (first - 1).FirstOfMonth(), first-1)
	if err != nil {
		return nil, err
	}
	now, err := ledger.Charges(v.Context(), p.DB, ids, first, today)
	if err != nil {
		return nil, err
	}
	off, _ := tariff.AgencyTier(last)
	soon, next := tariff.AgencyTier(now)
	reached := v.T("ops.tier_top")
	if next > 0 {
		reached = v.T("ops.tier_next", map[string]any{"Amount": v.Money(next-now, tariff.Currency)})
	}
	return []ui.Tile{
		{
			Label: v.T("ops.tier_now"), Value: ui.Text(v.Percent(int(off), false)),
			Why: ui.Why{Text: v.T("ops.tier_why"), Parts: []ui.Part{{Text: v.T("ops.turnover_last"), Value: ui.Money(last, tariff.Currency)}}},
		},
		{Label: v.T("ops.turnover_now"), Value: ui.Money(now, tariff.Currency), Change: v.T("ops.tier_soon", map[string]any{"Percent": v.Percent(int(soon), false)}), Than: reached},
	}, nil
}
