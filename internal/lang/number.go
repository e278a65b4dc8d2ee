package lang

import (
	"strconv"
	"strings"
)

const (
	noBreak = "\u00a0" // between thousands and before a unit
	minus   = "\u2212" // as wide as a plus sign, unlike the hyphen
)

// Int writes a whole number with its thousands apart: "12,345" in English, "12 345" in Russian and Ukrainian.
func (p *Printer) Int(n int) string { return p.Decimal(strconv.Itoa(n)) }

// Decimal writes a plain decimal string such as "-1234.50" in the language's manner, with the digits it has.
func (p *Printer) Decimal(s string) string {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	var out strings.Builder
	if negative && strings.Trim(digits, "0.") != "" {
		out.WriteString(minus)
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteString(p.groupMark())
		}
		out.WriteRune(digit)
	}
	if fraction != "" {
		out.WriteString(p.pointMark() + fraction)
	}
	return out.String()
}

func (p *Printer) groupMark() string {
	if p.Lang == English {
		return ","
	}
	return noBreak
}

func (p *Printer) pointMark() string {
	if p.Lang == English {
		return "."
	}
	return ","
}

// Percent writes a share given in hundredths of a percent (1250 is 12.5 %) with at most one decimal, and with a plus
// sign where signed: "12.5%", "+12,5 %".
func (p *Printer) Percent(hundredths int, signed bool) string {
	tenths := (abs(hundredths) + 5) / 10
	text := strconv.Itoa(tenths / 10)
	if tenths%10 != 0 {
		text += "." + strconv.Itoa(tenths%10)
	}
	sign := ""
	switch {
	case tenths == 0:
	case hundredths < 0:
		sign = minus
	case signed:
		sign = "+"
	}
	if p.Lang == English {
		return sign + p.Decimal(text) + "%"
	}
	return sign + p.Decimal(text) + noBreak + "%"
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
