package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line reports whether a text may be stored and shown as a name, a label or a note: one line of 1 to most characters that
// can be read, not all of them blanks, none of them hidden (Rule A-16).
func Line(text string, most int) bool {
	_, hidden := Hidden(text)
	return !hidden && utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && strings.TrimSpace(text) != ""
}

// Visible is a text without what is hidden and what is no UTF-8; line breaks and tabs stay. It is for what people typed or
// pasted: they could not find such a character to take it out themselves (Rule A-16).
func Visible(text string) string {
	return strings.Map(func(c rune) rune {
		if isHidden(c) && c != '\n' && c != '\r' && c != '\t' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}

// Hidden finds the first character of a text that people cannot see and that may change what they read around it: control
// characters, line breaks included, marks that turn the direction of writing, blanks without width. Text that is stored and
// shown (names, notes, ids) has none. Joiners are let through: scripts and emoji need them.
func Hidden(text string) (c rune, found bool) {
	if at := strings.IndexFunc(text, isHidden); at >= 0 {
		for _, c := range text[at:] {
			return c, true
		}
	}
	return 0, false
}

func isHidden(c rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch {
	case c < unicode.MaxASCII:
		return c < ' '
	case c == nonJoiner, c == joiner:
		return false
	}
	return unicode.In(c, unicode.C, unicode.Zl, unicode.Zp)
}
