package dialplan

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

const longestName = 64

// checkName finds names that are not letters, digits, - and _.
func checkName(name, path string, found *problems) {
	ok := name != "" && len(name) <= longestName && name != End
	for _, c := range []byte(name) {
		ok = ok && (isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '_')
	}
	if !ok {
		found.add(path, "dialplan.bad_name", fmt.Sprintf("write 1 to %d letters, digits, - and _, but not %q", longestName, End), "%q is no name", name)
	}
}

func checkPrompt(prompt, path string, found *problems) {
	if prompt == "" {
		found.add(path, "dialplan.missing", "choose a prompt", "there is no prompt")
	}
}

func checkRange(value, least, most int, path string, found *problems) {
	if value < least || value > most {
		found.add(path, "dialplan.out_of_range", fmt.Sprintf("write %d to %d", least, most), "%d is out of range", value)
	}
}

func checkWord(word, path string, found *problems, known ...string) {
	if !slices.Contains(known, word) {
		found.add(path, "dialplan.unknown_word", "write one of "+strings.Join(known, ", "), "%q is not known here", word)
	}
}

func checkKey(digit, path string, found *problems) {
	if len(digit) != 1 || !strings.Contains(Keys, digit) {
		found.add(path, "dialplan.bad_key", "write a digit, * or #", "%q is no key of a telephone", digit)
	}
}

// isSIP reports whether s is sip:user@host with an optional port, without parameters and headers, for those can lead a call
// elsewhere. What it lets through, charging lets through.
func isSIP(s string) bool {
	user, host, ok := strings.Cut(strings.TrimPrefix(s, "sip:"), "@")
	name, port, hasPort := strings.Cut(host, ":")
	return ok && strings.HasPrefix(s, "sip:") && len(s) <= 128 && isWord(user, "-_.+") && isWord(name, "-.") && (!hasPort || len(port) <= 5 && isWord(port, "") && isDigits(port))
}

func isWord(s, signs string) bool {
	for _, c := range []byte(s) {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte(signs, c) < 0 {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func keys[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }

func inOrder(words []string) string {
	slices.Sort(words)
	return strings.Join(words, ", ")
}
