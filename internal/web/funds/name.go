package funds

import (
	"strconv"
	"strings"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
)

// naming names what entries are for in the reader's words: products by the titles in the book of the day.
type naming struct {
	*cabinet.Visit
	books *pricebook.Library
}

func (p pages) naming(v *cabinet.Visit) naming { return naming{v, p.Books} }

var kindKeys = map[pricing.Kind]lang.Key{
	pricing.ProductFee: "funds.kind_product_fee", pricing.SeatFee: "funds.kind_seat_fee", pricing.SlotFee: "funds.kind_slot_fee",
	pricing.NumberRent: "funds.kind_number_rent", pricing.SessionFee: "funds.kind_sessions", pricing.Call: "funds.kind_call",
	pricing.SMS: "funds.kind_sms", pricing.PackageOverage: "funds.kind_package_overage", pricing.Minimum: "funds.kind_minimum",
	pricing.Discount: "funds.kind_discount", pricing.Bonus: "funds.kind_bonus", pricing.Payment: "funds.kind_payment",
	pricing.Term: "funds.kind_term", pricing.Credit: "funds.kind_credit", pricing.Adjustment: "funds.kind_adjustment",
}

// itemKeys are items that are no name of somebody's making.
var itemKeys = map[string]lang.Key{
	"call": "funds.item_call", "sms": "funds.item_sms", "domestic": "funds.item_domestic", "abroad": "funds.item_abroad",
	"bundle": "funds.item_bundle", "agency": "funds.item_agency", "manual": "funds.item_manual", billing.PromiseItem: "funds.item_promise",
	"card": "funds.item_card", "bank": "funds.item_bank", "wallet": "funds.item_wallet", "terminal": "funds.item_terminal",
}

var fundKeys = map[string]lang.Key{"cash": "funds.fund_cash", "bonus": "funds.fund_bonus", "credit": "funds.fund_credit"}

var houseKeys = map[string]lang.Key{
	"clearing": "funds.house_clearing", "loyalty": "funds.house_loyalty", "write_off": "funds.house_write_off", "adjustment": "funds.house_adjustment",
}

// account names an account of the ledger: a fund of the project, or one of the operator's, as "house:revenue:sms".
func (n naming) account(name string) string {
	parts := strings.Split(name, ":")
	if parts[0] == "project" {
		if key, ok := fundKeys[parts[len(parts)-1]]; ok {
			return n.T(key)
		}
	}
	if len(parts) < 2 || parts[0] != "house" {
		return name
	}
	if key, ok := houseKeys[parts[1]]; ok {
		return n.T(key)
	}
	if parts[1] == "revenue" && len(parts) > 2 {
		return n.T("funds.house_revenue", lang.Values{"Kind": n.kind(pricing.Kind(parts[2]))})
	}
	return name
}

// kind names a kind of entry.
func (n naming) kind(k pricing.Kind) string {
	if key, ok := kindKeys[k]; ok {
		return n.T(key)
	}
	return string(k)
}

// item names what an entry of a usage day is for.
func (n naming) item(day civil.Date, item string) string {
	if strings.HasPrefix(item, "+") {
		return n.Phone(phone.Number(item))
	}
	if title, ok := n.sold(day, item); ok {
		return title
	}
	if key, ok := itemKeys[item]; ok {
		return n.T(key)
	}
	return cabinet.Destination(n.Printer, item)
}

// sold is the title of something in the day's book. A book that is gone names nothing.
func (n naming) sold(day civil.Date, item string) (string, bool) {
	period := n.Project.BookAt(day)
	book, err := n.books.Get(period.Book, period.Version)
	if err != nil {
		return "", false
	}
	if product, ok := book.Product(item); ok {
		return product.Title.In(string(n.Lang)), true
	}
	for _, service := range book.Services {
		if service.Name == item {
			return service.Title.In(string(n.Lang)), true
		}
	}
	if book.Terms != nil {
		if plan, ok := book.Terms.Plan(item); ok {
			return plan.Title.In(string(n.Lang)), true
		}
	}
	name, size, larger := strings.Cut(item, ":")
	pack, ok := book.Package(name)
	if minutes, err := strconv.Atoi(size); ok && larger && err == nil {
		return n.N("funds.package_of", minutes, lang.Values{"Package": pack.Title.In(string(n.Lang))}), true
	}
	return pack.Title.In(string(n.Lang)), ok
}

// whole names a row in one phrase: "Seats: Virtual PBX 2.0". Where kind and item say the same, it is said once.
func (n naming) whole(k pricing.Kind, day civil.Date, item string) string {
	what := n.item(day, item)
	switch k {
	case pricing.ProductFee, pricing.Discount:
		return what
	case pricing.Call:
		if item == string(k) {
			return n.kind(k)
		}
	case pricing.SMS:
		if item == string(k) {
			return n.kind(k)
		}
		return what
	}
	return n.kind(k) + ": " + what
}

// quantity writes how many of what a row is for: minutes of calls, segments of messages, else a count.
func (n naming) quantity(k pricing.Kind, quantity, entries int64) string {
	switch k {
	case pricing.Call:
		return n.N("funds.calls", int(entries)) + ", " + n.N("funds.minutes", int((quantity+59)/60))
	case pricing.Payment, pricing.Bonus, pricing.Credit, pricing.Discount, pricing.Minimum:
		return ""
	}
	if quantity == 0 {
		return ""
	}
	return n.Int(int(quantity))
}

// quantityCell is what was charged for: calls in words, anything else as a count.
func (n naming) quantityCell(k pricing.Kind, quantity, entries int64) cabinet.Cell {
	text := n.quantity(k, quantity, entries)
	switch {
	case text == "":
		return cabinet.Cell{}
	case k == pricing.Call:
		return cabinet.Text(text)
	}
	return cabinet.Int(int(quantity))
}
