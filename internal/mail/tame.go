package mail

import (
	"strings"
	"unicode"
)

// longestName is how much of a name a mail repeats, in characters.
const longestName = 80

// tame makes what a stranger wrote harmless in a mail: one line of plain characters, of bounded length, in which no mail
// program finds a link: dots and slashes become their look-alikes.
func tame(text string) string {
	words := []rune(oneLine(text))
	if len(words) > longestName {
		words = append(words[:longestName], '…')
	}
	return lookAlikes.Replace(string(words))
}

var lookAlikes = strings.NewReplacer("/", "∕", ".", "․", "@", "＠")

// oneLine leaves neither line breaks nor controls nor marks that turn the direction of writing, and no two blanks in a row.
func oneLine(text string) string {
	plain := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.Is(unicode.C, c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(plain), " ")
}
