package products

import (
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// possession is what a project has, as the page of products shows it.
type possession struct {
	config   billing.Configuration
	ending   []string // products that are on until midnight
	minutes  map[string]int64
	standing *billing.Standing
	tariff   pricing.Tariff
	day      civil.Date
	mayEdit  bool
}

func (p *pages) possessionOf(v *cabinet.Visit) (has possession, err error) {
	has.day, has.mayEdit = today(v), v.May(access.Edit, access.Products)
	if has.tariff, err = p.tariff(v, has.day); err != nil {
		return has, err
	}
	return has, v.Read(func(ctx context.Context, q store.Querier) error {
		if has.config, err = billing.GetConfiguration(ctx, q, v.Project.ID); err != nil {
			return err
		}
		if has.ending, err = billing.EndingTonight(ctx, q, v.Project.ID, v.At); err != nil {
			return err
		}
		if has.minutes, err = billing.MinutesOf(ctx, q, v.Project.ID, has.day); err != nil {
			return err
		}
		has.standing, err = billing.GetStanding(ctx, q, v.Project.ID)
		return err
	})
}

// productRow is a product as the page shows it.
type productRow struct {
	product    pricebook.Product
	title      string
	on, ending bool
	free       string // the product that includes it; empty where it costs its price
	list, net  money.Micro
	daily      money.Micro
	off        pricebook.Percent
	needs      string
	facts      []string
	people     string // the path of the page on which seats are given; empty where the reader may not see it
	includes   []string
	view       ui.SwitchView
	currency   money.Currency
}

func (p *pages) productRows(v *cabinet.Visit, has possession) []productRow {
	rows := make([]productRow, len(has.tariff.Book.Products))
	for i, product := range has.tariff.Book.Products {
		rows[i] = productRowOf(v, has, product)
	}
	return rows
}

func productRowOf(v *cabinet.Visit, has possession, product pricebook.Product) productRow {
	on := func(name string) bool { return slices.Contains(has.config.Products, name) }
	row := productRow{
		product: product, currency: v.Project.Currency, title: product.Title.In(string(v.Lang)), on: on(product.Name), ending: slices.Contains(has.ending, product.Name),
		list: product.Monthly[v.Project.Currency], net: has.tariff.NetMonthly(product, has.config.Products),
		needs: titlesOf(v, has.tariff.Book, product.Needs), facts: factsOf(v, has, product),
	}
	for _, text := range product.Includes {
		row.includes = append(row.includes, text.In(string(v.Lang)))
	}
	if i := slices.IndexFunc(product.IncludedWith, on); i >= 0 {
		row.free = effect.Title(v, has.tariff.Book, product.IncludedWith[i])
	}
	if row.list > 0 && row.free == "" {
		row.off = pricebook.Percent((row.list - row.net) * 10_000 / row.list)
	}
	row.daily = perDay(has.tariff, row.net, has.day)
	if product.Seats != nil && v.May(access.View, access.People) {
		row.people = v.Path("/people/seats")
	}
	row.view = switchOf(v, has, row)
	return row
}

// switchOf leads to the page that asks. What ends tonight is switched on again at once: it costs nothing more.
func switchOf(v *cabinet.Visit, has possession, row productRow) ui.SwitchView {
	s := ui.SwitchView{Label: row.title, On: row.on, Name: "to"}
	switch {
	case !has.mayEdit:
		s.Off = true
	case row.ending:
		s.Action = keepPath(v, row.product.Name)
	default:
		to := "on"
		if row.on {
			to = "off"
		}
		s.Href = v.Path(pathProducts + "/switch/" + row.product.Name + "?to=" + to)
	}
	return s
}

// factsOf tells how much of a product's seats, slots and sessions is used, and what more of them costs.
func factsOf(v *cabinet.Visit, has possession, product pricebook.Product) (facts []string) {
	currency := v.Project.Currency
	if s := product.Seats; s != nil {
		facts = append(facts, v.T("products.seats", lang.Values{
			"Used": v.Int(int(has.config.Seats[product.Name])), "Included": v.Int(int(s.Included)), "Price": v.Money(s.Monthly[currency], currency),
		}))
	}
	if s := product.Slots; s != nil {
		facts = append(facts, v.T("products.slots", lang.Values{
			"Used": v.Int(int(has.config.Slots[product.Name])), "Included": v.Int(int(s.Included)), "Price": v.Money(s.Monthly[currency], currency),
		}))
	}
	if s := product.Sessions; s != nil {
		key := lang.Key("products.sessions_day")
		if s.Period == pricebook.SessionsPer30Days {
			key = "products.sessions_30d"
		}
		facts = append(facts, v.T(key, lang.Values{"Included": v.Int(int(s.Included)), "Price": v.MoneyExact(s.Each[currency], currency)}))
	}
	return facts
}

// tomorrow is what products, seats and slots come to on the next day.
func (has possession) tomorrow() ([]pricing.Line, error) {
	return has.tariff.Day(pricing.Day{Date: has.day + 1, Products: has.config.Products, Seats: has.config.Seats, Slots: has.config.Slots})
}

// feesTile is the sum of tomorrow's fees of products with its parts.
func feesTile(v *cabinet.Visit, has possession, lines []pricing.Line) ui.Tile {
	tile := ui.Tile{Label: v.T("products.tomorrow_fees"), Value: ui.Money(-pricing.Sum(lines), v.Project.Currency)}
	for _, line := range lines {
		tile.Why.Parts = append(tile.Why.Parts, ui.Part{
			Text: effect.LineName(v, has.tariff.Book, line.Kind, line.Item), Value: ui.MoneyExact(-line.Amount, v.Project.Currency),
		})
	}
	if len(lines) > 0 {
		tile.Why.Parts = append(tile.Why.Parts, ui.Part{Text: v.T("products.sum"), Value: ui.MoneyExact(-pricing.Sum(lines), v.Project.Currency), Total: true})
	}
	tile.Why.Text = v.T("products.fees_why")
	return tile
}

// ladder says what discount the next products bring.
func ladder(v *cabinet.Visit, has possession) string {
	discounts := has.tariff.Book.Bundle.Discounts
	if len(discounts) == 0 {
		return ""
	}
	steps := make([]string, 0, len(discounts))
	for i, off := range discounts {
		if off == 0 {
			continue
		}
		steps = append(steps, v.N("products.ladder_step", i+1, lang.Values{"Off": v.Percent(int(off), false)}))
	}
	if len(steps) == 0 {
		return ""
	}
	return v.T("products.ladder", lang.Values{"Steps": joined(v, steps)})
}
