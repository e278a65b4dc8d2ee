package pricebook

import (
	"fmt"

	"bellwether/internal/civil"
	"bellwether/internal/money"
)

const bookSection = "the book"

// book reads the whole book in the order in which the format lists its sections.
func (r *reader) book(root *node) *Book {
	s := r.section(root, bookSection)
	b := &Book{
		Name:      s.name(s.required("book", "my_company"), "book"),
		Version:   s.version(),
		Effective: s.date(s.required("effective", "2021-01-31"), "effective"),
		Title:     s.texts(s.required("title", "My company"), "title"),
		Source:    s.text(s.optional("source"), "source"),
		Month:     MonthRule(s.word(s.required("month", string(Month30Days)), "month", string(Month30Days), string(MonthCalendar))),
		Measure:   Measure(s.word(s.required("measure", string(MeasurePeak)), "measure", string(MeasurePeak), string(MeasureEndOfDay))),
	}
	s.zone(b)
	r.currencies = s.currencyList()
	b.Currencies = r.currencies
	b.Countries = s.countries()

	b.Products = list(s, "products", "product", readProduct)
	b.Bundle = s.bundle()
	b.Numbers = list(s, "numbers", "number rule", readNumberRule)
	b.Services = list(s, "services", "service", readService)
	b.Minimums = list(s, "minimums", "minimum", readMinimum)
	b.Packages = list(s, "packages", "package", readPackage)
	b.Legs = list(s, "legs", "leg rule", readLegRule)
	b.SMS = s.sms()
	s.rates(b)
	b.Loyalty = s.loyalty()
	b.LongTerm = list(s, "long_term", "long-term discount", readLongTerm)
	b.Terms = s.terms()
	b.Agency = list(s, "agency", "agency discount", readAgencyTier)
	b.Taxes = list(s, "taxes", "tax", readTax)
	b.Lifecycle = s.lifecycle()
	b.Limits = s.limits()
	s.done()
	return b
}

// version is any short word: a date is the custom.
func (s *section) version() string {
	n := s.required("version", "2021-01-31")
	text := s.text(n, "version")
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' || len(text) > 40 {
			s.problem(n, say("bad_version", "%.60q is not a version", text), "write 1 to 40 of a-z, 0-9, . _ and -, such as 2021-01-31")
			return ""
		}
	}
	return text
}

func (s *section) zone(b *Book) {
	n := s.required("time_zone", "Europe/Kyiv")
	text := s.text(n, "time_zone")
	if text == "" {
		return
	}
	zone, err := civil.LoadZone(text)
	if err != nil {
		s.problem(n, say("bad_zone", "%.60q is not a time zone", text), "write an IANA name such as Europe/Kyiv")
	}
	b.TimeZone = zone
}

// currencyList gives none where one of them is wrong: prices are then not held against the list.
func (s *section) currencyList() []money.Currency {
	var result []money.Currency
	wrong := false
	n := s.required("currencies", "[UAH, USD]")
	for _, item := range s.items(n, "currencies") {
		text := s.text(item, "currencies")
		currency, err := money.ParseCurrency(text)
		if err != nil && text != "" {
			s.problem(item, say("bad_currency", "%.20q is not a currency", text), "write an ISO 4217 code such as UAH")
		}
		wrong = wrong || err != nil
		result = append(result, currency)
	}
	if wrong {
		return nil
	}
	if n != nil && n.kind == listNode && len(n.items) == 0 {
		s.problem(n, say("no_currencies", "currencies is an empty list"), "write the currencies of the price list, such as [UAH, USD]")
	}
	return result
}

const anyCountry = "*"

func (s *section) countries() map[string]money.Currency {
	n := s.required("countries", `{UA: UAH, "*": USD}`)
	if n == nil {
		return nil
	}
	group := s.section(n, "countries")
	result := map[string]money.Currency{}
	for _, f := range group.node.fields {
		at := &node{line: f.line, column: f.column}
		if f.name != anyCountry && !isCode(f.name, 2, 'A', 'Z') {
			s.problem(at, say("bad_country", "%.20q is not a country", f.name), `write an ISO 3166 code such as UA, or "*" for all others`)
			continue
		}
		if f.value.kind == emptyNode {
			s.problem(at, say("country_no_currency", "country %s has no currency", f.name), "write one of the book's")
			continue
		}
		result[f.name] = s.currency(f.value, "country "+f.name)
	}
	if !group.broken && n.get(anyCountry) == nil {
		s.problem(n, say("rest_of_world", "countries does not say what the rest of the world pays in"), `add "*" with a currency`)
	}
	return result
}

// currency reads one of the book's currencies.
func (s *section) currency(n *node, name string) money.Currency {
	if s.currencies == nil {
		return money.Currency(s.text(n, name))
	}
	return money.Currency(s.word(n, name, s.codes()...))
}

func (r *reader) codes() []string {
	codes := make([]string, len(r.currencies))
	for i, currency := range r.currencies {
		codes[i] = string(currency)
	}
	return codes
}

func (s *section) lifecycle() Lifecycle {
	n := s.required("lifecycle", "and its bounds, as the guide lists them")
	if n == nil {
		return Lifecycle{}
	}
	g := s.section(n, "lifecycle")
	const most = 3650
	l := Lifecycle{
		LowDays:        g.days("low_days", 3, most),
		GraceDays:      g.days("grace_days", 3, most),
		UnpaidDays:     g.days("unpaid_days", 15, most),
		QuarantineDays: g.days("quarantine_days", 30, most),
		ReleaseDays:    g.days("release_days", 45, most),
		OpenLegWait:    g.duration(g.required("open_leg_wait", "24h"), "open_leg_wait"),
		RecordWait:     g.duration(g.required("record_wait", "2h"), "record_wait"),
		Sample:         g.flag("sample"),
	}
	g.done()
	return l
}

func (s *section) days(name string, example, most int64) int64 {
	return s.count(s.required(name, fmt.Sprint(example)), name, 0, most)
}

func (s *section) limits() Limits {
	g := s.sub("limits")
	if g == nil {
		return Limits{}
	}
	l := Limits{
		PerMinute:       g.price(g.required("per_minute", g.example()), "per_minute"),
		PerDay:          g.price(g.required("per_day", g.example()), "per_day"),
		ConcurrentCalls: g.count(g.required("concurrent_calls", "20"), "concurrent_calls", 0, 100_000),
		Countries:       g.dialled(),
		RefusePremium:   g.required("refuse_premium", "true") != nil && g.flag("refuse_premium"),
		Quantum:         g.duration(g.required("quantum", "120s"), "quantum"),
		ExtendAhead:     g.duration(g.required("extend_ahead", "60s"), "extend_ahead"),
		Sample:          g.flag("sample"),
	}
	g.done()
	return l
}

const ownCountry = "own"

func (s *section) dialled() []string {
	var result []string
	for _, n := range s.items(s.required("countries", "[own]"), "countries") {
		text := s.text(n, "countries")
		if text != "" && text != ownCountry && !isCode(text, 2, 'A', 'Z') {
			s.problem(n, say("bad_country", "%.20q is not a country", text), "write an ISO 3166 code such as UA, or own for the project's")
		}
		result = append(result, text)
	}
	return result
}
