package products

import (
	"context"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/rating"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// statement is one thing that a book says, for comparing it with another: the key tells what it is about.
type statement struct {
	key, what, says string
}

// statements are what a book says to a project, in words.
type statements struct {
	v    *cabinet.Visit
	t    pricing.Tariff
	said []statement
}

func (s *statements) say(key, what, says string) {
	if says != "" {
		s.said = append(s.said, statement{key, what, says})
	}
}

func (s *statements) money(price pricebook.Price) string {
	return s.v.MoneyExact(price[s.t.Currency], s.t.Currency)
}

func statementsOf(v *cabinet.Visit, t pricing.Tariff) []statement {
	s := &statements{v: v, t: t}
	for _, product := range t.Book.Products {
		s.product(product)
	}
	sheet := &priceSheet{v: v, t: t}
	sheet.numbers()
	sheet.calls()
	sheet.terms()
	for _, price := range sheet.prices {
		s.say(price.what, price.what, v.T("book.price_per", lang.Values{"Price": v.MoneyExact(price.price, t.Currency), "Unit": price.unit}))
	}
	for i, text := range discountsOf(v, t) {
		s.say("discount/"+string(rune('0'+i)), v.T("book.discounts"), text)
	}
	return s.said
}

func (s *statements) product(p pricebook.Product) {
	v, title, key := s.v, p.Title.In(string(s.v.Lang)), "product/"+p.Name+"/"
	s.say(key+"price", title, v.T("products.per_30", lang.Values{"Price": s.money(p.Monthly)}))
	included := func(n int64, each pricebook.Price) string {
		return v.T("book.included_then", lang.Values{"Included": v.Int(int(n)), "Price": s.money(each)})
	}
	sessions := func(p *pricebook.Sessions) string {
		key := lang.Key("book.included_a_day")
		if p.Period == pricebook.SessionsPer30Days {
			key = "book.included_30_days"
		}
		return v.T(key, lang.Values{"Included": v.Int(int(p.Included)), "Price": s.money(p.Each)})
	}
	if p.Seats != nil {
		s.say(key+"seats", v.T("book.seats_of", lang.Values{"Product": title}), included(p.Seats.Included, p.Seats.Monthly))
	}
	if p.Slots != nil {
		s.say(key+"slots", v.T("book.slots_of", lang.Values{"Product": title}), included(p.Slots.Included, p.Slots.Monthly))
	}
	if p.Sessions != nil {
		s.say(key+"sessions", v.T("book.sessions_of", lang.Values{"Product": title}), sessions(p.Sessions))
	}
	s.say(key+"needs", v.T("book.needs_of", lang.Values{"Product": title}), titlesOf(v, s.t.Book, p.Needs))
	s.say(key+"free", v.T("book.free_of", lang.Values{"Product": title}), titlesOf(v, s.t.Book, p.IncludedWith))
	for _, text := range p.Includes {
		s.say(key+"includes/"+text.In("en"), v.T("book.includes_of", lang.Values{"Product": title}), text.In(string(v.Lang)))
	}
}

// difference is a statement of one version beside that of another; an empty one is not made there.
type difference struct {
	what, before, after string
}

// differences compares what two versions say to a project.
func differences(v *cabinet.Visit, now, other pricing.Tariff) (found []difference) {
	after := map[string]string{}
	theirs := statementsOf(v, other)
	for _, s := range theirs {
		after[s.key] = s.says
	}
	before := map[string]bool{}
	for _, s := range statementsOf(v, now) {
		before[s.key] = true
		if after[s.key] != s.says {
			found = append(found, difference{s.what, s.says, after[s.key]})
		}
	}
	for _, s := range theirs {
		if !before[s.key] {
			found = append(found, difference{s.what, "", s.says})
		}
	}
	if n := ratesChanged(now, other); n > 0 {
		found = append(found, difference{v.T("book.rates_title"), "", v.N("book.rates_changed", n)})
	}
	return found
}

// ratesChanged counts the destinations of which two versions have other prices.
func ratesChanged(now, other pricing.Tariff) (changed int) {
	rows := func(t pricing.Tariff) map[string]rating.Row {
		all := map[string]rating.Row{}
		for _, card := range t.Book.RateCards {
			for _, row := range card.Rows(t.Currency) {
				row.Line = 0
				all[strings.Join([]string{card.Name, row.Prefix, row.Band, row.From.String()}, "/")] = row
			}
		}
		return all
	}
	was, is := rows(now), rows(other)
	for key, row := range was {
		if is[key] != row {
			changed++
		}
	}
	for key := range is {
		if _, there := was[key]; !there {
			changed++
		}
	}
	return changed
}

// differencesList is what another version says differently, for people.
func differencesList(v *cabinet.Visit, now, other *pricebook.Book) cabinet.List {
	seen := func(book *pricebook.Book) pricing.Tariff {
		return pricing.Tariff{Book: book, Currency: v.Project.Currency, Country: v.Project.Country}
	}
	return cabinet.List{
		Spec: ui.TableSpec{Rows: 200, Columns: []ui.Column{
			{Key: "what", Title: v.T("book.what"), Fixed: true},
			{Key: "before", Title: v.T("book.before", lang.Values{"Version": now.Version})},
			{Key: "after", Title: v.T("book.after", lang.Values{"Version": other.Version})},
		}},
		Caption: v.T("book.differences"), Right: access.Book, Short: true,
		Empty: ui.Empty{Icon: ui.IconDone, Title: v.T("book.no_difference"), Text: v.T("book.no_difference_text")},
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			var rows []cabinet.Row
			for _, d := range differences(v, seen(now), seen(other)) {
				rows = append(rows, cabinet.Row{ID: d.what, Cells: map[string]cabinet.Cell{"what": wrapped(d.what), "before": wrapped(d.before), "after": wrapped(d.after)}})
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}
