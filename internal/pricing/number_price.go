package pricing

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// NumberPrice is what holding a number costs, with the tax that is added. Amounts are positive.
type NumberPrice struct {
	Rule    string            // name of the book's rule that prices it
	Monthly money.Micro       // a month of it, rounded once
	Daily   money.Micro       // the share of the day that was asked for; zero where the month is charged in advance
	Charged pricebook.Advance // by the day, or the calendar month in advance
}

// NumberPrice prices a number on a day by the rule and the arithmetic that will charge it (Rules B-07, B-35, B-39). It
// returns errs.Invalid `pricing.number_not_sold` where the book has no rule for it. Services that come with the first
// number of a month are not in it.
func (t Tariff) NumberPrice(number Number, date civil.Date) (NumberPrice, error) {
	rule, err := t.NumberRule(number)
	if err != nil {
		return NumberPrice{}, err
	}
	price := NumberPrice{Rule: rule.Name, Charged: rule.Charged}
	if price.Monthly, err = t.whole(Kind(rule.Kind), 1, t.price(rule.Monthly)); err != nil {
		return NumberPrice{}, err
	}
	lines, err := t.numberLines(Day{Date: date, Numbers: []Number{number}})
	for _, line := range lines {
		price.Daily -= line.Amount
	}
	return price, err
}

// NumberFloor is what a month of numbers such as this costs besides the numbers themselves: services that come with the first of them, and the
// least that they come to together with these (Rules B-35, B-39). Both are rounded once and have their taxes.
func (t Tariff) NumberFloor(number Number) (services, least money.Micro, err error) {
	for _, service := range t.Book.Services {
		if !Matches(service.Match, number) {
			continue
		}
		price, err := t.whole(ProductFee, 1, t.price(service.Monthly))
		if err != nil {
			return 0, 0, err
		}
		services += price
	}
	for _, rule := range t.Book.Minimums {
		if Matches(rule.Match, number) {
			least, err = t.whole(Minimum, 1, t.price(rule.Amount))
			break
		}
	}
	return services, least, err
}
