package ops

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// bookChange is a difference of two versions in words, with its path in the format for those who edit it.
type bookChange struct{ what, before, after, path string }

// bookWording says differences of price books.
type bookWording struct {
	*ui.View
	books []*pricebook.Book // the new one first: what they name is called by their titles
}

func (w bookWording) change(c pricebook.Change) bookChange {
	return bookChange{w.what(c.Path), w.value(c.Path, c.Before), w.value(c.Path, c.After), c.Path}
}

// part is one step of a path: a field, and one of its list where it is a list. What names a rate card has no field.
var part = regexp.MustCompile(`([^.\[\]]+)(?:\[([^\]]*)\])?\.?`)

// what says "products[virtual_pbx].seats.included" as "Product “Virtual PBX”, seats, included".
func (w bookWording) what(path string) string {
	path, moved := strings.CutSuffix(path, " order")
	var said []string
	parent := ""
	for _, p := range part.FindAllStringSubmatch(path, -1) {
		name, item := p[1], p[2]
		if item == "" {
			said = append(said, w.field(parent, name))
		} else {
			said = append(said, w.item(name, item))
		}
		parent = name
	}
	text := capital(strings.Join(said, ", "))
	if moved {
		return w.T("bookfield.order", lang.Values{"What": text})
	}
	return text
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// field names a field of the list or group that it stands in. What is none is a name: of a language, a country, a card.
func (w bookWording) field(parent, name string) string {
	for _, path := range []string{parent + "." + name, name} {
		if key, ok := bookFieldKeys[path]; ok && parent != "rates" {
			return w.T(key)
		}
	}
	l, isLanguage := lang.Parse(name)
	switch {
	case parent == "title" && isLanguage:
		return l.Name()
	case parent == "countries":
		return w.Country(name)
	}
	return name
}

// item names one of a list by its title, where it has one, else as the list does: a destination by its digits.
func (w bookWording) item(list, id string) string {
	name := "«" + w.title(id) + "»"
	if w.Lang == lang.English {
		name = "“" + w.title(id) + "”"
	}
	if list == "rows" {
		name = "+" + id
	}
	key, ok := bookItemKeys[list]
	if !ok {
		key = bookFieldKeys[list]
	}
	return w.T(key) + " " + name
}

// title is what the books call a thing of their own.
func (w bookWording) title(name string) string {
	for _, book := range w.books {
		if product, ok := book.Product(name); ok {
			return product.Title.In(string(w.Lang))
		}
		if pack, ok := book.Package(name); ok {
			return pack.Title.In(string(w.Lang))
		}
		if book.Terms != nil {
			if plan, ok := book.Terms.Plan(name); ok {
				return plan.Title.In(string(w.Lang))
			}
		}
	}
	return name
}

// value says what a field is: amounts in their currency, flags and names in words, groups field by field.
func (w bookWording) value(path, value string) string {
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case value == "true":
		return w.T("people.yes")
	case value == "false":
		return w.T("people.no")
	case last == "zone":
		return cabinet.Destination(w.Printer, value)
	case currencyCode.MatchString(last):
		if amount, err := money.Parse(value); err == nil {
			return w.MoneyExact(amount, money.Currency(last))
		}
	case last == "effective" || last == "from":
		if day, err := civil.ParseDate(value); err == nil {
			return w.Date(day)
		}
	case fractions[last] && value != "":
		return w.Decimal(value)
	case strings.HasPrefix(value, "[") && !strings.Contains(value, "{"):
		return w.list(strings.Trim(value, "[]"))
	case strings.HasPrefix(value, "{") || strings.HasPrefix(value, "["):
		return w.group(value)
	}
	return value
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// fractions are the fields that hold a plain number with decimals: shares, and prices of rows, whose currency stands beside.
var fractions = map[string]bool{"per_minute": true, "connect": true, "minimum": true, "off": true, "rate": true, "cap": true}

// list says a list of words: products by their titles.
func (w bookWording) list(value string) string {
	words := strings.Split(value, ", ")
	for i, word := range words {
		words[i] = w.title(word)
	}
	return strings.Join(words, ", ")
}

// inGroup finds the fields of a group that stands in one line; what is in quotes is text.
var inGroup = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[\[\]{}]|([a-z_]+): `)

// group says "{days: 360, off: 25}" as "days: 360, discount: 25".
func (w bookWording) group(value string) string {
	said := inGroup.ReplaceAllStringFunc(value, func(found string) string {
		name, is := strings.CutSuffix(found, ": ")
		switch {
		case is:
			return w.field("", name) + ": "
		case found == "{" || found == "[":
			return "("
		case found == "}" || found == "]":
			return ")"
		}
		return strings.Trim(found, `"`)
	})
	return strings.TrimSuffix(strings.TrimPrefix(said, "("), ")")
}
