package pricing

import (
	"slices"

	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// NetMonthly is what a month of a product costs beside those that are on, without tax: nothing where one of them includes
// it, else its price less the bundle discount for that many products (Rule B-34). It is positive.
func (t Tariff) NetMonthly(product pricebook.Product, on []string) money.Micro {
	count := 1
	for _, other := range t.Book.Products {
		if !slices.Contains(on, other.Name) {
			continue
		}
		if slices.Contains(product.IncludedWith, other.Name) {
			return 0
		}
		free := slices.ContainsFunc(other.IncludedWith, func(name string) bool { return slices.Contains(on, name) })
		if other.Name != product.Name && !free {
			count++
		}
	}
	price := t.price(product.Monthly)
	off, _ := money.MulDiv(int64(price), int64(t.Book.Bundle.Off(count)), wholePercent)
	return price - money.Micro(off)
}
