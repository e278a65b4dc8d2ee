package lang

import (
	"strings"

	"bellwether/internal/money"
)

// ReadAmount reads an amount as people write it in any of the languages: blanks between thousands, a comma or a point before
// the decimals, a hyphen or a minus sign.
func ReadAmount(text string) (money.Micro, error) {
	return money.Parse(strings.Map(func(c rune) rune {
		switch c {
		case ' ', '\u00a0', '\u202f':
			return -1
		case ',':
			return '.'
		case '−':
			return '-'
		}
		return c
	}, text))
}
