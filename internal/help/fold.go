package help

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// token is a word of a text, and where it stands.
type token struct {
	word       string // folded
	start, end int    // bytes of the text
}

// tokens splits a text into words of letters and digits. An apostrophe within a word belongs to it.
func tokens(text string) []token {
	var list []token
	start := -1
	finish := func(end int) {
		if start >= 0 {
			list = append(list, token{fold(text[start:end]), start, end})
			start = -1
		}
	}
	for i, c := range text {
		switch {
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.Is(unicode.Mn, c):
			if start < 0 {
				start = i
			}
		case isApostrophe(c) && start >= 0:
		default:
			finish(i)
		}
	}
	finish(len(text))
	return list
}

func isApostrophe(c rune) bool { return c == '\'' || c == '’' || c == 'ʼ' }

// fold writes a word as search compares it: small letters, ё as е, ґ as г, without apostrophes and accents.
func fold(word string) string {
	var out strings.Builder
	for _, c := range norm.NFC.String(strings.ToLower(word)) {
		switch {
		case isApostrophe(c):
		case c == 'ё':
			out.WriteRune('е')
		case c == 'ґ':
			out.WriteRune('г')
		case c == 'й', c == 'ї': // letters of their own, not accents
			out.WriteRune(c)
		default:
			for _, d := range norm.NFD.String(string(c)) {
				if !unicode.Is(unicode.Mn, d) {
					out.WriteRune(d)
				}
			}
		}
	}
	return out.String()
}

// How near a word of an article is to a word searched for.
const (
	exactly   = 1.0
	beginning = 0.8 // what was typed begins the word
	inflected = 0.7 // the same word with another ending
	slipped   = 0.4 // a slip of the keyboard apart
)

// nearness tells how near a word of an article is to one searched for, 0 for not at all. Russian, Ukrainian and English put
// their grammar at the end of a word, so one rule serves the three, and no stemmer knows Ukrainian.
func nearness(wanted, word []rune) float64 {
	same := 0
	for same < len(wanted) && same < len(word) && wanted[same] == word[same] {
		same++
	}
	switch {
	case same == len(wanted) && same == len(word):
		return exactly
	case same == len(wanted) && same >= 2:
		return beginning
	case isInflection(same, len(wanted), len(word)):
		return inflected
	case isSlip(wanted, word):
		return slipped
	}
	return 0
}

// isInflection tells words that begin alike and differ in up to three last letters each.
func isInflection(same, a, b int) bool {
	const shortest, ending = 4, 3
	return same >= shortest && a-same <= ending && b-same <= ending && same*2 > max(a, b)
}

// isSlip tells words that one slip apart are the same, or two in long ones: a letter too many, too few, another, or two in
// the wrong order. What was typed may be the beginning of the word.
func isSlip(wanted, word []rune) bool {
	const oneSlip, twoSlips = 4, 8
	allowed := 0
	switch {
	case len(wanted) >= twoSlips:
		allowed = 2
	case len(wanted) >= oneSlip:
		allowed = 1
	default:
		return false
	}
	if len(wanted) > len(word)+allowed || wanted[0] != word[0] && len(wanted) < twoSlips {
		return false
	}
	return distance(wanted, word) <= allowed
}

// distance is the number of slips that lead from what was typed to some beginning of a word that is no more than three
// letters short of it (optimal string alignment).
func distance(wanted, word []rune) int {
	const ending = 3
	before, above := make([]int, len(word)+1), make([]int, len(word)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(wanted); i++ {
		row := make([]int, len(word)+1)
		row[0] = i
		for j := 1; j <= len(word); j++ {
			cost := 1
			if wanted[i-1] == word[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && wanted[i-1] == word[j-2] && wanted[i-2] == word[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	least := above[len(word)]
	for j := max(0, len(word)-ending); j < len(word); j++ {
		least = min(least, above[j])
	}
	return least
}
