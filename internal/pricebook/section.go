package pricebook

import (
	"fmt"
	"slices"
)

// maxItems bounds the length of a list.
const maxItems = 2000

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
		r.problem(n, say("not_fields", "%s is %v", what, n.kind), "write fields with values, such as name: value")
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
			s.problem(&node{line: f.line, column: f.column}, say("unknown_field", "%s has no field %.40q", s.what, f.name), suggest(f.name, s.asked))
		}
	}
}

// optional finds a field's value, or nil; a field without a value is a mistake.
func (s *section) optional(name string) *node {
	s.asked = append(s.asked, name)
	n := s.node.get(name)
	if n != nil && n.kind == emptyNode {
		s.problem(n, say("no_value", "%s of %s has no value", name, s.what), "write one, or leave the line out")
		return nil
	}
	return n
}

// required is optional for a field that must be there.
func (s *section) required(name, example string) *node {
	n := s.optional(name)
	if n == nil && s.node.get(name) == nil && !s.broken {
		s.problem(s.node, say("lacks", "%s lacks %s", s.what, name), fmt.Sprintf("write %s: %s", name, example))
	}
	return n
}

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
		s.problem(n, say("not_list", "%s is %v", s.within(name), n.kind), "write a list: one item a line after -, or [in, brackets]")
		return nil
	case len(n.items) > maxItems:
		s.problem(n, say("long_list", "%s has %d items", s.within(name), len(n.items)), fmt.Sprintf("the most is %d", maxItems))
		return nil
	}
	return n.items
}
