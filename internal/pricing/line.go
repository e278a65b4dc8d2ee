package pricing

import (
	"fmt"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Line is one charge or credit, ready to be posted.
type Line struct {
	Kind      Kind
	Item      string // the product, number, service or package it is for
	Quantity  int64
	UnitPrice money.Micro // list price of one, by the month for monthly prices
	Amount    money.Micro // negative for a charge, positive for a credit
	Rule      string      // the rule it follows: "B-30"
	Explain   Explanation
}

// Sum is what lines come to together.
func Sum(lines []Line) (sum money.Micro) {
	for _, line := range lines {
		sum += line.Amount
	}
	return sum
}

// Explanation says why a line is what it is: Text for people, Arithmetic to redo by hand, Inputs for programs.
type Explanation struct {
	Text       string         `json:"text"`
	Arithmetic string         `json:"arithmetic,omitempty"`
	Inputs     map[string]any `json:"inputs,omitempty"`
}

// Tariff is a book seen by one project: its currency and its country.
type Tariff struct {
	Book     *pricebook.Book
	Currency money.Currency
	Country  string // ISO 3166
}

// For chooses the price list of a country. It returns errs.Invalid `pricing.no_price_list` where the book sells there
// only in other currencies than the project's.
func For(book *pricebook.Book, country string, currency money.Currency) (Tariff, error) {
	listed, ok := book.Countries[country]
	if !ok {
		listed, ok = book.Countries["*"]
	}
	if !ok || listed != currency {
		return Tariff{}, errs.New(errs.Invalid, "pricing.no_price_list", "book %s has no price list in %s for country %s", book.Ref(), currency, country).
			At("currency").Try(fmt.Sprintf("its price list for that country is in %s", listed)).With("country", country).With("wanted", string(currency)).With("listed", string(listed))
	}
	return Tariff{Book: book, Currency: currency, Country: country}, nil
}

func (t Tariff) price(p pricebook.Price) money.Micro { return p[t.Currency] }

// tax is the rate added to an entry kind's price, zero where the book's prices include it or there is none (Rule B-90).
func (t Tariff) tax(kind Kind) pricebook.Percent {
	for _, tax := range t.Book.Taxes {
		if (tax.Country == "*" || tax.Country == t.Country) && (tax.Kind == "*" || tax.Kind == string(kind)) {
			if tax.Included {
				return 0
			}
			return tax.Rate
		}
	}
	return 0
}

// wholePercent is 100 % in the hundredths of pricebook.Percent.
const wholePercent = 10_000

// monthly is quantity x unit price with the tax added to it, as an exact fraction.
func (t Tariff) monthly(kind Kind, quantity int64, unit money.Micro) (money.Ratio, error) {
	tax := t.tax(kind)
	total, ok := money.MulDiv(quantity, int64(unit), 1)
	if !ok {
		return money.Ratio{}, tooLarge(kind)
	}
	if tax == 0 {
		return money.Whole(money.Micro(total)), nil
	}
	taxed, ok := money.MulDiv(total, int64(wholePercent+tax), 1)
	if !ok {
		return money.Ratio{}, tooLarge(kind)
	}
	return money.Ratio{Num: money.Micro(taxed), Den: wholePercent}, nil
}

// whole is quantity x unit price with tax, rounded once: the charge of prices that are not spread over a month.
func (t Tariff) whole(kind Kind, quantity int64, unit money.Micro) (money.Micro, error) {
	ratio, err := t.monthly(kind, quantity, unit)
	if err != nil {
		return 0, err
	}
	amount, ok := money.MulDiv(int64(ratio.Num), 1, ratio.Den)
	if !ok {
		return 0, tooLarge(kind)
	}
	return money.Micro(amount), nil
}

func (t Tariff) taxText(kind Kind) string {
	if tax := t.tax(kind); tax != 0 {
		return " + " + tax.String() + " tax"
	}
	return ""
}

func tooLarge(kind Kind) error {
	return errs.New(errs.Invalid, "pricing.too_large", "a %s of this quantity and price is beyond what an amount can hold", kind)
}
