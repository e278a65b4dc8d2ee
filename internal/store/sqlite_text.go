package store

import (
	"strconv"
	"strings"
)

// sqliteText is a statement as SQLite likes it: without row locks, as there is one writer, and with "?" for "$1", "$2"...
// where they stand in order. SQLite searches for the name of each named placeholder, and the driver asks for it whenever it
// binds one, which makes long lists quadratic: rows of twenty columns went in at a third of the speed.
func sqliteText(text string) string {
	return anonymous(withIndex(withoutRowLocks(text)))
}

const (
	indexMark    = "/*by "
	indexMarkEnd = "*/"
)

// withIndex makes SQLite use the index that a comment behind a table's name tells it to: "FROM call_log /*by call_log_owner*/
// WHERE ...". Without statistics it takes the order of a clustered table over an index with more conditions. PostgreSQL has
// statistics and reads a comment.
func withIndex(text string) string {
	before, rest, found := strings.Cut(text, indexMark)
	name, after, closed := strings.Cut(rest, indexMarkEnd)
	if !found || !closed {
		return text
	}
	return before + "INDEXED BY " + name + after
}

func withoutRowLocks(text string) string {
	trimmed := strings.TrimRight(text, " \t\n;")
	trimmed = strings.TrimSuffix(trimmed, " SKIP LOCKED")
	if cut, ok := strings.CutSuffix(trimmed, "FOR UPDATE"); ok {
		return cut
	}
	return text
}

// anonymous replaces placeholders that stand in order, each once; any other text is left alone.
func anonymous(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	next := 1
	for i := 0; i < len(text); {
		if text[i] != '$' {
			end := i + opaque(text[i:])
			b.WriteString(text[i:end])
			i = end
			continue
		}
		digits := digitsOf(text[i+1:])
		if digits != strconv.Itoa(next) {
			return text
		}
		b.WriteByte('?')
		next++
		i += 1 + len(digits)
	}
	return b.String()
}

// opaque is the length of the piece at the beginning of text that holds no placeholder: a quoted string or name, a
// comment, or a single byte.
func opaque(text string) int {
	for _, mark := range [...]struct{ from, to string }{{"'", "'"}, {`"`, `"`}, {"--", "\n"}, {"/*", "*/"}} {
		if !strings.HasPrefix(text, mark.from) {
			continue
		}
		end := strings.Index(text[len(mark.from):], mark.to)
		if end < 0 {
			return len(text)
		}
		return len(mark.from) + end + len(mark.to)
	}
	return 1
}

func digitsOf(text string) string {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n]
}
