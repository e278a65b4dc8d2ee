package pricing

import (
	"fmt"

	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Advance computes what holding a number costs for a calendar month in advance: its own price and the services that come
// with it (Rule B-39). Each item is charged once a month, whoever asks; the caller leaves out what was charged before.
func (t Tariff) Advance(number Number) ([]Line, error) {
	rule, err := t.NumberRule(number)
	if err != nil {
		return nil, err
	}
	var lines []Line
	if rule.Charged == pricebook.AdvanceMonth {
		line, err := t.advanceLine(Kind(rule.Kind), number.Number, rule.Monthly, fmt.Sprintf("%s number %s (%s)", number.Kind, number.Number, rule.Name))
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	for _, service := range t.Book.Services {
		if !Matches(service.Match, number) {
			continue
		}
		line, err := t.advanceLine(ProductFee, service.Name, service.Monthly, service.Title.In("en"))
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	SortLines(lines)
	return lines, nil
}

// LargerPackage computes the advance charge of a larger minute package for a calendar month (Rule B-38).
func (t Tariff) LargerPackage(pack pricebook.Package, larger pricebook.LargerPackage) (Line, error) {
	return t.advanceLine(ProductFee, fmt.Sprintf("%s:%d", pack.Name, larger.Minutes), larger.Price, fmt.Sprintf("%d minutes instead of %d", larger.Minutes, pack.Included))
}

func (t Tariff) advanceLine(kind Kind, item string, price pricebook.Price, what string) (Line, error) {
	unit := t.price(price)
	amount, err := t.whole(kind, 1, unit)
	return Line{
		Kind: kind, Item: item, Quantity: 1, UnitPrice: unit, Amount: -amount, Rule: "B-39",
		Explain: Explanation{
			Text:       what + ": the calendar month, in advance",
			Arithmetic: fmt.Sprintf("1 x %s%s = %s", unit, t.taxText(kind), amount),
		},
	}, err
}

// Month is what a project held and used in a calendar month, for the charges at its end.
type Month struct {
	Advance money.Micro      // list prices of what was charged in advance for the month, positive, without added tax
	Numbers []Number         // held at any moment of the month
	Minutes map[string]int64 // package -> minutes used
	Larger  map[string]int64 // package -> included minutes bought instead of the standard ones
}

// MonthEnd computes the overage of minute packages and what the month lacks to its minimum (Rules B-38, B-39).
func (t Tariff) MonthEnd(month Month) ([]Line, error) {
	var lines []Line
	for _, pack := range t.Book.Packages {
		line, err := t.overageLine(pack, month)
		if err != nil {
			return nil, err
		}
		if line.Amount != 0 {
			lines = append(lines, line)
		}
	}
	line, err := t.minimumLine(month)
	if err != nil {
		return nil, err
	}
	if line.Amount != 0 {
		lines = append(lines, line)
	}
	SortLines(lines)
	return lines, nil
}

func (t Tariff) overageLine(pack pricebook.Package, month Month) (Line, error) {
	included, used := pack.Included, month.Minutes[pack.Name]
	if larger, ok := month.Larger[pack.Name]; ok {
		included = larger
	}
	over, unit := above(used, included), t.price(pack.Overage)
	amount, err := t.whole(PackageOverage, over, unit)
	return Line{
		Kind: PackageOverage, Item: pack.Name, Quantity: over, UnitPrice: unit, Amount: -amount, Rule: "B-38",
		Explain: Explanation{
			Text:       fmt.Sprintf("%d minutes used, %d included", used, included),
			Arithmetic: fmt.Sprintf("(%d - %d) x %s%s = %s", used, included, unit, t.taxText(PackageOverage), amount),
			Inputs:     map[string]any{"used": used, "included": included},
		},
	}, err
}

// minimumLine compares list prices; what is missing is taxed like any other price (Rules B-39, B-90).
func (t Tariff) minimumLine(month Month) (Line, error) {
	for _, rule := range t.Book.Minimums {
		for _, number := range month.Numbers {
			if !Matches(rule.Match, number) {
				continue
			}
			least := t.price(rule.Amount)
			missing := max(0, least-month.Advance)
			amount, err := t.whole(Minimum, 1, missing)
			return Line{
				Kind: Minimum, Item: rule.Name, Quantity: 1, UnitPrice: least, Amount: -amount, Rule: "B-39",
				Explain: Explanation{
					Text:       fmt.Sprintf("the month's advance charges of %s come short of the minimum of %s", month.Advance, least),
					Arithmetic: fmt.Sprintf("%s - %s%s = %s", least, month.Advance, t.taxText(Minimum), amount),
					Inputs:     map[string]any{"minimum": least, "advance": month.Advance},
				},
			}, err
		}
	}
	return Line{}, nil
}

// AgencyTier is the percentage that a monthly turnover earns an agency, and the turnover from which the next one begins, zero where there is
// none (Rule B-42).
func (t Tariff) AgencyTier(turnover money.Micro) (off pricebook.Percent, next money.Micro) {
	for _, tier := range t.Book.Agency {
		if turnover < t.price(tier.From) {
			return off, t.price(tier.From)
		}
		off = tier.Off
	}
	return off, 0
}

// AgencyDiscount is what an agency's turnover takes off a project's charges of a month (Rule B-42).
func (t Tariff) AgencyDiscount(turnover, charged money.Micro) (Line, error) {
	off, _ := t.AgencyTier(turnover)
	amount, ok := money.MulDiv(max(0, int64(charged)), int64(off), wholePercent)
	if !ok {
		return Line{}, tooLarge(Discount)
	}
	return Line{
		Kind: Discount, Item: "agency", Quantity: 1, UnitPrice: charged, Amount: money.Micro(amount), Rule: "B-42",
		Explain: Explanation{
			Text:       fmt.Sprintf("%s off the month's charges: the agency's projects came to %s in the month before", off, turnover),
			Arithmetic: fmt.Sprintf("%s x %s = %s", charged, off, money.Micro(amount)),
			Inputs:     map[string]any{"turnover": turnover, "charged": charged, "percent": off},
		},
	}, nil
}

// PackageMinutes is how many minutes of a package a leg counts: its seconds in the package's increments, in started
// minutes (Rule B-38). A leg that was not answered counts none.
func PackageMinutes(pack pricebook.Package, seconds int64) int64 {
	if seconds <= 0 {
		return 0
	}
	billable := pack.First
	if seconds > pack.First {
		billable += (seconds - pack.First + pack.Next - 1) / pack.Next * pack.Next
	}
	return (billable + 59) / 60
}
