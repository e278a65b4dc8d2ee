package wire

import "strings"

// scan walks over a header's value and calls at for every byte with whether it stands outside quotes and angle brackets.
// It returns whether quotes and brackets are closed in the end and no bracket holds white space.
func scan(s string, at func(i int, c byte, outside bool)) (closed bool) {
	quoted, bracket := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		at(i, c, !quoted && !bracket && c != '"')
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			i++
			at(i, s[i], false)
		case c == '"' && !bracket:
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case bracket && (c == ' ' || c == '\t'):
			return false
		}
	}
	return !quoted && !bracket
}

// wellFormed tells whether quotes and angle brackets are closed.
func wellFormed(s string) bool { return scan(s, func(int, byte, bool) {}) }

// squeeze takes out the white space that the grammar allows around separators and sipgo's parser does not
// (RFC 4475 section 3.1.1.1).
func squeeze(s string) string {
	if !strings.ContainsAny(s, " \t") {
		return s
	}
	out := make([]byte, 0, len(s))
	space := false
	scan(s, func(_ int, c byte, outside bool) {
		if outside && (c == ' ' || c == '\t') {
			space = true
			return
		}
		separator := outside && strings.IndexByte(";=,/", c) >= 0
		if space && len(out) > 0 && !separator && !endsInSeparator(out) {
			out = append(out, ' ')
		}
		space = false
		out = append(out, c)
	})
	return string(out)
}

func endsInSeparator(s []byte) bool { return strings.IndexByte(";=,/", s[len(s)-1]) >= 0 }

// splitOutside divides a value at a separator that stands outside quotes and brackets, and trims the parts.
func splitOutside(s string, separator byte) []string {
	var parts []string
	from := 0
	scan(s, func(i int, c byte, outside bool) {
		if outside && c == separator {
			parts = append(parts, strings.Trim(s[from:i], " \t"))
			from = i + 1
		}
	})
	return append(parts, strings.Trim(s[from:], " \t"))
}

// splitList divides a list at its commas and leaves out what is empty.
func splitList(s string) []string {
	parts := splitOutside(s, ',')
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// lowerKeys: names of parameters are case insensitive.
func lowerKeys(p Params) {
	for i := range p {
		p[i].K = strings.ToLower(strings.Trim(p[i].K, " \t"))
		p[i].V = strings.Trim(p[i].V, " \t")
	}
}
