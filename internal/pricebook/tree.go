package pricebook

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

type nodeKind uint8

const (
	emptyNode nodeKind = iota // nothing, or null
	textNode
	numberNode
	flagNode
	listNode
	mapNode
)

func (k nodeKind) String() string {
	return [...]string{"nothing", "text", "a number", "true or false", "a list", "fields with values"}[k]
}

// node is a value in the file with its place. Numbers are kept as written: they become amounts from their digits.
type node struct {
	kind         nodeKind
	text         string
	items        []*node
	fields       []field
	line, column int
}

type field struct {
	name         string
	value        *node
	line, column int
}

// get finds a field's value, or nil.
func (n *node) get(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// find walks down field names and indexes as far as the file goes, so that a mistake about something left out has the
// place of what it was left out of.
func (n *node) find(path ...any) *node {
	for _, step := range path {
		var next *node
		switch step := step.(type) {
		case string:
			next = n.get(step)
		case int:
			if step < len(n.items) {
				next = n.items[step]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

const (
	maxFileBytes = 256 << 10
	maxNodes     = 50_000
	maxDepth     = 32
)

// parseTree reads YAML into nodes. What the format does not use (anchors, aliases, tags, several documents) is refused
// before the YAML parser sees it, and so is what would nest too deep for it.
func (r *reader) parseTree(data []byte) (root *node) {
	root = &node{kind: mapNode, line: 1, column: 1}
	defer func() {
		if recover() != nil { // a defect of the YAML library must not stop a server that was sent a book
			r.problem(root, say("not_yaml", "the file is not readable as YAML"), "compare it with a shipped book")
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if !r.admit(tokens) {
		return root
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(root, err)
		return root
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.problem(root, say("empty_file", "the file is empty"), "begin with book: and version:")
		return root
	}
	c := converter{reader: r}
	top := c.convert(file.Docs[0].Body, 0)
	if top.kind != mapNode {
		r.problem(root, say("not_book", "the file holds %s where a book was expected", top.kind), "begin with book: and version:")
		return root
	}
	return top
}

func (r *reader) syntax(root *node, err error) {
	type placed interface {
		GetToken() *token.Token
		GetMessage() string
	}
	at, message := root, "the file is not readable as YAML"
	if e, ok := err.(placed); ok {
		at, message = tokenPlace(e.GetToken()), fmt.Sprintf("this is not YAML: %.120s", e.GetMessage())
	}
	r.problem(at, fault{code: "not_yaml", message: message}, "mind the indentation, and put text with : # or { in quotes")
}

func tokenPlace(t *token.Token) *node {
	if t == nil || t.Position == nil {
		return &node{line: 1, column: 1}
	}
	return &node{line: max(t.Position.Line, 1), column: max(t.Position.Column, 1)}
}

// admit refuses what a price book never needs.
func (r *reader) admit(tokens token.Tokens) bool {
	depth, entries, documents := 0, 0, 0
	for i, t := range tokens {
		if t.Type == token.SequenceEntryType {
			entries++
		} else {
			entries = 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType, token.MappingKeyType:
			r.problem(tokenPlace(t), say("not_used", "%.20q is not used in price books", strings.TrimSpace(t.Value)), "write the value out; put text that begins with & * ! % or ? in quotes")
			return false
		case token.DocumentHeaderType:
			if documents++; documents > 1 || i > 0 && hasContent(tokens[:i]) {
				r.problem(tokenPlace(t), say("two_documents", "a second document begins here"), "keep one book in a file")
				return false
			}
		case token.InvalidType:
			r.problem(tokenPlace(t), say("not_yaml", "this is not YAML: %.120s", t.Error), "mind quotes and indentation")
			return false
		}
		if depth > maxDepth || entries > maxDepth || t.Position != nil && t.Position.IndentNum > 8*maxDepth {
			r.problem(tokenPlace(t), say("too_deep", "the file nests too deep"), "a book needs no more than 6 levels")
			return false
		}
	}
	return true
}

func hasContent(tokens token.Tokens) bool {
	for _, t := range tokens {
		if t.Type != token.CommentType {
			return true
		}
	}
	return false
}

type converter struct {
	*reader
	nodes int
}

func (c *converter) convert(source ast.Node, depth int) *node {
	n := tokenPlace(source.GetToken())
	if c.nodes++; c.nodes > maxNodes || depth > maxDepth {
		if c.nodes == maxNodes+1 || depth > maxDepth {
			c.problem(n, say("too_large", "the book is too large"), "put long rate cards in CSV files")
		}
		c.nodes = max(c.nodes, maxNodes+1)
		return n
	}
	switch source := source.(type) {
	case *ast.MappingNode:
		n.kind = mapNode
		c.fields(n, source.Values, depth)
	case *ast.MappingValueNode:
		n.kind = mapNode
		c.fields(n, []*ast.MappingValueNode{source}, depth)
	case *ast.SequenceNode:
		n.kind = listNode
		for _, value := range source.Values {
			n.items = append(n.items, c.convert(value, depth+1))
		}
	default:
		c.scalar(n, source)
	}
	return n
}

func (c *converter) fields(n *node, values []*ast.MappingValueNode, depth int) {
	seen := map[string]int{}
	for i, value := range values {
		key := tokenPlace(value.Key.GetToken())
		c.scalar(key, value.Key)
		if i == 0 {
			n.line, n.column = key.line, key.column
		}
		if first, twice := seen[key.text]; twice {
			c.problem(key, say("second_time", "%.40s stands here a second time", key.text), fmt.Sprintf("the first is on line %d: keep one", first))
			continue
		}
		seen[key.text] = key.line
		child := c.convert(value.Value, depth+1)
		if child.kind == emptyNode {
			child.line, child.column = key.line, key.column
		}
		n.fields = append(n.fields, field{name: key.text, value: child, line: key.line, column: key.column})
	}
}

func (c *converter) scalar(n *node, source ast.Node) {
	n.kind, n.text = textNode, source.GetToken().Value
	switch source := source.(type) {
	case *ast.NullNode:
		n.kind = emptyNode
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind = numberNode
	case *ast.BoolNode:
		n.kind = flagNode
	case *ast.LiteralNode:
		n.text = source.Value.Value
	case *ast.StringNode:
		n.text = source.Value
	default:
		c.problem(n, say("not_plain", "this is not a plain value"), "compare it with a shipped book")
	}
}
