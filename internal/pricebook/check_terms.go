package pricebook

import (
	"cmp"
	"maps"
	"slices"

	"bellwether/internal/money"
)

// checkDiscounts sees that more never earns less.
func (c *checker) checkDiscounts() {
	for i, off := range c.Bundle.Discounts {
		if i > 0 && off < c.Bundle.Discounts[i-1] {
			c.at(place("bundle", "discounts", i), "bundle_falls", "never let the discount fall with a further product", "%v for %d products is less than %v for %d", off, i+1, c.Bundle.Discounts[i-1], i)
		}
	}
	for i, tier := range c.LongTerm {
		if i > 0 {
			c.rising(place("long_term", i, "days"), "days", tier.Days, c.LongTerm[i-1].Days)
			c.notFalling(place("long_term", i, "off"), tier.Off, c.LongTerm[i-1].Off)
		}
	}
	for i, tier := range c.Agency {
		if i == 0 {
			continue
		}
		before := c.Agency[i-1]
		c.risingPrice(place("agency", i, "from"), "from", tier.From, before.From)
		c.notFalling(place("agency", i, "off"), tier.Off, before.Off)
	}
}

func (c *checker) rising(at []any, field string, value, before int64) {
	if value <= before {
		c.at(at, "not_rising", "list them from the smallest to the largest", "%s %d does not rise above %d before it", field, value, before)
	}
}

func (c *checker) notFalling(at []any, off, before Percent) {
	if off < before {
		c.at(at, "discount_falls", "never let the discount fall", "%v is less than %v before it", off, before)
	}
}

func (c *checker) risingPrice(at []any, field string, value, before Price) {
	for _, currency := range c.shared(value, before) {
		if value[currency] <= before[currency] {
			c.at(at, "not_rising", "list them from the smallest to the largest", "%s %v %s does not rise above %v before it", field, value[currency], currency, before[currency])
		}
	}
}

// shared lists the currencies two prices both have.
func (c *checker) shared(a, b Price) []money.Currency {
	var result []money.Currency
	for _, currency := range slices.SortedFunc(maps.Keys(a), cmp.Compare[money.Currency]) {
		if _, ok := b[currency]; ok {
			result = append(result, currency)
		}
	}
	return result
}

func (c *checker) checkLoyalty() {
	if c.Loyalty == nil {
		return
	}
	for _, field := range []struct {
		name  string
		empty bool
	}{{"methods", len(c.Loyalty.Methods) == 0}, {"months", len(c.Loyalty.Months) == 0}, {"pays_for", len(c.Loyalty.PaysFor) == 0}} {
		if n := c.root.get("loyalty").get(field.name); field.empty && n != nil && n.kind == listNode {
			c.at(place("loyalty", field.name), "empty_list", "name at least one", "%s of loyalty is an empty list", field.name)
		}
	}
	for i, months := range c.Loyalty.Months {
		if i == 0 {
			continue
		}
		before := c.Loyalty.Months[i-1]
		c.rising(place("loyalty", "months", i, "days"), "days", months.Days, before.Days)
		c.rising(place("loyalty", "months", i, "months"), "months", months.Months, before.Months)
	}
}

func (c *checker) checkTerms() {
	if c.Terms == nil {
		return
	}
	checkUnique(c, place("terms", "plans"), c.Terms.Plans, func(p Plan) string { return p.Name })
	for i, length := range c.Terms.Lengths {
		if i == 0 {
			continue
		}
		before := c.Terms.Lengths[i-1]
		c.rising(place("terms", "lengths", i, "months"), "months", length.Months, before.Months)
		c.notFalling(place("terms", "lengths", i, "off"), length.Off, before.Off)
	}
	for _, field := range []string{"lengths", "plans"} {
		if n := c.root.get("terms").get(field); n != nil && n.kind == listNode && len(n.items) == 0 {
			c.at(place("terms", field), "empty_list", "name at least one", "%s of terms is an empty list", field)
		}
	}
}

func (c *checker) checkTaxes() {
	for i, tax := range c.Taxes {
		for _, before := range c.Taxes[:i] {
			if tax.Country != "" && tax.Kind != "" && (before.Country == anyCountry || before.Country == tax.Country) && (before.Kind == "*" || before.Kind == tax.Kind) {
				c.at(place("taxes", i), "tax_never", "put the narrower tax first, or drop one", "this tax on %s in %s never counts: the one on %s in %s before it takes all", tax.Kind, tax.Country, before.Kind, before.Country)
				break
			}
		}
	}
}

func (c *checker) checkLifecycle() {
	l := c.Lifecycle
	bounds := []struct {
		field string
		days  int64
	}{{"grace_days", l.GraceDays}, {"unpaid_days", l.UnpaidDays}, {"quarantine_days", l.QuarantineDays}, {"release_days", l.ReleaseDays}}
	for i := 1; i < len(bounds); i++ {
		before, bound := bounds[i-1], bounds[i]
		if n := c.root.find("lifecycle"); n.get(before.field) == nil || n.get(bound.field) == nil {
			continue
		}
		if bound.days <= before.days {
			c.at(place("lifecycle", bound.field), "not_rising", "all of them count from the moment funds end, so each is later than the one before", "%s %d does not rise above %s %d", bound.field, bound.days, before.field, before.days)
		}
	}
}

func (c *checker) checkLimits() {
	limits := c.root.get("limits")
	if limits == nil {
		for _, section := range []string{"legs", "sms"} {
			if c.root.get(section) != nil {
				c.at(place(section), "no_limits", "add limits: the anti-fraud caps of a new project", "%s are sold without limits", section)
			}
		}
		return
	}
	for _, currency := range c.shared(c.Limits.PerMinute, c.Limits.PerDay) {
		if c.Limits.PerMinute[currency] > c.Limits.PerDay[currency] {
			c.at(place("limits", "per_minute"), "minute_above_day", "lower it, or raise per_day", "a minute may cost %v %s but a day only %v", c.Limits.PerMinute[currency], currency, c.Limits.PerDay[currency])
		}
	}
	for _, field := range []string{"quantum", "extend_ahead"} {
		if limits.get(field) != nil && (field == "quantum" && c.Limits.Quantum == 0 || field == "extend_ahead" && c.Limits.ExtendAhead == 0) {
			c.at(place("limits", field), "no_time", "write at least 1s", "%s of limits is no time at all", field)
		}
	}
	if c.Limits.ExtendAhead > c.Limits.Quantum && c.Limits.Quantum > 0 {
		c.at(place("limits", "extend_ahead"), "extend_longer", "write no more than quantum", "extend_ahead %v is longer than quantum %v", c.Limits.ExtendAhead, c.Limits.Quantum)
	}
	for i, country := range c.Limits.Countries {
		if country != "" && slices.Index(c.Limits.Countries, country) < i {
			c.at(place("limits", "countries", i), "twice", "keep one", "%s stands twice in countries of limits", country)
		}
	}
}
