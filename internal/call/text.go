package call

import (
	"strings"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// visible is a text on one line without what nobody can see.
func visible(text string) string {
	text = strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' || c == '\r' {
			return ' '
		}
		if _, hidden := ident.Hidden(string(c)); hidden {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// cut keeps the first characters of a text.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// lines is a text of several lines without what nobody can see.
func lines(text string) string {
	kept := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range kept {
		kept[i] = visible(kept[i])
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

// labels reads tags or categories: each once, in their order.
func labels(all []string, most int) (clean []string, err error) {
	seen := map[string]bool{}
	for _, label := range all {
		label = visible(label)
		if label == "" || seen[strings.ToLower(label)] {
			continue
		}
		if utf8.RuneCountInString(label) > LongestLabel {
			return nil, errs.New(errs.Invalid, "call.label_too_long", "a tag or category has up to %d characters", LongestLabel).At("labels").
				Try("shorten it").With("Longest", LongestLabel)
		}
		seen[strings.ToLower(label)] = true
		clean = append(clean, label)
	}
	if len(clean) > most {
		return nil, errs.New(errs.Invalid, "call.too_many_labels", "there can be up to %d", most).At("labels").Try("take some away").With("Most", most)
	}
	return clean, nil
}

// LongestLabel is how many characters a tag or a category has.
const LongestLabel = 40
