package pricebook

import (
	"encoding/json"
	"time"

	"bellwether/internal/rating"
)

// Exported is a book as a value that tests can compare: the zone by name, and the rows of its rate cards.
type Exported struct {
	Book Book
	Zone string
	Rows map[string][]rating.Row
}

// Export makes one.
func Export(b *Book) Exported {
	e := Exported{Book: *b, Zone: b.TimeZone.String(), Rows: map[string][]rating.Row{}}
	e.Book.TimeZone, e.Book.cards, e.Book.RateCards = (*time.Location)(nil), nil, nil
	for _, card := range b.RateCards {
		for _, row := range card.rows {
			row.Line = 0
			e.Rows[card.Name] = append(e.Rows[card.Name], row)
		}
		card.rows = nil
		e.Book.RateCards = append(e.Book.RateCards, card)
	}
	return e
}

// Tree reads YAML as plain values, as another program would: numbers by their digits.
func Tree(data []byte) (any, []Problem) {
	r := &reader{file: "tree.yaml"}
	root := r.parseTree(data)
	return root.value(), r.found
}

func (n *node) value() any {
	switch n.kind {
	case mapNode:
		fields := map[string]any{}
		for _, f := range n.fields {
			fields[f.name] = f.value.value()
		}
		return fields
	case listNode:
		items := []any{}
		for _, item := range n.items {
			items = append(items, item.value())
		}
		return items
	case flagNode:
		return n.text == "true"
	case numberNode:
		if json.Valid([]byte(n.text)) {
			return json.Number(n.text)
		}
		return n.text
	case textNode:
		return n.text
	}
	return nil
}
