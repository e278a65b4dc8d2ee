package products

import (
	"context"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// bookPrice is one price of a book.
type bookPrice struct {
	group, what, unit string
	price, daily      money.Micro // daily is zero where it is not charged by the day
	sample            bool
}

// pricesList is every price of the project's book but those of calls.
func pricesList(v *cabinet.Visit, t pricing.Tariff) cabinet.List {
	return cabinet.List{
		Spec: ui.TableSpec{Rows: 200, Columns: []ui.Column{
			{Key: "what", Title: v.T("book.what"), Fixed: true},
			{Key: "group", Title: v.T("book.group")},
			{Key: "price", Title: v.T("book.price"), Numeric: true},
			{Key: "unit", Title: v.T("book.unit")},
			{Key: "daily", Title: v.T("book.daily"), Numeric: true},
			{Key: "sample", Title: v.T("book.sample"), Hint: v.T("book.sample_hint"), Extra: true},
		}},
		Caption: v.T("book.prices"), Right: access.Book, Short: true, Empty: ui.Empty{Icon: ui.IconBook, Title: v.T("book.no_prices")},
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			var rows []cabinet.Row
			for _, price := range pricesOf(v, t) {
				rows = append(rows, price.row(v, t.Currency))
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}

func (p bookPrice) row(v *cabinet.Visit, currency money.Currency) cabinet.Row {
	row := cabinet.Row{ID: p.group + "/" + p.what, Cells: map[string]cabinet.Cell{
		"what": wrapped(p.what), "group": cabinet.Text(p.group), "unit": cabinet.Text(p.unit),
		"price": cabinet.Shown(ui.MoneyExact(p.price, currency), p.price),
	}}
	if p.daily != 0 {
		row.Cells["daily"] = cabinet.Money(p.daily, currency)
	}
	if p.sample {
		row.Cells["sample"] = cabinet.Text(v.T("book.is_sample"))
	}
	return row
}

// priceSheet gathers the prices of a book.
type priceSheet struct {
	v      *cabinet.Visit
	t      pricing.Tariff
	group  string
	prices []bookPrice
}

func (s *priceSheet) add(what string, price pricebook.Price, unit lang.Key, sample bool) {
	s.prices = append(s.prices, bookPrice{group: s.group, what: what, unit: s.v.T(unit), price: price[s.t.Currency], sample: sample})
}

// byDay adds a monthly price that is charged by the day.
func (s *priceSheet) byDay(what string, price pricebook.Price, sample bool) {
	s.add(what, price, s.month(), sample)
	s.prices[len(s.prices)-1].daily = perDay(s.t, price[s.t.Currency], today(s.v))
}

func (s *priceSheet) month() lang.Key {
	if s.t.Book.Month == pricebook.Month30Days {
		return "book.per_30_days"
	}
	return "book.per_month"
}

func pricesOf(v *cabinet.Visit, t pricing.Tariff) []bookPrice {
	s := &priceSheet{v: v, t: t}
	s.products()
	s.numbers()
	s.calls()
	s.terms()
	return s.prices
}

func (s *priceSheet) products() {
	v := s.v
	s.group = v.T("book.group_products")
	for _, product := range s.t.Book.Products {
		title := product.Title.In(string(v.Lang))
		s.byDay(title, product.Monthly, product.Sample)
		if seats := product.Seats; seats != nil {
			s.byDay(v.T("book.seat_above", lang.Values{"Product": title, "Included": v.Int(int(seats.Included))}), seats.Monthly, seats.Sample)
		}
		if slots := product.Slots; slots != nil {
			s.byDay(v.T("book.slot_above", lang.Values{"Product": title, "Included": v.Int(int(slots.Included))}), slots.Monthly, slots.Sample)
		}
		if sessions := product.Sessions; sessions != nil {
			s.add(v.T("book.session_above", lang.Values{"Product": title, "Included": v.Int(int(sessions.Included))}), sessions.Each, "book.per_session", sessions.Sample)
		}
	}
}

func (s *priceSheet) numbers() {
	v := s.v
	s.group = v.T("book.group_numbers")
	for _, rule := range s.t.Book.Numbers {
		if what := matchName(v, rule.Match); rule.Charged == pricebook.AdvanceMonth {
			s.add(what, rule.Monthly, "book.per_calendar_month", rule.Sample)
		} else {
			s.byDay(what, rule.Monthly, rule.Sample)
		}
	}
	for _, service := range s.t.Book.Services {
		s.add(service.Title.In(string(v.Lang)), service.Monthly, "book.per_calendar_month", service.Sample)
	}
	for _, minimum := range s.t.Book.Minimums {
		s.add(v.T("book.minimum", lang.Values{"Numbers": matchName(v, minimum.Match)}), minimum.Amount, "book.per_calendar_month", minimum.Sample)
	}
}

// matchName says which numbers a rule is about.
func matchName(v *cabinet.Visit, m pricebook.NumberMatch) string {
	name := v.T("book.numbers_any")
	switch m.Owner {
	case "operator":
		name = v.T("book.numbers_rented")
	case "customer":
		name = v.T("book.numbers_own")
	}
	var more []string
	for _, kind := range m.Kinds {
		more = append(more, kindName(v, kind))
	}
	for _, prefix := range m.Prefixes {
		more = append(more, "+"+prefix+"…")
	}
	if m.Use != "" {
		more = append(more, useName(v, m.Use))
	}
	if len(more) == 0 {
		return name
	}
	return name + ": " + strings.Join(more, ", ")
}

func (s *priceSheet) calls() {
	v := s.v
	s.group = v.T("book.group_calls")
	for _, pack := range s.t.Book.Packages {
		title := effect.PackageTitle(v, pack)
		s.add(v.T("book.minute_above", lang.Values{"Package": title, "Included": v.N("products.minutes", int(pack.Included))}), pack.Overage, "book.per_minute", pack.Sample)
		for _, larger := range pack.Larger {
			s.add(v.T("book.package_size", lang.Values{"Package": title, "Minutes": v.N("products.minutes", int(larger.Minutes))}), larger.Price, "book.per_calendar_month", larger.Sample)
		}
	}
	if sms := s.t.Book.SMS; sms != nil {
		s.add(v.T("book.sms_home"), sms.Domestic, "book.per_segment", sms.Sample)
		s.add(v.T("book.sms_abroad"), sms.Abroad, "book.per_segment", sms.Sample)
	}
}

func (s *priceSheet) terms() {
	v, terms := s.v, s.t.Book.Terms
	if terms == nil {
		return
	}
	s.group = v.T("book.group_plans")
	for _, plan := range terms.Plans {
		s.add(plan.Title.In(string(v.Lang)), plan.Monthly, "book.per_month", plan.Sample)
	}
	s.add(v.T("book.extra_user"), terms.ExtraUser, "book.per_month", false)
}

// kindName is the reader's word for a kind of number.
func kindName(v *cabinet.Visit, kind string) string {
	switch kind {
	case "mobile":
		return v.T("numbers.mobile")
	case "toll_free":
		return v.T("numbers.toll_free")
	}
	return v.T("numbers.local")
}

// useName is the reader's word for what a number serves.
func useName(v *cabinet.Visit, use string) string {
	if use == "tracking" {
		return v.T("numbers.tracking")
	}
	return v.T("numbers.pbx")
}
