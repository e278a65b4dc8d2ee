package pricebook

import (
	"cmp"
	"slices"
	"strings"
)

// checkNumbers looks for rules that never come to their turn: the first that matches a number prices it.
func (c *checker) checkNumbers() {
	checkUnique(c, place("numbers"), c.Numbers, func(r NumberRule) string { return r.Name })
	checkUnique(c, place("services"), c.Services, func(r ServiceRule) string { return r.Name })
	checkUnique(c, place("minimums"), c.Minimums, func(r MinimumRule) string { return r.Name })
	checkReach(c, "numbers", c.Numbers, func(r NumberRule) (string, NumberMatch) { return r.Name, r.Match })
	checkReach(c, "minimums", c.Minimums, func(r MinimumRule) (string, NumberMatch) { return r.Name, r.Match })
	for _, section := range []struct {
		name  string
		rules int
	}{{"services", len(c.Services)}, {"minimums", len(c.Minimums)}} {
		if section.rules > 0 && len(c.Numbers) == 0 && c.root.get("numbers") == nil {
			c.at(place(section.name), "no_numbers", "add numbers, or drop it", "%s come with numbers, and the book has none", section.name)
		}
	}
}

func checkReach[T any](c *checker, section string, rules []T, of func(T) (string, NumberMatch)) {
	var names []string
	var matches []NumberMatch
	for i, rule := range rules {
		name, match := of(rule)
		if !c.repeats(place(section, i, "match", "prefixes"), match.Prefixes) {
			if taker := firstTaker(matches, match); taker >= 0 {
				c.at(place(section, i), "never_counts", "put the narrower rule first, or drop one", "%s never counts: %s before it takes its numbers", name, names[taker])
			}
		}
		names, matches = append(names, name), append(matches, match)
	}
}

func (c *checker) repeats(at []any, list []string) bool {
	for i, item := range list {
		if item != "" && slices.Index(list, item) < i {
			c.at(append(at, i), "twice", "keep one", "%s stands twice", item)
			return true
		}
	}
	return false
}

// firstTaker gives the index of the first rule that, with the others, takes every number the rule is meant for; -1 where some
// number is left for it.
func firstTaker(before []NumberMatch, rule NumberMatch) int {
	first := -1
	for _, owner := range oneOr(rule.Owner, ownerOperator, ownerCustomer) {
		for _, kind := range anyOr(rule.Kinds, numberKinds) {
			for _, use := range oneOr(rule.Use, useTracking, usePBX) {
				for _, prefix := range anyOr(rule.Prefixes, []string{""}) {
					taker := slices.IndexFunc(before, func(b NumberMatch) bool { return b.covers(owner, kind, use, prefix) })
					if taker < 0 {
						return -1
					}
					if first < 0 || taker < first {
						first = taker
					}
				}
			}
		}
	}
	return first
}

// covers reports whether the condition matches every number of the owner, kind and use that begins with prefix.
func (m NumberMatch) covers(owner, kind, use, prefix string) bool {
	return (m.Owner == "" || m.Owner == owner) &&
		(len(m.Kinds) == 0 || slices.Contains(m.Kinds, kind)) &&
		(m.Use == "" || m.Use == use) &&
		(len(m.Prefixes) == 0 || slices.ContainsFunc(m.Prefixes, func(p string) bool { return strings.HasPrefix(prefix, p) }))
}

func oneOr(value string, all ...string) []string {
	if value != "" {
		return []string{value}
	}
	return all
}

func anyOr(values, all []string) []string {
	if len(values) > 0 {
		return values
	}
	return all
}

func (c *checker) checkPackages() {
	checkUnique(c, place("packages"), c.Packages, func(p Package) string { return p.Name })
	for i, pack := range c.Packages {
		minutes, price := pack.Included, Price(nil)
		for j, larger := range pack.Larger {
			at := place("packages", i, "larger", j)
			c.rising(append(at, "minutes"), "minutes", larger.Minutes, minutes)
			c.risingPrice(append(at, "price"), "price", larger.Price, price)
			minutes, price = larger.Minutes, larger.Price
		}
		used := slices.ContainsFunc(c.Legs, func(rule LegRule) bool { return rule.Package == pack.Name })
		if pack.Name != "" && !used {
			c.at(place("packages", i), "package_unused", "name it in a leg rule, or drop it", "no leg rule counts minutes of package %s", pack.Name)
		}
	}
}

func (c *checker) checkLegs() {
	checkUnique(c, place("legs"), c.Legs, func(r LegRule) string { return r.Name })
	for i, rule := range c.Legs {
		c.checkLegRule(place("legs", i), rule)
	}
	c.checkCards()
	if len(c.Legs) > 0 {
		c.checkCoverage()
	}
}

func (c *checker) checkLegRule(at []any, rule LegRule) {
	under := func(field string) []any { return append(slices.Clone(at), field) }
	if rule.Charge != ChargePackage && rule.Package != "" {
		c.at(under("package"), "package_not_charged", "leave it out, or write charge: package", "leg rule %s names a package but is not charged by one", rule.Name)
	}
	if rule.Charge != ChargeRated && rule.Charge != "" && (rule.Card != "" || rule.By != "") {
		c.at(at, "card_not_rated", "leave card and by out, or write charge: rated", "leg rule %s names a rate card but is not rated", rule.Name)
	}
	switch rule.Charge {
	case ChargePackage:
		c.checkLegPackage(at, rule)
	case ChargeRated:
		name := rule.Card
		if name == "" {
			name = DefaultCard
		}
		if !contains(c.cardNames(), name) {
			c.at(under("card"), "unknown_card", cmp.Or(suggest(name, c.cardNames()), "add it under rates"), "leg rule %s: the book has no rate card %s", rule.Name, name)
		}
	}
}

func (c *checker) checkLegPackage(at []any, rule LegRule) {
	var names []string
	for _, pack := range c.Packages {
		names = append(names, pack.Name)
	}
	switch {
	case rule.Package == "" && c.root.find(at...).get("package") == nil:
		c.at(at, "no_package", "write package: and its name", "leg rule %s does not say which package it counts", rule.Name)
	case rule.Package != "" && !contains(names, rule.Package):
		c.at(append(slices.Clone(at), "package"), "unknown_package", suggest(rule.Package, names), "leg rule %s: the book has no package %s", rule.Name, rule.Package)
	}
}

func (c *checker) cardNames() []string {
	var names []string
	for _, card := range c.RateCards {
		names = append(names, card.Name)
	}
	return names
}

func (c *checker) checkCards() {
	for _, card := range c.RateCards {
		used := slices.ContainsFunc(c.Legs, func(rule LegRule) bool {
			return rule.Charge == ChargeRated && (rule.Card == card.Name || rule.Card == "" && card.Name == DefaultCard)
		})
		if !used {
			c.at(place("rates", card.Name), "card_unused", "name it in a leg rule, or drop it", "no leg rule uses rate card %s", card.Name)
		}
	}
}

// checkCoverage goes through every sort of leg there is: each needs a rule, and each rule needs one it is the first for.
func (c *checker) checkCoverage() {
	reached := make([]bool, len(c.Legs))
	var missing []string
	for _, leg := range legKinds {
		for _, to := range []string{toSIP, toPhone} {
			if leg == "sip" && to == toPhone {
				continue
			}
			for _, owner := range []string{ownerOperator, ownerCustomer, ""} {
				i := slices.IndexFunc(c.Legs, func(rule LegRule) bool { return rule.matches(leg, to, owner) })
				if i >= 0 {
					reached[i] = true
				} else if sort := leg + " to " + to; !contains(missing, sort) {
					missing = append(missing, sort)
				}
			}
		}
	}
	if len(missing) > 0 {
		c.at(place("legs"), "legs_uncovered", "end the list with a rule that has no conditions", "no leg rule covers %s", strings.Join(missing, ", "))
	}
	for i, ok := range reached {
		if !ok {
			c.at(place("legs", i), "leg_never", "put the narrower rule first, or drop one", "leg rule %s never counts: the rules before it take all its legs", c.Legs[i].Name)
		}
	}
}

// matches reports whether the rule is for legs of a kind to "sip" or "phone" that came in on a number of an owner, or on
// none of the project's where owner is empty (Rule B-37).
func (r LegRule) matches(leg, to, owner string) bool {
	return (len(r.Legs) == 0 || slices.Contains(r.Legs, leg)) &&
		(r.To == "" || r.To == to) &&
		(r.NumberOwner == "" || r.NumberOwner == owner)
}
