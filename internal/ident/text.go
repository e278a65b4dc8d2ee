package ident

import (
	"strings"
	"unicode"
)

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

// Clean leaves out of a text what Hidden would find and what is no text: for what a stranger's program sends.
func Clean(text string) string {
	return strings.Map(func(c rune) rune {
		if isHidden(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}
