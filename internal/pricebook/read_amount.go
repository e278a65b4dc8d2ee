package pricebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/rating"
)

const (
	maxAmount = rating.MaxAmount // of any price: 90,000 of the dearest still fit a money.Micro
	maxCount  = 1_000_000_000    // of anything included
	lastYear  = 2199
)

// number reads an exact decimal from its digits.
func (s *section) number(n *node, name string) (money.Micro, bool) {
	if n == nil {
		return 0, false
	}
	if n.kind == textNode {
		s.problem(n, say("bad_value", "%s cannot be %.40q", s.within(name), n.text), "write digits without quotes and exponent, such as 12.5")
		return 0, false
	}
	if n.kind != numberNode {
		s.problem(n, say("wrong_kind", "%s is %v where a number was expected", s.within(name), n.kind), "write digits, such as 12.5")
		return 0, false
	}
	value, err := money.Parse(n.text)
	whole, _, _ := strings.Cut(strings.TrimPrefix(n.text, "-"), ".")
	if err != nil || len(whole) > 1 && whole[0] == '0' {
		s.problem(n, say("bad_value", "%s cannot be %.40s", s.within(name), n.text), "write digits with at most 6 decimals, such as 12.5")
		return 0, false
	}
	return value, true
}

// count reads a whole number from low to high.
func (s *section) count(n *node, name string, low, high int64) int64 {
	value, ok := s.number(n, name)
	if !ok {
		return low
	}
	count := int64(value / money.Unit)
	if value%money.Unit != 0 || count < low || count > high {
		s.problem(n, say("bad_value", "%s cannot be %s", s.within(name), n.text), fmt.Sprintf("write a whole number from %d to %d", low, high))
		return low
	}
	return count
}

// percent reads a percentage from 0 to 100 with at most two decimals.
func (s *section) percent(n *node, name string) Percent {
	value, ok := s.number(n, name)
	if !ok {
		return 0
	}
	const hundredth = money.Unit / 100
	if value%hundredth != 0 || value < 0 || value > 100*money.Unit {
		s.problem(n, say("bad_value", "%s cannot be %s %%", s.within(name), n.text), "write a percentage from 0 to 100 with at most two decimals")
		return 0
	}
	return Percent(value / hundredth)
}

// amount reads an amount of money that is not negative.
func (s *section) amount(n *node, name string) money.Micro {
	value, ok := s.number(n, name)
	if ok && (value < 0 || value > maxAmount) {
		s.problem(n, say("bad_value", "%s cannot be %s", s.within(name), n.text), "write an amount from 0 to "+maxAmount.String())
		return 0
	}
	return value
}

// price reads an amount in each of the book's currencies; a plain number will do for a single currency and for zero.
func (s *section) price(n *node, name string) Price {
	if n == nil {
		return nil
	}
	if n.kind != mapNode {
		value := s.amount(n, name)
		if value != 0 && len(s.currencies) > 1 {
			s.problem(n, say("one_amount", "%s is one amount for %d currencies", s.within(name), len(s.currencies)), "write "+s.example())
		}
		result := Price{}
		for _, currency := range s.currencies {
			result[currency] = value
		}
		return result
	}
	return s.amounts(n, name)
}

func (s *section) amounts(n *node, name string) Price {
	result := Price{}
	for _, f := range n.fields {
		currency := money.Currency(f.name)
		if s.currencies != nil && !slices.Contains(s.currencies, currency) {
			s.problem(&node{line: f.line, column: f.column}, say("not_book_currency", "%.20s is not a currency of the book", f.name), "write "+s.example()+", or add it to currencies")
			continue
		}
		if f.value.kind == emptyNode {
			s.problem(f.value, say("no_amount", "%s has no amount in %.20s", s.within(name), f.name), "write one")
		} else {
			result[currency] = s.amount(f.value, name)
		}
	}
	for _, currency := range s.currencies {
		if n.get(string(currency)) == nil {
			s.problem(n, say("no_amount", "%s has no amount in %s", s.within(name), currency), "write "+s.example())
		}
	}
	return result
}

// example is the form of a price: "{UAH: ..., RUB: ..., USD: ...}".
func (s *section) example() string {
	parts := make([]string, len(s.currencies))
	for i, currency := range s.currencies {
		parts[i] = string(currency) + ": ..."
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// date reads 2006-01-02.
func (s *section) date(n *node, name string) civil.Date {
	text := s.text(n, name)
	if text == "" {
		return 0
	}
	date, err := civil.ParseDate(text)
	if err != nil || date < 0 || date.UTC().Year() > lastYear {
		s.problem(n, say("bad_value", "%s cannot be %.40q", s.within(name), text), fmt.Sprintf("write a date such as 2021-01-31, from 1970 to %d", lastYear))
		return 0
	}
	return date
}

// duration reads a whole number of seconds, minutes, hours or days: 60s, 90m, 24h, 2d.
func (s *section) duration(n *node, name string) time.Duration {
	text := s.text(n, name)
	if text == "" {
		return 0
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	unit, known := units[text[len(text)-1]]
	number := text[:len(text)-1]
	value, err := strconv.ParseUint(number, 10, 31)
	if !known || err != nil || number[0] == '+' || time.Duration(value) > 366*24*time.Hour/unit {
		s.problem(n, say("bad_value", "%s cannot be %.40q", s.within(name), text), "write a whole number of seconds, minutes, hours or days: 60s, 90m, 24h, 2d")
		return 0
	}
	return time.Duration(value) * unit
}
