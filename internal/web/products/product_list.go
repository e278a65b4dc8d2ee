package products

import (
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// productsPage is everything the page of products shows.
type productsPage struct {
	rows     []productRow
	fees     *ui.Tile // nil for a book without fees of products
	ladder   string
	packages []packageView
	term     *termView // nil for a book that is not sold by term
	mayEdit  bool
}

func (p *pages) showProducts(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	page := productsPage{rows: p.productRows(v, has), ladder: ladder(v, has), mayEdit: has.mayEdit}
	if slices.ContainsFunc(page.rows, func(row productRow) bool { return row.list > 0 }) {
		lines, err := has.tomorrow()
		if err != nil {
			return err
		}
		tile := feesTile(v, has, lines)
		page.fees = &tile
	}
	if page.packages, err = packagesOf(v, has); err != nil {
		return err
	}
	if page.term, err = termOf(v, has); err != nil {
		return err
	}
	return v.Render(ui.Page{
		Title: v.T("products.title"), Section: funds.Section, Tabs: funds.Tabs(v, funds.TabProducts), Lead: productsLead(v, has), Help: helpProducts,
	}, page.draw())
}

func productsLead(v *cabinet.Visit, has possession) string {
	switch {
	case !has.mayEdit:
		return v.T("products.lead_view")
	case has.tariff.Book.Terms != nil && len(has.tariff.Book.Products) == 0:
		return v.T("products.lead_terms")
	case v.May(access.View, access.Funds):
		return v.T("products.lead")
	}
	return ""
}
