package pricebook

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/money"
)

// outline is a book, or a part of one, in the words and the order of the format: what Write writes and Diff compares.
// That Parse reads back what Write wrote, field by field, is the proof that neither forgets one.
type outline []entry

// entry is a field; its value is a plain or a quoted word, an outline, or a sequence of either.
type entry struct {
	name  string
	value any
}

type (
	plain    string // a number, a flag or a word of the format
	quoted   string // text
	sequence []any
)

// with adds a field that has a value.
func (o outline) with(name string, value any) outline {
	switch v := value.(type) {
	case plain:
		if v == "" {
			return o
		}
	case quoted:
		if v == "" {
			return o
		}
	case outline:
		if len(v) == 0 {
			return o
		}
	case sequence:
		if len(v) == 0 {
			return o
		}
	}
	return append(o, entry{name, value})
}

func (o outline) sample(is bool) outline { return o.flag("sample", is) }

func (o outline) flag(name string, is bool) outline {
	if !is {
		return o
	}
	return o.with(name, plain("true"))
}

func outlineOf(b *Book) outline {
	o := outline{}.
		with("book", quoted(b.Name)).
		with("version", quoted(b.Version)).
		with("effective", quoted(b.Effective.String())).
		with("title", b.Title.outline()).
		with("source", quoted(b.Source)).
		with("month", plain(b.Month)).
		with("measure", plain(b.Measure)).
		with("time_zone", quoted(b.TimeZone.String())).
		with("currencies", words(b.Currencies)).
		with("countries", countriesOutline(b.Countries)).
		with("products", outlines(b.Products, Product.outline))
	if len(b.Bundle.Discounts) > 0 {
		o = o.with("bundle", outline{}.with("discounts", words(b.Bundle.Discounts)).sample(b.Bundle.Sample))
	}
	o = o.with("numbers", outlines(b.Numbers, NumberRule.outline)).
		with("services", outlines(b.Services, ServiceRule.outline)).
		with("minimums", outlines(b.Minimums, MinimumRule.outline)).
		with("packages", outlines(b.Packages, Package.outline)).
		with("legs", outlines(b.Legs, LegRule.outline))
	if b.SMS != nil {
		o = o.with("sms", outline{}.with("domestic", b.SMS.Domestic.outline()).with("abroad", b.SMS.Abroad.outline()).sample(b.SMS.Sample))
	}
	return o.with("rates", ratesOutline(b.RateCards)).
		with("loyalty", b.Loyalty.outline()).
		with("long_term", outlines(b.LongTerm, LongTerm.outline)).
		with("terms", b.Terms.outline()).
		with("agency", outlines(b.Agency, AgencyTier.outline)).
		with("taxes", outlines(b.Taxes, Tax.outline)).
		with("lifecycle", b.Lifecycle.outline()).
		with("limits", b.Limits.outline())
}

func outlines[T any](items []T, each func(T) outline) sequence {
	var result sequence
	for _, item := range items {
		result = append(result, each(item))
	}
	return result
}

func words[T ~string | Percent](items []T) sequence {
	var result sequence
	for _, item := range items {
		switch item := any(item).(type) {
		case Percent:
			result = append(result, item.plain())
		default:
			result = append(result, quoted(fmt.Sprint(item)))
		}
	}
	return result
}

func (p Percent) plain() plain { return plain(strings.TrimSuffix(p.String(), " %")) }

func number(n int64) plain { return plain(strconv.FormatInt(n, 10)) }

func (t Text) outline() outline {
	o := outline{}.with("en", quoted(t["en"])) // first, as people read it
	for _, language := range slices.Sorted(maps.Keys(t)) {
		if language != "en" {
			o = o.with(language, quoted(t[language]))
		}
	}
	return o
}

func (p Price) outline() outline {
	var o outline
	for _, currency := range slices.Sorted(maps.Keys(p)) {
		o = o.with(string(currency), amount(p[currency]))
	}
	return o
}

func amount(m money.Micro) plain { return plain(m.String()) }

func countriesOutline(countries map[string]money.Currency) outline {
	var o outline
	for _, country := range slices.Sorted(maps.Keys(countries)) {
		o = o.with(country, quoted(countries[country]))
	}
	return o
}
