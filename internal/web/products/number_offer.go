package products

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// offer is an offer of the price list with the uses that cost the same.
type offer struct {
	number.Offer
	uses []string
}

// offers reads the price list, joining uses of the same price.
func (p *pages) offers(v *cabinet.Visit) (offers []offer, err error) {
	var all []number.Offer
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		all, err = p.Numbers.Offers(ctx, q, v.Project.ID, v.At)
		return err
	})
	index := map[number.Offer]int{}
	for _, one := range all {
		use := one.Use
		one.Use = ""
		i, there := index[one]
		if !there {
			i = len(offers)
			index[one], offers = i, append(offers, offer{Offer: one})
		}
		offers[i].uses = append(offers[i].uses, use)
	}
	return offers, err
}

func (p *pages) showOffers(v *cabinet.Visit) error {
	return v.RenderList(ui.Page{
		Title: v.T("numbers.rent_title"), Section: sectionNumbers, Tabs: numberTabs(v, pathNumbers+"/rent"), Lead: v.T("numbers.rent_lead"), Help: helpNumbers,
	}, p.offersList(v))
}

func (p *pages) offersList(v *cabinet.Visit) cabinet.List {
	return cabinet.List{
		Spec: ui.TableSpec{Sort: "place", Columns: slices.Concat([]ui.Column{
			{Key: "place", Title: v.T("numbers.place"), Sortable: true, Fixed: true},
			{Key: "kind", Title: v.T("numbers.kind"), Sortable: true},
			{Key: "use", Title: v.T("numbers.use"), Extra: true},
		}, p.priceColumns(v), []ui.Column{
			{Key: "free", Title: v.T("numbers.free"), Numeric: true, Sortable: true}, {Key: "rent", Title: v.T("numbers.action"), Fixed: true, Tool: true},
		}), Filters: []ui.Filter{{Key: "text", Title: v.T("numbers.place")}}},
		Caption: v.T("numbers.rent_title"), Right: access.Numbers, Short: true,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("numbers.no_offers"), Text: v.T("numbers.no_offers_text")},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			all, err := p.offers(v)
			if err != nil {
				return nil, "", err
			}
			var found []offer
			for _, o := range all {
				if text := state.Filters["text"]; strings.Contains(strings.ToLower(placeOf(v, o)), strings.ToLower(text)) {
					found = append(found, o)
				}
			}
			arrange(found, state, order[offer]{
				"place":   func(a, b offer) int { return cmp.Compare(placeOf(v, a), placeOf(v, b)) },
				"kind":    func(a, b offer) int { return cmp.Compare(a.Kind, b.Kind) },
				"daily":   func(a, b offer) int { return cmp.Compare(a.Price.Daily, b.Price.Daily) },
				"monthly": func(a, b offer) int { return cmp.Compare(a.Price.Monthly, b.Price.Monthly) },
				"free":    func(a, b offer) int { return cmp.Compare(a.Free, b.Free) },
			})
			rows := make([]cabinet.Row, len(found))
			for i, o := range found {
				rows[i] = offerRow(v, o)
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}

func placeOf(v *cabinet.Visit, o offer) string {
	if place := cabinet.Place(v.Printer, o.Country, o.Area, o.AreaName); place != "" {
		return place
	}
	return v.T("numbers.anywhere")
}

func offerRow(v *cabinet.Visit, o offer) cabinet.Row {
	query := url.Values{"country": {o.Country}, "area": {o.Area}, "kind": {o.Kind}, "for": {o.uses[0]}}
	uses := make([]string, len(o.uses))
	for i, use := range o.uses {
		uses[i] = useName(v, use)
	}
	row := cabinet.Row{ID: query.Encode(), Cells: map[string]cabinet.Cell{
		"place": cabinet.Text(placeOf(v, o)), "kind": cabinet.Text(kindName(v, o.Kind)), "use": cabinet.Text(strings.Join(uses, ", ")),
		"monthly": cabinet.Money(o.Price.Monthly, v.Project.Currency), "free": cabinet.Int(int(o.Free)),
		"rent": cabinet.Shown(ui.Button{Text: v.T("numbers.rent_one"), Small: true, Href: v.Path(pathNumbers + "/rent/new?" + query.Encode())}.Draw(), ""),
	}}
	if o.Price.Charged != pricebook.AdvanceMonth {
		row.Cells["daily"] = cabinet.Money(o.Price.Daily, v.Project.Currency)
	}
	return row
}
