package pricing_test

import (
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"

	"github.com/google/go-cmp/cmp"
)

// What a number is said to cost: 60 a month is 2 a day; 350 a month is charged in advance; 20 % are added to 60.
// Rules B-07, B-35, B-39, B-90.
func TestNumberPrice(t *testing.T) {
	t.Parallel()
	ukraine := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	taxed := *ukraine.Book
	taxed.Taxes = []pricebook.Tax{{Country: "*", Kind: "*", Rate: 2000}}
	withTax := ukraine
	withTax.Book = &taxed
	kyiv := pricing.Number{Number: "+380441234567", Owner: "operator", Kind: "local", Use: "pbx"}
	own := kyiv
	own.Owner = "customer"
	moscow := pricing.Number{Number: "+74951234567", Owner: "operator", Kind: "local", Use: "tracking"}
	for name, c := range map[string]struct {
		tariff pricing.Tariff
		number pricing.Number
		want   pricing.NumberPrice
	}{
		"by the day":        {ukraine, kyiv, pricing.NumberPrice{Rule: "local", Monthly: 60 * money.Unit, Daily: 2 * money.Unit, Charged: pricebook.AdvanceNone}},
		"tax is added":      {withTax, kyiv, pricing.NumberPrice{Rule: "local", Monthly: 72 * money.Unit, Daily: money.MustParse("2.4"), Charged: pricebook.AdvanceNone}},
		"own ones are free": {ukraine, own, pricing.NumberPrice{Rule: "own", Charged: pricebook.AdvanceNone}},
		"in advance":        {shipped(t, "k50", "2016-03-09", "RU", "RUB"), moscow, pricing.NumberPrice{Rule: "moscow", Monthly: 350 * money.Unit, Charged: pricebook.AdvanceMonth}},
	} {
		got, err := c.tariff.NumberPrice(c.number, civil.MustParseDate("2021-03-01"))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
}
