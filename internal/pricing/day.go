package pricing

import (
	"fmt"
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Number is a phone number a project holds.
type Number struct {
	Number string // E.164 with '+'
	Owner  string // "operator" or "customer"
	Kind   string // "local", "mobile" or "toll_free"
	Use    string // "pbx" or "tracking"
}

// Day is what a project held and used on one usage day, measured by the book's rule (Rule B-08).
type Day struct {
	Date           civil.Date
	Products       []string         // switched on
	Seats          map[string]int64 // product -> seats in use
	Slots          map[string]int64 // product -> number slots opened
	Numbers        []Number
	Sessions       map[string]int64 // product -> sessions counted on the day
	SessionsBefore map[string]int64 // product -> sessions of the running period before the day
}

// Day computes the fee lines of a usage day in the order of kinds, then items. Lines of zero are left out.
func (t Tariff) Day(day Day) ([]Line, error) {
	var lines []Line
	var fees []pricebook.Product
	for _, name := range slices.Sorted(slices.Values(day.Products)) {
		product, ok := t.Book.Product(name)
		if !ok {
			return nil, UnknownProduct(t.Book, name)
		}
		included := slices.ContainsFunc(product.IncludedWith, func(other string) bool { return slices.Contains(day.Products, other) })
		if !included {
			fees = append(fees, product)
		}
		more, err := t.productLines(day, product, included)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	discount, err := t.bundleLine(day.Date, fees)
	if err != nil {
		return nil, err
	}
	rents, err := t.numberLines(day)
	if err != nil {
		return nil, err
	}
	lines = append(append(lines, rents...), discount)
	lines = slices.DeleteFunc(lines, func(line Line) bool { return line.Amount == 0 })
	SortLines(lines)
	return lines, nil
}

// SortLines orders lines by kind, then item (Rule B-13).
func SortLines(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		if byKind := a.Kind.Order() - b.Kind.Order(); byKind != 0 {
			return byKind
		}
		return compare(a.Item, b.Item)
	})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// UnknownProduct is the error for a product the book does not sell.
func UnknownProduct(book *pricebook.Book, name string) error {
	known := make([]string, len(book.Products))
	for i, product := range book.Products {
		known[i] = product.Name
	}
	return errs.New(errs.Invalid, "pricing.unknown_product", "book %s has no product %q", book.Ref(), name).
		At("product").Try(fmt.Sprintf("it has %v", known))
}

// productLines are the lines of one product that is on: its fee, seats, slots and sessions (Rules B-30 to B-33). A product
// that comes free with another has neither a fee nor paid seats.
func (t Tariff) productLines(day Day, product pricebook.Product, included bool) ([]Line, error) {
	var lines []Line
	add := func(kind Kind, rule, what string, quantity int64, monthly pricebook.Price) error {
		line, err := t.dayShare(day.Date, kind, product.Name, quantity, t.price(monthly), rule, what)
		lines = append(lines, line)
		return err
	}
	if !included {
		if err := add(ProductFee, "B-30", product.Title.In("en"), 1, product.Monthly); err != nil {
			return nil, err
		}
	}
	if seats := product.Seats; seats != nil && !included {
		what := fmt.Sprintf("seats of %s above the %d included", product.Title.In("en"), seats.Included)
		if err := add(SeatFee, "B-31", what, above(day.Seats[product.Name], seats.Included), seats.Monthly); err != nil {
			return nil, err
		}
	}
	if slots := product.Slots; slots != nil {
		what := fmt.Sprintf("number slots of %s above the %d included", product.Title.In("en"), slots.Included)
		if err := add(SlotFee, "B-32", what, above(day.Slots[product.Name], slots.Included), slots.Monthly); err != nil {
			return nil, err
		}
	}
	if product.Sessions != nil {
		line, err := t.sessionLine(day, product)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func above(used, included int64) int64 { return max(0, used-included) }

// dayShare is a day's share of quantity x monthly price, by cumulative rounding over the book's month (Rule B-07).
func (t Tariff) dayShare(date civil.Date, kind Kind, item string, quantity int64, unit money.Micro, rule, what string) (Line, error) {
	monthly, err := t.monthly(kind, quantity, unit)
	if err != nil {
		return Line{}, err
	}
	step, steps := t.Step(date)
	amount := money.Share(monthly, step, steps)
	return Line{
		Kind: kind, Item: item, Quantity: quantity, UnitPrice: unit, Amount: -amount, Rule: rule,
		Explain: Explanation{
			Text: fmt.Sprintf("%s: the share of one day in %d x %s %s%s a month", what, quantity, unit, t.Currency, t.taxText(kind)),
			Arithmetic: fmt.Sprintf("P = %d x %s%s; R(%d x P / %d) - R(%d x P / %d) = %s, R to 0.000001 half up",
				quantity, unit, t.taxText(kind), step, steps, step-1, steps, amount),
			Inputs: map[string]any{"quantity": quantity, "monthly": unit, "step": step, "steps": steps, "month": t.Book.Month},
		},
	}, nil
}

// Step numbers a day within the book's month: (days since 1970-01-01, 30) or (day of the month, its length) (Rule B-07).
func (t Tariff) Step(date civil.Date) (step, steps int64) {
	if t.Book.Month == pricebook.MonthCalendar {
		return int64(date.Day()), int64(date.DaysInMonth())
	}
	return int64(date), 30
}

// sessionLine charges the sessions of the day that fall above the period's included ones (Rule B-33).
func (t Tariff) sessionLine(day Day, product pricebook.Product) (Line, error) {
	sessions := product.Sessions
	before, today := int64(0), day.Sessions[product.Name]
	if sessions.Period == pricebook.SessionsPer30Days {
		before = day.SessionsBefore[product.Name]
	}
	paid := above(before+today, sessions.Included) - above(before, sessions.Included)
	each := t.price(sessions.Each)
	amount, err := t.whole(SessionFee, paid, each)
	if err != nil {
		return Line{}, err
	}
	return Line{
		Kind: SessionFee, Item: product.Name, Quantity: paid, UnitPrice: each, Amount: -amount, Rule: "B-33",
		Explain: Explanation{
			Text: fmt.Sprintf("%d sessions today, %d before in this period (%s), %d included", today, before, sessions.Period, sessions.Included),
			Arithmetic: fmt.Sprintf("max(0, %d + %d - %d) - max(0, %d - %d) = %d; %d x %s%s = %s",
				before, today, sessions.Included, before, sessions.Included, paid, paid, each, t.taxText(SessionFee), amount),
			Inputs: map[string]any{"sessions": today, "before": before, "included": sessions.Included, "period": sessions.Period},
		},
	}, nil
}

// bundleLine is the discount on the sum of the day's product fees by the number of products that count (Rule B-34). Its
// share is taken from the exact monthly discount, so that it too sums to the month.
func (t Tariff) bundleLine(date civil.Date, fees []pricebook.Product) (Line, error) {
	off := t.Book.Bundle.Off(len(fees))
	var monthly money.Micro
	for _, product := range fees {
		monthly += t.price(product.Monthly)
	}
	taxed, err := t.monthly(ProductFee, 1, monthly)
	if err != nil {
		return Line{}, err
	}
	discounted, ok := money.MulDiv(int64(taxed.Num), int64(off), 1)
	if !ok {
		return Line{}, tooLarge(Discount)
	}
	step, steps := t.Step(date)
	amount := money.Share(money.Ratio{Num: money.Micro(discounted), Den: taxed.Den * wholePercent}, step, steps)
	return Line{
		Kind: Discount, Item: "bundle", Quantity: int64(len(fees)), UnitPrice: monthly, Amount: amount, Rule: "B-34",
		Explain: Explanation{
			Text:       fmt.Sprintf("%s off the day's product fees for %d products", off, len(fees)),
			Arithmetic: fmt.Sprintf("P = %s x %s; R(%d x P / %d) - R(%d x P / %d) = %s", monthly, off, step, steps, step-1, steps, amount),
			Inputs:     map[string]any{"products": len(fees), "percent": off, "monthly": monthly, "step": step, "steps": steps},
		},
	}, nil
}

// numberLines are the day's shares of the numbers charged by the day (Rule B-35).
func (t Tariff) numberLines(day Day) ([]Line, error) {
	var lines []Line
	for _, number := range day.Numbers {
		rule, err := t.NumberRule(number)
		if err != nil {
			return nil, err
		}
		if rule.Charged != pricebook.AdvanceNone {
			continue
		}
		what := fmt.Sprintf("%s number %s (%s)", number.Kind, number.Number, rule.Name)
		line, err := t.dayShare(day.Date, Kind(rule.Kind), number.Number, 1, t.price(rule.Monthly), "B-35", what)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// NumberRule finds the rule that prices a number; errs.Invalid `pricing.number_not_sold` where none does.
func (t Tariff) NumberRule(number Number) (pricebook.NumberRule, error) {
	for _, rule := range t.Book.Numbers {
		if Matches(rule.Match, number) {
			return rule, nil
		}
	}
	return pricebook.NumberRule{}, errs.New(errs.Invalid, "pricing.number_not_sold", "book %s has no price for a %s %s number such as %s",
		t.Book.Ref(), number.Owner, number.Kind, number.Number).At("number").With("number", number.Number)
}

// Matches reports whether a number meets every condition of a match.
func Matches(match pricebook.NumberMatch, number Number) bool {
	digits := number.Number
	if len(digits) > 0 && digits[0] == '+' {
		digits = digits[1:]
	}
	return (match.Owner == "" || match.Owner == number.Owner) &&
		(match.Use == "" || match.Use == number.Use) &&
		(len(match.Kinds) == 0 || slices.Contains(match.Kinds, number.Kind)) &&
		(len(match.Prefixes) == 0 || slices.ContainsFunc(match.Prefixes, func(prefix string) bool {
			return len(digits) >= len(prefix) && digits[:len(prefix)] == prefix
		}))
}
