package pricebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/rating"
)

const (
	maxAmount = rating.MaxAmount // of any price: a hundred thousand such prices still fit a money.Micro
	maxCount  = 1_000_000_000
	maxText   = 1000 // bytes
	maxItems  = 2000 // of a list
	lastYear  = 2199
)

// section reads one group of fields. Each method names the field it reads, which is how done knows the fields of the
// format; a method that finds a mistake reports it and returns the zero value, so that reading always goes on.
type section struct {
	*reader
	node   *node
	what   string   // for messages: "product virtual_pbx"
	asked  []string // every field this group may have
	broken bool     // what stands there is no group of fields: its fields are not missed
}

func (r *reader) section(n *node, what string) *section {
	s := &section{reader: r, node: n, what: what}
	if n.kind != mapNode {
		r.problem(n, fmt.Sprintf("%s is %v", what, n.kind), "write fields with values, such as name: value")
		s.node, s.broken = &node{kind: mapNode, line: n.line, column: n.column}, true
		return s
	}
	if name := n.get("name"); name != nil && name.kind == textNode {
		s.what = fmt.Sprintf("%s %.40s", what, name.text)
	}
	return s
}

// done reports the fields nobody asked for.
func (s *section) done() {
	for _, f := range s.node.fields {
		if !slices.Contains(s.asked, f.name) {
			s.problem(&node{line: f.line, column: f.column}, fmt.Sprintf("%s has no field %.40q", s.what, f.name), suggest(f.name, s.asked))
		}
	}
}

// optional finds a field's value, or nil; a field without a value is a mistake.
func (s *section) optional(name string) *node {
	s.asked = append(s.asked, name)
	n := s.node.get(name)
	if n != nil && n.kind == emptyNode {
		s.problem(n, fmt.Sprintf("%s of %s has no value", name, s.what), "write one, or leave the line out")
		return nil
	}
	return n
}

// required is optional for a field that must be there.
func (s *section) required(name, example string) *node {
	n := s.optional(name)
	if n == nil && s.node.get(name) == nil && !s.broken {
		s.problem(s.node, fmt.Sprintf("%s lacks %s", s.what, name), fmt.Sprintf("write %s: %s", name, example))
	}
	return n
}

// has reports whether an optional field is there.
func (s *section) has(name string) bool { return s.optional(name) != nil }

// sub opens the group of fields under a name, or gives nil.
func (s *section) sub(name string) *section {
	n := s.optional(name)
	if n == nil {
		return nil
	}
	return s.section(n, s.within(name))
}

func (s *section) within(name string) string {
	if s.what == bookSection {
		return name
	}
	return name + " of " + s.what
}

// list reads every item of an optional list of groups; result[i] belongs to item i even where that is wrong.
func list[T any](s *section, name, what string, read func(*section) T) []T {
	var result []T
	for _, n := range s.items(s.optional(name), name) {
		item := s.section(n, what)
		result = append(result, read(item))
		item.done()
	}
	return result
}

func (s *section) items(n *node, name string) []*node {
	switch {
	case n == nil:
		return nil
	case n.kind != listNode:
		s.problem(n, fmt.Sprintf("%s is %v", s.within(name), n.kind), "write a list: one item a line after -, or [in, brackets]")
		return nil
	case len(n.items) > maxItems:
		s.problem(n, fmt.Sprintf("%s has %d items", s.within(name), len(n.items)), fmt.Sprintf("the most is %d", maxItems))
		return nil
	}
	return n.items
}

// text reads plain text.
func (s *section) text(n *node, name string) string {
	switch {
	case n == nil:
		return ""
	case n.kind != textNode:
		s.problem(n, fmt.Sprintf("%s is %v where text was expected", s.within(name), n.kind), "put it in quotes if it is meant as text")
		return ""
	case len(n.text) > maxText || strings.TrimSpace(n.text) == "" || !utf8.ValidString(n.text) || strings.ContainsFunc(n.text, unprintable):
		s.problem(n, fmt.Sprintf("%s is empty, too long or not printable", s.within(name)), fmt.Sprintf("write 1 to %d bytes of UTF-8 text on one line", maxText))
		return ""
	}
	return n.text
}

func unprintable(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

// texts reads text by language, or one text that stands for English.
func (s *section) texts(n *node, name string) Text {
	if n == nil {
		return nil
	}
	if n.kind != mapNode {
		if text := s.text(n, name); text != "" {
			return Text{"en": text}
		}
		return nil
	}
	result := Text{}
	for _, f := range n.fields {
		if !isCode(f.name, 2, 'a', 'z') {
			s.problem(&node{line: f.line, column: f.column}, fmt.Sprintf("%.20q is not a language", f.name), "write a code of two letters, such as en")
			continue
		}
		result[f.name] = s.text(f.value, name)
	}
	if n.get("en") == nil {
		s.problem(n, s.within(name)+" has no English text", "add en: it is shown where a language is missing")
	}
	return result
}

// name reads an identifier.
func (s *section) name(n *node, name string) string {
	text := s.text(n, name)
	if text != "" && !isName(text) {
		s.problem(n, fmt.Sprintf("%.60q is not a name", text), "write 1 to 40 of a-z, 0-9, _ and -, beginning with a letter")
		return ""
	}
	return text
}

func (s *section) names(field string) []string {
	var result []string
	for _, n := range s.items(s.optional(field), field) {
		result = append(result, s.name(n, field))
	}
	return result
}

// word reads one of a few words.
func (s *section) word(n *node, name string, known ...string) string {
	text := s.text(n, name)
	if text != "" && !slices.Contains(known, text) {
		s.problem(n, fmt.Sprintf("%s cannot be %.40q", s.within(name), text), suggest(text, known))
		return ""
	}
	return text
}

func (s *section) words(field string, known ...string) []string {
	var result []string
	for _, n := range s.items(s.optional(field), field) {
		word := s.word(n, field, known...)
		if word != "" && slices.Contains(result, word) {
			s.problem(n, fmt.Sprintf("%s stands twice in %s", word, s.within(field)), "keep one")
		}
		result = append(result, word)
	}
	return result
}

// flag reads an optional true or false.
func (s *section) flag(name string) bool {
	n := s.optional(name)
	if n == nil {
		return false
	}
	if n.kind != flagNode || n.text != "true" && n.text != "false" {
		s.problem(n, fmt.Sprintf("%s is not true or false", s.within(name)), "write true or false")
	}
	return n.text == "true"
}

// number reads an exact decimal from its digits.
func (s *section) number(n *node, name string) (money.Micro, bool) {
	if n == nil {
		return 0, false
	}
	if n.kind == textNode {
		s.problem(n, fmt.Sprintf("%s cannot be %.40q", s.within(name), n.text), "write digits without quotes and exponent, such as 12.5")
		return 0, false
	}
	if n.kind != numberNode {
		s.problem(n, fmt.Sprintf("%s is %v where a number was expected", s.within(name), n.kind), "write digits, such as 12.5")
		return 0, false
	}
	value, err := money.Parse(n.text)
	whole, _, _ := strings.Cut(strings.TrimPrefix(n.text, "-"), ".")
	if err != nil || len(whole) > 1 && whole[0] == '0' {
		s.problem(n, fmt.Sprintf("%s cannot be %.40s", s.within(name), n.text), "write digits with at most 6 decimals, such as 12.5")
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
		s.problem(n, fmt.Sprintf("%s cannot be %s", s.within(name), n.text), fmt.Sprintf("write a whole number from %d to %d", low, high))
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
		s.problem(n, fmt.Sprintf("%s cannot be %s %%", s.within(name), n.text), "write a percentage from 0 to 100 with at most two decimals")
		return 0
	}
	return Percent(value / hundredth)
}

// amount reads an amount of money that is not negative.
func (s *section) amount(n *node, name string) money.Micro {
	value, ok := s.number(n, name)
	if ok && (value < 0 || value > maxAmount) {
		s.problem(n, fmt.Sprintf("%s cannot be %s", s.within(name), n.text), "write an amount from 0 to "+maxAmount.String())
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
			s.problem(n, fmt.Sprintf("%s is one amount for %d currencies", s.within(name), len(s.currencies)), "write "+s.example())
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
			s.problem(&node{line: f.line, column: f.column}, fmt.Sprintf("%.20s is not a currency of the book", f.name), "write "+s.example()+", or add it to currencies")
			continue
		}
		if f.value.kind == emptyNode {
			s.problem(f.value, fmt.Sprintf("%s has no amount in %.20s", s.within(name), f.name), "write one")
		} else {
			result[currency] = s.amount(f.value, name)
		}
	}
	for _, currency := range s.currencies {
		if n.get(string(currency)) == nil {
			s.problem(n, fmt.Sprintf("%s has no amount in %s", s.within(name), currency), "write "+s.example())
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
		s.problem(n, fmt.Sprintf("%s cannot be %.40q", s.within(name), text), fmt.Sprintf("write a date such as 2021-01-31, from 1970 to %d", lastYear))
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
		s.problem(n, fmt.Sprintf("%s cannot be %.40q", s.within(name), text), "write a whole number of seconds, minutes, hours or days: 60s, 90m, 24h, 2d")
		return 0
	}
	return time.Duration(value) * unit
}

func isName(text string) bool {
	if len(text) > 40 || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// isCode reports whether text is so many bytes from low to high.
func isCode(text string, length int, low, high byte) bool {
	if len(text) != length {
		return false
	}
	for _, c := range []byte(text) {
		if c < low || c > high {
			return false
		}
	}
	return true
}
