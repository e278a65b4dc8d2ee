package products

import (
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
)

// titlesOf are products' names, joined.
func titlesOf(v *cabinet.Visit, book *pricebook.Book, products []string) string {
	titles := make([]string, len(products))
	for i, product := range products {
		titles[i] = effect.Title(v, book, product)
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

// perDay is a month's price by the day, rounded for show.
func perDay(t pricing.Tariff, monthly money.Micro, day civil.Date) money.Micro {
	_, steps := t.Step(day)
	return (monthly + money.Micro(steps/2)) / money.Micro(steps)
}
