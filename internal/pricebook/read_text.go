package pricebook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds a text, in bytes.
const maxText = 1000

// text reads plain text.
func (s *section) text(n *node, name string) string {
	switch {
	case n == nil:
		return ""
	case n.kind != textNode:
		s.problem(n, say("wrong_kind", "%s is %v where text was expected", s.within(name), n.kind), "put it in quotes if it is meant as text")
		return ""
	case len(n.text) > maxText || strings.TrimSpace(n.text) == "" || !utf8.ValidString(n.text) || strings.ContainsFunc(n.text, unprintable):
		s.problem(n, say("bad_text", "%s is empty, too long or not printable", s.within(name)), fmt.Sprintf("write 1 to %d bytes of UTF-8 text on one line", maxText))
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
			s.problem(&node{line: f.line, column: f.column}, say("bad_language", "%.20q is not a language", f.name), "write a code of two letters, such as en")
			continue
		}
		result[f.name] = s.text(f.value, name)
	}
	if n.get("en") == nil {
		s.problem(n, say("no_english", "%s has no English text", s.within(name)), "add en: it is shown where a language is missing")
	}
	return result
}

// name reads an identifier.
func (s *section) name(n *node, name string) string {
	text := s.text(n, name)
	if text != "" && !isName(text) {
		s.problem(n, say("bad_name", "%.60q is not a name", text), "write 1 to 40 of a-z, 0-9, _ and -, beginning with a letter")
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
		s.problem(n, say("bad_value", "%s cannot be %.40q", s.within(name), text), suggest(text, known))
		return ""
	}
	return text
}

func (s *section) words(field string, known ...string) []string {
	var result []string
	for _, n := range s.items(s.optional(field), field) {
		word := s.word(n, field, known...)
		if word != "" && slices.Contains(result, word) {
			s.problem(n, say("twice", "%s stands twice in %s", word, s.within(field)), "keep one")
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
		s.problem(n, say("not_bool", "%s is not true or false", s.within(name)), "write true or false")
	}
	return n.text == "true"
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
