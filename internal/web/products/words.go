package products

import (
	"strconv"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
)

// titleOf is a product's name in the reader's language.
func titleOf(v *cabinet.Visit, book *pricebook.Book, product string) string {
	if found, ok := book.Product(product); ok {
		return found.Title.In(string(v.Lang))
	}
	return product
}

// titlesOf are products' names, joined.
func titlesOf(v *cabinet.Visit, book *pricebook.Book, products []string) string {
	titles := make([]string, len(products))
	for i, product := range products {
		titles[i] = titleOf(v, book, product)
	}
	return joined(v, titles)
}

// joined is "a, b and c".
func joined(v *cabinet.Visit, words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return v.T("products.and", lang.Values{"First": strings.Join(words[:last], ", "), "Last": words[last]})
}

// packageTitle is a minute package's name.
func packageTitle(v *cabinet.Visit, pack pricebook.Package) string {
	return pack.Title.In(string(v.Lang))
}

// lineName says what a charge is for.
func lineName(v *cabinet.Visit, book *pricebook.Book, kind pricing.Kind, item string) string {
	switch kind {
	case pricing.SeatFee:
		return v.T("products.line_seats", lang.Values{"Product": titleOf(v, book, item)})
	case pricing.SlotFee:
		return v.T("products.line_slots", lang.Values{"Product": titleOf(v, book, item)})
	case pricing.SessionFee:
		return v.T("products.line_sessions")
	case pricing.Discount:
		return v.T("products.line_discount")
	case pricing.Minimum:
		return v.T("products.line_minimum")
	case pricing.Credit:
		return v.T("products.line_credit")
	case pricing.Call:
		return v.T("products.line_calls")
	case pricing.SMS:
		return v.T("products.line_sms")
	case pricing.Adjustment:
		return v.T("products.line_adjustment")
	}
	return itemName(v, book, item)
}

// itemName is the name of a product, a service, a package, a plan or a number.
func itemName(v *cabinet.Visit, book *pricebook.Book, item string) string {
	if product, ok := book.Product(item); ok {
		return product.Title.In(string(v.Lang))
	}
	for _, service := range book.Services {
		if service.Name == item {
			return service.Title.In(string(v.Lang))
		}
	}
	name, size, _ := strings.Cut(item, ":")
	if pack, ok := book.Package(name); ok {
		if size == "" {
			return v.T("products.line_overage", lang.Values{"Package": packageTitle(v, pack)})
		}
		minutes, _ := strconv.Atoi(size)
		return packageTitle(v, pack) + ": " + v.N("products.minutes", minutes)
	}
	if book.Terms != nil {
		if plan, ok := book.Terms.Plan(item); ok {
			return v.T("products.line_term", lang.Values{"Plan": plan.Title.In(string(v.Lang))})
		}
	}
	if strings.HasPrefix(item, "+") {
		return v.Phone(phone.Number(item))
	}
	return item
}

// perDay is a month's price by the day, rounded for show.
func perDay(t pricing.Tariff, monthly money.Micro, day civil.Date) money.Micro {
	_, steps := t.Step(day)
	return (monthly + money.Micro(steps/2)) / money.Micro(steps)
}

// total is the sum of lines.
func total(lines []pricing.Line) (sum money.Micro) {
	for _, line := range lines {
		sum += line.Amount
	}
	return sum
}
