package effect

import (
	"strconv"
	"strings"

	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
)

// Title is a product's name in the reader's language.
func Title(v *cabinet.Visit, book *pricebook.Book, product string) string {
	if found, ok := book.Product(product); ok {
		return found.Title.In(string(v.Lang))
	}
	return product
}

// PackageTitle is a minute package's name.
func PackageTitle(v *cabinet.Visit, pack pricebook.Package) string {
	return pack.Title.In(string(v.Lang))
}

// LineName says what a charge is for.
func LineName(v *cabinet.Visit, book *pricebook.Book, kind pricing.Kind, item string) string {
	switch kind {
	case pricing.SeatFee:
		return v.T("products.line_seats", lang.Values{"Product": Title(v, book, item)})
	case pricing.SlotFee:
		return v.T("products.line_slots", lang.Values{"Product": Title(v, book, item)})
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
			return v.T("products.line_overage", lang.Values{"Package": PackageTitle(v, pack)})
		}
		minutes, _ := strconv.Atoi(size)
		return PackageTitle(v, pack) + ": " + v.N("products.minutes", minutes)
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
