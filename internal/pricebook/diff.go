package pricebook

import (
	"slices"
	"strings"
)

// Change is one difference between two books in the words of the format. Before or After is empty where the thing is
// only in the other book.
type Change struct {
	Path   string // "products[virtual_pbx].seats.included"
	Before string
	After  string
}

// Diff lists what changes from book a to book b, in the order of the format; none where they charge and say the same.
// Items of a list are matched by what names them, and rows of rate cards by prefix, currency, band and date. A moved item
// is a change too: where the first rule that matches counts, order is a price.
func Diff(a, b *Book) []Change {
	var d differ
	d.outlines("", outlineOf(a), outlineOf(b))
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) change(path, before, after string) {
	d.changes = append(d.changes, Change{Path: path, Before: before, After: after})
}

func (d *differ) outlines(path string, a, b outline) {
	for _, e := range a {
		if value, ok := b.get(e.name); ok {
			d.values(join(path, e.name), e.value, value)
		} else {
			d.change(join(path, e.name), show(e.value), "")
		}
	}
	for _, e := range b {
		if _, ok := a.get(e.name); !ok {
			d.change(join(path, e.name), "", show(e.value))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (o outline) get(name string) (any, bool) {
	for _, e := range o {
		if e.name == name {
			return e.value, true
		}
	}
	return nil, false
}

func (d *differ) values(path string, a, b any) {
	if before, ok := a.(outline); ok {
		if after, ok := b.(outline); ok {
			d.outlines(path, before, after)
			return
		}
	}
	if before, ok := a.(sequence); ok && !before.flat() {
		if after, ok := b.(sequence); ok && !after.flat() {
			d.items(path, before, after)
			return
		}
	}
	if before, after := show(a), show(b); before != after {
		d.change(path, before, after)
	}
}

// items compares lists of groups.
func (d *differ) items(path string, a, b sequence) {
	before, after := indexed(a), indexed(b)
	var stayed []string
	for _, id := range before.ids {
		at := path + "[" + id + "]"
		if other, ok := after.items[id]; ok {
			stayed = append(stayed, id)
			d.outlines(at, before.items[id], other)
		} else {
			d.change(at, show(before.items[id]), "")
		}
	}
	for _, id := range after.ids {
		if _, ok := before.items[id]; !ok {
			d.change(path+"["+id+"]", "", show(after.items[id]))
		}
	}
	moved := slices.DeleteFunc(slices.Clone(after.ids), func(id string) bool { _, ok := before.items[id]; return !ok })
	if !slices.Equal(stayed, moved) {
		d.change(path+" order", strings.Join(stayed, ", "), strings.Join(moved, ", "))
	}
}

type index struct {
	ids   []string
	items map[string]outline
}

func indexed(list sequence) index {
	found := index{items: map[string]outline{}}
	for _, item := range list {
		o, _ := item.(outline)
		id := o.id()
		for _, taken := found.items[id]; taken; _, taken = found.items[id] {
			id += "'"
		}
		found.ids = append(found.ids, id)
		found.items[id] = o
	}
	return found
}

// id is what people call an item: its first field, and for a rate row all that tells it from others.
func (o outline) id() string {
	if len(o) == 0 {
		return ""
	}
	parts := []string{show(o[0].value)}
	if o[0].name == "prefix" || o[0].name == "country" {
		for _, name := range []string{"currency", "kind", "band", "from"} {
			if value, ok := o.get(name); ok {
				parts = append(parts, show(value))
			}
		}
	}
	return strings.Join(parts, " ")
}

// show is inline without quotes around text that stands alone.
func show(value any) string {
	if text, ok := value.(quoted); ok {
		return string(text)
	}
	return inline(value)
}
