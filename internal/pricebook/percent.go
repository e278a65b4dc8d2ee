package pricebook

import (
	"fmt"
	"strings"
)

// String writes "12.5 %".
func (p Percent) String() string {
	text := fmt.Sprintf("%d.%02d", p/100, p%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " %"
}
